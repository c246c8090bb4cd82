"""martletd over a folder of YAML."""
import json
import urllib.request
from pathlib import Path

import yaml

from .programs import Child, program


def _port(value) -> int:
    """The ready file gives a port, or host:port."""
    return int(str(value).rsplit(":", 1)[-1])


class ControlPlane:
    """`config` is watched: what is written there is live within the debounce."""

    def __init__(
        self,
        folder: Path,
        mesh: dict | None = None,
        prefix=(),
        xds_port: int = 0,
        monitoring_port: int = 0,
        address: str = "127.0.0.1",
        arguments=(),
    ):
        self.folder, self.prefix, self.address = folder, list(prefix), address
        self.config = folder / "config"
        self.config.mkdir(exist_ok=True)
        self.mesh_file = folder / "mesh.yaml"
        self.mesh_file.write_text(yaml.safe_dump(mesh or {}))
        self.xds_port, self.monitoring_port = xds_port, monitoring_port
        self.arguments = list(arguments)
        self.secure_port = 0
        self.child = None

    def write(self, name: str, text: str):
        """Replaces a file at once, as an editor or `mv` does."""
        new = self.folder / (name + ".new")
        new.write_text(text)
        new.replace(self.config / name)

    def start(self):
        """After a stop it comes back on the same ports."""
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        self.child = Child(
            "martletd",
            self.prefix
            + [
                program("martletd"), "--config", self.config, "--mesh-config", self.mesh_file, "--ready-file", ready,
                "--xds-address", f"{self.address}:{self.xds_port}",
                "--monitoring-address", f"127.0.0.1:{self.monitoring_port}",
                "--secure-address", f"{self.address}:{self.secure_port}", *self.arguments,
            ],
            self.folder / "martletd.log",
        )  # fmt: skip

        def read():
            try:
                return json.loads(ready.read_text())
            except (FileNotFoundError, json.JSONDecodeError):
                return None

        addresses = self.child.wait_until(read, 20, "ready file")
        self.xds_port = _port(addresses["xds"])
        self.monitoring_port = _port(addresses["monitoring"])
        self.secure_port = _port(addresses["secure"])
        return self

    def stop(self):
        if self.child is not None:
            self.child.stop(5)
            self.child = None

    def kill(self):
        """As a crash does it."""
        self.child.process.kill()
        self.child.stop(1)

    def debug(self, path: str):
        """GET /debug/PATH; only when it runs outside of a network namespace, else call it inside."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.monitoring_port}{path}", timeout=10) as answer:
            return json.load(answer)
