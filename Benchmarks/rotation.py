"""Two sidecars by mutual TLS under 2,000 requests a second while certificates of 60 s are renewed and the root is changed.

Every tenth request opens a connection of its own between the sidecars, so that every certificate and root that is held is
shaken hands with. One answer that is not 2xx, or one broken connection, fails the run.
"""
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import engines
import mutual_tls
import proxies
from harness import certificates
from harness.certificates import TokenIssuer
from harness.control_plane import ControlPlane
from harness.programs import Child, Scratch, envoy_binary, free_port, program

# Each waits 4 ms after an answer: with that of an answer, more than 2,000 requests a second.
_CONNECTIONS = 12
_DELAY = "function delay() return 4 end\n"

_RULE = """
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: bench, namespace: default}
spec:
  host: bench
  trafficPolicy: {connectionPool: {http: {maxRequestsPerConnection: 10}}}
"""


def measure() -> list:
    seconds = int(os.environ.get("BENCH_ROTATION_SECONDS", "300"))
    return [_run(name, engine, seconds) for name, engine in (("martlet", "swift"), ("envoy", "envoy"))]


def _run(name: str, engine: str, seconds: int) -> dict:
    scratch, children = Scratch("bench-rotation"), []
    upstream, service, secured = free_port(), free_port(), free_port()
    folder = scratch.folder("server")
    server = engines._NGINX_SERVER.format(listen=f"listen 127.0.0.1:{upstream};", body="x" * 1024)
    (folder / "nginx.conf").write_text(engines._NGINX.format(folder=folder, http=server))
    children.append(Child("nginx", ["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "e"], folder / "log"))
    issuer = TokenIssuer(scratch.path)
    authority = scratch.path / "ca"
    control = ControlPlane(
        scratch.folder("control"), arguments=["--ca-dir", authority, "--token-public-keys", issuer.jwks]
    )
    try:
        control.write("bench.yaml", mutual_tls._mesh(service, secured, upstream) + _RULE)
        control.start()
        old = (authority / "root-cert.pem").read_text()
        admins = []
        for account, address in (("caller", "127.0.0.1"), ("server", "127.0.0.2")):
            admins.append(free_port())
            children.append(_proxy(scratch, engine, control, issuer, old, account, address, admins[-1]))
        engines.answers(service)
        script = scratch.path / "delay.lua"
        script.write_text(_DELAY)
        before = _serials(admins)
        steps = threading.Thread(target=_rotate, args=(scratch.path, authority, old, seconds / 4))
        steps.start()
        done = subprocess.run(
            ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", script, "-H", f"Host: {engines.HOST}",
             f"http://127.0.0.1:{service}/"],
            capture_output=True, text=True, timeout=seconds + 60,
        )  # fmt: skip
        steps.join()
        result = proxies.parsed(done.stdout + done.stderr, done.returncode, _CONNECTIONS)
        after = _serials(admins)
        assert not before & after, "a certificate was not renewed"
        new = (authority / "root-cert.pem").read_text()
        assert new != old
        row = {"scenario": "rotation", "engine": name, "connections": _CONNECTIONS, "failed": 0, "requests": result["requests"],
               "requests_per_s": result["requests_per_s"], "p99_ms": result["p99_ms"],
               "slowest_ms": result["slowest_ms"]}  # fmt: skip
        print(f"rotation {name}: {row}", file=sys.stderr)
        return row
    finally:
        for child in children:
            child.stop(1)
        control.stop()
        scratch.remove()


def _proxy(scratch, engine, control, issuer, root, account, address, admin) -> Child:
    folder = scratch.folder(f"{engine}-{account}")
    (folder / "root.pem").write_text(root)
    (folder / "token").write_text(issuer.token("default", account, exp=int(time.time()) + 3600))
    metadata = {
        "NAME": account, "NAMESPACE": "default", "SERVICE_ACCOUNT": account, "INTERCEPTION_MODE": "NONE",
        "CLUSTER_ID": "Kubernetes", "INSTANCE_IPS": address,
        "LABELS": {"app": account, "security.istio.io/tlsMode": "istio"},
    }  # fmt: skip
    child = Child(
        account,
        [
            program("martlet-proxy"), "run", "--engine", engine, "--envoy-path", envoy_binary(),
            "--discovery-address", f"127.0.0.1:{control.secure_port}",
            "--node-id", f"sidecar~{address}~{account}.default~default.svc.cluster.local",
            "--metadata", json.dumps(metadata), "--admin-address", f"127.0.0.1:{admin}",
            "--status-port", "0", "--stats-port", "0", "--concurrency", "1",
        ],
        folder / "log",
        env={
            "MARTLET_DISCOVERY_TLS": "true", "JWT_PATH": str(folder / "token"), "XDS_ROOT_CA": str(folder / "root.pem"),
            "CA_ROOT_CA": str(folder / "root.pem"), "TMPDIR": tempfile.mkdtemp(dir="/tmp"), "SECRET_TTL": "60s",
        },
    )  # fmt: skip
    child.wait_until(lambda: _admin(admin, "/ready") is not None, 60, "ready")
    return child


def _admin(port: int, path: str):
    done = subprocess.run(["curl", "-sf", f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


def _serials(admins: list) -> set:
    dumps = [json.loads(_admin(port, "/certs") or "{}") for port in admins]
    return {
        chain["serial_number"]
        for dump in dumps
        for entry in dump.get("certificates", [])
        for chain in entry.get("cert_chain", [])
        if any("/sa/" in name.get("uri", "") for name in chain["subject_alt_names"])
    }


def _rotate(folder: Path, authority: Path, old: str, pause: float):
    """The three steps, `pause` seconds before each."""
    new, new_key = certificates.authority(folder, "next")

    def put(name, text):
        (authority / "new").write_text(text)
        (authority / "new").replace(authority / name)

    time.sleep(pause)
    put("root-cert.pem", old + new)
    time.sleep(pause)
    put("ca-key.pem", new_key)
    put("ca-cert.pem", new)
    put("cert-chain.pem", new)
    time.sleep(pause)
    put("root-cert.pem", new)
