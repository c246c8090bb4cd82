"""Plays Samples/canary through both engines and says what happens. Started by Scripts/demo-canary."""
import json
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "EndToEnd"))

import yaml  # noqa: E402

from harness import shares  # noqa: E402
from harness.control_plane import ControlPlane  # noqa: E402
from harness.http_client import Client, request_bytes  # noqa: E402
from harness.programs import Child, Scratch, envoy_binary, free_port  # noqa: E402
from harness.sidecar import Sidecar  # noqa: E402
from harness.world import World, echo_servers, pods  # noqa: E402

SAMPLE = ROOT / "Samples" / "canary"
CALLER = "customer.tutorial"


class CapturedMesh:
    """The sample as it is, in a network namespace with a sidecar's iptables rules (needs root)."""

    how = "a network namespace with iptables capture, as in a pod"

    def __init__(self):
        self.world = World("demo", (SAMPLE / "mesh.yaml").read_text())
        self.control_plane = self.world.control_plane

    def enter(self, engine: str):
        self.world.enter(engine, CALLER)

    def call(self, count: int, headers: dict) -> Counter:
        return self.world.namespace.inside(_calls, "10.96.0.10", 8080, "10.10.0.1", count, headers)

    def close(self):
        self.world.close()


class LoopbackMesh:
    """The sample with its pods moved to the loopback; the caller's proxy listens there (INTERCEPTION_MODE NONE)."""

    how = "the loopback, INTERCEPTION_MODE NONE"

    def __init__(self):
        self.scratch = Scratch("demo")
        self.control_plane = self.echo = self.sidecar = None
        try:
            self.port = free_port()
            text = (SAMPLE / "mesh.yaml").read_text().replace("10.10.0.", "127.0.0.").replace("8080", str(self.port))
            objects = list(yaml.safe_load_all(text))
            self.caller = pods(objects).pop(CALLER)
            servers = [one for one in echo_servers(objects, []) if one["name"] != "customer"]
            listed = self.scratch.path / "echo.json"
            listed.write_text(json.dumps(servers))
            program = ROOT / "Tests" / "EndToEnd" / "harness" / "echo_server.py"
            self.echo = Child("echo servers", [sys.executable, program, listed], self.scratch.path / "echo.log")
            self.control_plane = ControlPlane(self.scratch.folder("control"), {"accessLogFile": "/dev/stdout"})
            self.control_plane.write("mesh.yaml", text)
            self.control_plane.start()
            self.echo.wait_until(lambda: "ready" in self.echo.text(), 10, "listening")
        except BaseException:
            self.close()
            raise

    def enter(self, engine: str):
        if self.sidecar:
            self.sidecar.stop()
        self.sidecar = Sidecar(
            self.scratch, engine, self.caller, self.control_plane.xds_port, (), free_port(),
            {"INTERCEPTION_MODE": "NONE"},
        )  # fmt: skip
        self.sidecar.child.wait_until(self.sidecar.ready, 30, "ready")

    def call(self, count: int, headers: dict) -> Counter:
        return _calls("127.0.0.1", self.port, None, count, headers)

    def close(self):
        if self.sidecar:
            self.sidecar.stop()
        if self.control_plane:
            self.control_plane.stop()
        if self.echo:
            self.echo.stop(2)
        self.scratch.remove()


def _calls(address: str, port: int, source, count: int, headers: dict) -> Counter:
    """Which versions answered."""
    versions = Counter()
    client = Client(address, port, source)
    try:
        for _ in range(count):
            response = client.request(request_bytes(host=f"recommendation:{port}", headers=headers))
            name = response.value("x-echo-server")
            versions[name.removeprefix("recommendation-") if name else f"status {response.status}"] += 1
    finally:
        client.close()
    return versions


def _until(mesh, weights: dict, seconds: float = 15) -> float:
    """Calls until the answers follow `weights`; gives the seconds that took."""
    start = time.monotonic()
    while True:
        try:
            why = shares.complaint(mesh.call(300, {}), weights)
        except OSError as error:
            why = str(error)
        if why is None:
            return time.monotonic() - start
        if time.monotonic() - start > seconds:
            raise SystemExit(f"demo: the split does not come: {why}")
        time.sleep(0.1)


def _percent(versions: Counter) -> str:
    total = sum(versions.values())
    return ", ".join(f"{name} {100 * count / total:.1f} %" for name, count in sorted(versions.items()))


def play(mesh, engine: str):
    title = {"swift": "martlet-proxy, own engine", "envoy": "martlet-proxy, Envoy"}[engine]
    print(f"\n--- {title}")
    mesh.control_plane.write("virtual-service.yaml", (SAMPLE / "virtual-service-80-20.yaml").read_text())
    mesh.enter(engine)
    _until(mesh, {"v1": 80, "v2": 20})
    print(f"2,000 requests at 80/20:         {_percent(mesh.call(2000, {}))}")
    print(f"  200 with x-canary: true:       {_percent(mesh.call(200, {'x-canary': 'true'}))}")
    mesh.control_plane.write("virtual-service.yaml", (SAMPLE.parent / "canary-next" / "virtual-service-50-50.yaml").read_text())
    seconds = _until(mesh, {"v1": 50, "v2": 50})
    print(f"the file now says 50/50:         live after {seconds:.1f} s, nothing restarted")
    print(f"2,000 requests at 50/50:         {_percent(mesh.call(2000, {}))}")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    engines = ["swift"]
    try:
        envoy_binary()
        engines.append("envoy")
    except FileNotFoundError:
        print("Envoy is not there (make setup brings it): only the own engine is shown")
    mesh_kind = CapturedMesh if os.geteuid() == 0 and "--loopback" not in sys.argv else LoopbackMesh
    print(f"Mesh: martletd, recommendation v1 and v2, a caller with a sidecar; on {mesh_kind.how}")
    mesh = mesh_kind()
    try:
        print("Applied: Samples/canary/mesh.yaml, destination-rule.yaml, virtual-service-80-20.yaml")
        mesh.control_plane.write("destination-rule.yaml", (SAMPLE / "destination-rule.yaml").read_text())
        for engine in engines:
            play(mesh, engine)
    finally:
        mesh.close()
    print("\nAll of it is stopped.")


if __name__ == "__main__":
    main()
