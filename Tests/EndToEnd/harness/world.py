"""A mesh in one network namespace: echo servers for its pods, martletd, and one sidecar at a time."""
import json
import sys
from pathlib import Path

import yaml

from .control_plane import ControlPlane
from .echo_log import EchoLog
from .http_client import Client
from .identities import MeshAuthority, client_context
from .namespace import NetworkNamespace
from .programs import Child, Scratch
from .sidecar import Sidecar

_ECHO = Path(__file__).with_name("echo_server.py")


def pods(objects: list) -> dict:
    """POD.NAMESPACE -> the Pod, for those with an address."""
    return {
        f"{item['metadata']['name']}.{item['metadata'].get('namespace', 'default')}": item
        for item in objects
        if item and item.get("kind") == "Pod" and item.get("status", {}).get("podIP")
    }


def principal(pod: dict) -> str:
    account = pod.get("spec", {}).get("serviceAccountName", "default")
    return f"cluster.local/ns/{pod['metadata'].get('namespace', 'default')}/sa/{account}"


def echo_servers(objects: list, others: list, authority: MeshAuthority | None = None) -> list:
    servers = [dict(server) for server in others]
    for pod in pods(objects).values():
        ports = [port["containerPort"] for one in pod["spec"]["containers"] for port in one.get("ports", [])]
        server = {"name": pod["metadata"]["name"], "address": pod["status"]["podIP"], "ports": ports}
        labels = pod["metadata"].get("labels", {})
        if authority and labels.get("security.istio.io/tlsMode") == "istio":
            server["tls"] = {"principal": principal(pod)}
        servers.append(server)
    for server in servers:
        if (tls := server.get("tls")) is not None:
            tls["folder"] = str(authority.folder(tls["principal"]))
    return servers


class World:
    """`text` is the mesh's YAML. `close` removes all of it, whatever happened."""

    def __init__(self, name: str, text: str, mesh: dict | None = None, servers: list | None = None,
                 names: dict | None = None, identities: bool = False, arguments=()):  # fmt: skip
        self.scratch = Scratch(name)
        self.authority = self.stranger = None
        self.namespace = self.echo = self.control_plane = self.sidecar = None
        self._sidecar_of = None
        self._failed = {}
        try:
            objects = list(yaml.safe_load_all(text))
            self.pods = pods(objects)
            if identities:
                self.authority = MeshAuthority(self.scratch.path)
                self.stranger = MeshAuthority(self.scratch.path, "stranger")
                text = text.replace("/certificates/", f"{self.authority.path}/")
            self.namespace = NetworkNamespace(name[:20], names)
            for server in servers or []:
                if server.get("lost"):
                    self.namespace.lose(server["address"])
            listed = self.scratch.path / "echo.json"
            listed.write_text(json.dumps(echo_servers(objects, servers or [], self.authority)))
            log = self.scratch.path / "echo.log"
            self.echo = Child("echo servers", self.namespace.command(sys.executable, _ECHO, listed), log)
            self.echo_log = EchoLog(log)
            self.control_plane = ControlPlane(
                self.scratch.folder("control"), {"accessLogFile": "/dev/stdout", **(mesh or {})},
                self.namespace.command(), 15010, 15014, arguments=arguments,
            )  # fmt: skip
            self.control_plane.write("mesh.yaml", text)
            self.control_plane.start()
            self.echo.wait_until(lambda: "ready" in self.echo.text(), 10, "listening")
        except BaseException:
            self.close()
            raise

    def enter(self, engine: str, pod: str, role: str = "sidecar") -> Sidecar:
        """The proxy of `pod`, ready; another one that ran before is stopped. A `router` captures nothing."""
        if self._sidecar_of == (engine, pod) and self.sidecar.child.alive():
            return self.sidecar
        if (engine, pod) in self._failed:
            raise RuntimeError(f"the {engine} sidecar of {pod} did not start: {self._failed[engine, pod]}")
        self.leave()
        self.sidecar = Sidecar(
            self.scratch, engine, self.pods[pod], self.control_plane.xds_port, self.namespace.command(), role=role,
            certificates=self.authority and self.authority.folder(principal(self.pods[pod])),
        )  # fmt: skip
        self._sidecar_of = (engine, pod)
        try:
            self.sidecar.child.wait_until(lambda: self.namespace.inside(self.sidecar.ready), 30, "ready")
            if role == "sidecar":
                self.namespace.capture(self.sidecar.address)
        except Exception as error:
            self._failed[engine, pod] = str(error)[:200]
            self.leave()
            raise
        return self.sidecar

    def client(self, tls: dict | None, address: str, port: int, source: str | None) -> Client:
        """A connection; `tls` says as whom, by whose authority, and what is asked for (see the table's README)."""
        if tls is None:
            return Client(address, port, source)
        signer = self.stranger if tls.get("authority") == "stranger" else self.authority
        folder = signer.folder(tls["as"]) if tls.get("as") else None
        alpn = tls.get("alpn", ["istio-http/1.1", "istio", "http/1.1"])
        context = client_context(folder, self.authority.path / "root.pem", alpn, tls.get("version"))
        return Client(address, port, source, tls=context, sni=tls.get("sni"))

    def leave(self):
        if self.sidecar is not None:
            self.namespace.release()
            self.sidecar.stop()
            self.sidecar = self._sidecar_of = None

    def close(self):
        for stop in (
            self.leave,
            lambda: self.control_plane and self.control_plane.stop(),
            lambda: self.echo and self.echo.stop(2),
            lambda: self.namespace and self.namespace.remove(),
            self.scratch.remove,
        ):
            try:
                stop()
            except Exception as error:  # the rest is still removed
                print(f"closing {self.scratch.path.name}: {error}", file=sys.stderr)
