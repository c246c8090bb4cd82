"""A hop by mutual TLS: a caller's sidecar and a server's, of one engine each time; and full handshakes with the server's.

CPU is that of both sidecars over the requests; a handshake's that of the server's sidecar over the connections made.
"""
import re
import statistics
import subprocess
import sys

import engines
import process_cost
import proxies
from harness.control_plane import ControlPlane
from harness.identities import MeshAuthority
from harness.programs import Child, Scratch, free_port
from harness.sidecar import Sidecar

_SERVER_ADDRESS = "127.0.0.2"
_CALLER_PRINCIPAL = "cluster.local/ns/default/sa/caller"
_SERVER_PRINCIPAL = "cluster.local/ns/default/sa/server"


def _pod(name: str, address: str) -> dict:
    return {
        "metadata": {
            "name": name, "namespace": "default",
            "labels": {"app": name, "security.istio.io/tlsMode": "istio"},
        },
        "spec": {"serviceAccountName": name, "containers": []},
        "status": {"podIP": address},
    }  # fmt: skip


def _mesh(service: int, secured: int, upstream: int) -> str:
    pods = "\n---\n".join(
        f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: default, labels: {{app: {name}, security.istio.io/tlsMode: istio}}}}
spec: {{serviceAccountName: {name}, containers: [{{name: app, ports: [{{containerPort: {port}}}]}}]}}
status: {{podIP: {address}, phase: Running, conditions: [{{type: Ready, status: "True"}}]}}
"""
        for name, address, port in (("caller", "127.0.0.1", service), ("server", _SERVER_ADDRESS, secured))
    )
    return f"""
apiVersion: v1
kind: Service
metadata: {{name: bench, namespace: default}}
spec:
  clusterIP: 10.96.0.10
  selector: {{app: server}}
  ports: [{{name: http, port: {service}, targetPort: {secured}, protocol: TCP}}]
---
{pods}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {{name: default, namespace: istio-system}}
spec: {{mtls: {{mode: STRICT}}}}
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {{name: server, namespace: default}}
spec:
  workloadSelector: {{labels: {{app: server}}}}
  ingress:
  - {{port: {{number: {secured}, protocol: HTTP, name: http}}, bind: {_SERVER_ADDRESS}, captureMode: NONE,
     defaultEndpoint: "127.0.0.1:{upstream}"}}
  egress: [{{hosts: ["~/*"]}}]
"""


class Hop:
    """nginx, martletd, and the two sidecars of one engine at a time."""

    def __init__(self):
        self.scratch = Scratch("bench-mtls")
        self.children = []
        self.upstream, self.service, self.secured = free_port(), free_port(), free_port()
        self.authority = MeshAuthority(self.scratch.path)
        listen = f"listen 127.0.0.1:{self.upstream} backlog=4096;"
        self._nginx(engines._NGINX_SERVER.format(listen=listen, body="x" * 1024))
        self.control_plane = ControlPlane(self.scratch.folder("control"), prefix=engines.LOAD_CPU)
        self.control_plane.write("bench.yaml", _mesh(self.service, self.secured, self.upstream))
        self.control_plane.start()

    def _nginx(self, http: str):
        folder = self.scratch.folder("upstream")
        configuration = folder / "nginx.conf"
        configuration.write_text(engines._NGINX.format(folder=folder, http=http))
        self.children.append(
            Child("nginx", engines.LOAD_CPU + ["nginx", "-p", folder, "-c", configuration, "-e", folder / "error.log"],
                  folder / "log")  # fmt: skip
        )

    def start(self, engine: str):
        """(PIDs of the caller's and the server's engine, stop)"""
        name, process = {"martlet": ("swift", "martlet-proxy"), "envoy": ("envoy", "envoy")}[engine]
        sidecars = [
            Sidecar(
                self.scratch, name, _pod(who, address), self.control_plane.xds_port, engines.PROXY_CPU, free_port(),
                {"INTERCEPTION_MODE": "NONE"}, certificates=self.authority.folder(principal),
                shares_ports=True,
            )
            for who, address, principal in (
                ("caller", "127.0.0.1", _CALLER_PRINCIPAL), ("server", _SERVER_ADDRESS, _SERVER_PRINCIPAL),
            )
        ]  # fmt: skip

        def stop():
            for sidecar in sidecars:
                sidecar.stop()

        try:
            for sidecar in sidecars:
                sidecar.child.wait_until(sidecar.ready, 60, "ready")
            engines.answers(self.service)
        except Exception as error:
            text = "\n".join(sidecar.child.text() for sidecar in sidecars)
            stop()
            raise RuntimeError(f"{engine}: {error}\n{text}") from None
        return [process_cost.named_below(sidecar.child.pid, process) for sidecar in sidecars], stop

    def handshakes(self, seconds: int) -> int:
        """Full handshakes with the server's sidecar, one after the other, by OpenSSL."""
        folder = self.authority.folder(_CALLER_PRINCIPAL)
        done = subprocess.run(
            engines.LOAD_CPU + [
                "openssl", "s_time", "-connect", f"{_SERVER_ADDRESS}:{self.secured}", "-new", "-time", str(seconds),
                "-cert", folder / "cert-chain.pem", "-key", folder / "key.pem", "-CAfile", folder / "root-cert.pem",
            ],
            capture_output=True, text=True, timeout=seconds + 30,
        )  # fmt: skip
        found = re.search(r"(\d+) connections in (\d+) real seconds", done.stdout)
        if not found:
            raise RuntimeError(f"openssl s_time: {done.stdout[-500:]}{done.stderr[-500:]}")
        return int(found[1])

    def close(self):
        for child in self.children:
            child.stop(1)
        self.control_plane.stop()
        self.scratch.remove()


def measure() -> list:
    seconds, rounds = proxies.limits()
    compared, samples, shaken = ["martlet", "envoy"], {}, {}
    hop = Hop()
    try:
        for number in range(rounds):
            for engine in compared if number % 2 == 0 else compared[::-1]:
                pids, stop = hop.start(engine)
                try:
                    proxies.wrk(hop.service, 32, 1)
                    before = sum(map(process_cost.cpu_ns, pids))
                    sample = proxies.wrk(hop.service, 32, seconds)
                    spent = sum(map(process_cost.cpu_ns, pids)) - before
                    sample["cpu_us_per_request"] = spent / 1000 / max(1, sample["requests"])
                    sample["rss_mb"] = sum(map(process_cost.peak_rss_mb, pids))
                    samples.setdefault((engine, 32), []).append(sample)
                    before = process_cost.cpu_ns(pids[1])
                    count = hop.handshakes(seconds)
                    cost = (process_cost.cpu_ns(pids[1]) - before) / 1000 / max(1, count)
                    shaken.setdefault(engine, []).append((count / seconds, cost))
                    print(
                        f"mutual-tls round {number + 1}/{rounds} {engine:8} {sample['cpu_us_per_request']:7.2f} us/request "
                        f"of both sidecars, {count / seconds:.0f} handshakes/s, {cost:.0f} us each",
                        file=sys.stderr,
                    )
                finally:
                    stop()
    finally:
        hop.close()
    rows = [proxies._row("mutual-tls", engine, 32, samples) for engine in compared]
    for row in rows:
        mine, envoys = shaken[row["engine"]], shaken["envoy"]
        row["handshakes_per_s"] = round(statistics.median(rate for rate, _ in mine), 1)
        row["cpu_us_per_handshake"] = round(statistics.median(cost for _, cost in mine), 1)
        row["handshake_ratio_to_envoy"] = round(
            statistics.median(one[1] / other[1] for one, other in zip(mine, envoys)), 3
        )
    return rows
