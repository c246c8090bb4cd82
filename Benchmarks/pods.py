"""Many pods with sidecars under `martlet up`: how long until all are ready, and what they and the mesh cost."""
import base64
import json
import os
import re
import ssl
import sys
import time
import urllib.request
from pathlib import Path

import process_cost
import yaml
from harness.cluster import Kubectl
from harness.programs import Child, Scratch, program

_NAMESPACE = "bench"
_IMAGE = "docker.io/istio/examples-bookinfo-details-v1:1.20.3"


class Mesh:
    """One `martlet up`, timed from its start to the line that says that it is ready."""

    def __init__(self, folder: Path, *arguments: str):
        before = time.monotonic()
        folder.mkdir(exist_ok=True)
        log = folder / "up.log"
        log.unlink(missing_ok=True)
        self.child = Child(
            "martlet up", [program("martlet"), "up", "--home", folder / "home", "--gateway-port", "0", *arguments], log,
            env={"KUBECONFIG": ""},
        )  # fmt: skip
        try:
            self.child.wait_until(lambda: "dashboard: " in self.child.text(), 180, "ready")
            self.ready_seconds = time.monotonic() - before
            told = dict(line.split(": ", 1) for line in self.child.text().splitlines() if ": " in line)
            self.kubectl = Kubectl(Path(told["kubeconfig"]), folder, _NAMESPACE)
            self.dashboard = told["dashboard"].rstrip("/")
            self._api(folder, Path(told["kubeconfig"]))
        except BaseException:
            self.stop()
            raise

    def _api(self, folder: Path, kubeconfig: Path):
        """A cheap client: a kubectl a second would be a load of its own."""
        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        pair = folder / "client.pem"
        pair.touch(0o600)
        pair.write_bytes(
            base64.b64decode(user["client-certificate-data"]) + b"\n" + base64.b64decode(user["client-key-data"])
        )
        self._trust = ssl.create_default_context(
            cadata=base64.b64decode(cluster["certificate-authority-data"]).decode()
        )
        self._trust.load_cert_chain(pair)
        self._server = cluster["server"]

    def get(self, path: str) -> dict:
        with urllib.request.urlopen(self._server + path, context=self._trust, timeout=30) as answer:
            return json.load(answer)

    def page(self, path: str) -> bytes:
        with urllib.request.urlopen(self.dashboard + path, timeout=30) as answer:
            return answer.read()

    def processes(self) -> dict:
        """Pids by the program's name; the cluster's own process is `martlet`."""
        found = {}
        for pid in process_cost.below(self.child.pid):
            if name := process_cost.name_of(pid):
                found.setdefault(name, []).append(pid)
        return found

    def stop(self):
        self.child.stop(60)


def workload(deployments: int, replicas: int) -> list:
    objects = [{
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": _NAMESPACE, "labels": {"istio-injection": "enabled"}},
    }]  # fmt: skip
    for number in range(deployments):
        name, labels = f"app-{number}", {"app": f"app-{number}", "version": "v1"}
        metadata = {"name": name, "namespace": _NAMESPACE}
        objects.append({
            "apiVersion": "v1", "kind": "Service", "metadata": metadata,
            "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 9080}]},
        })  # fmt: skip
        container = {"name": "app", "image": _IMAGE, "ports": [{"containerPort": 9080}]}
        objects.append({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
            "spec": {
                "replicas": replicas, "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        })  # fmt: skip
    return objects


def _virtual_service(mark: int) -> dict:
    route = [{"destination": {"host": "app-0"}}]
    return {
        "apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
        "metadata": {"name": "changing", "namespace": _NAMESPACE},
        "spec": {"hosts": ["app-0"], "http": [{"timeout": f"{mark + 1}s", "route": route}]},
    }  # fmt: skip


def _ready(mesh: Mesh) -> int:
    deployments = mesh.get(f"/apis/apps/v1/namespaces/{_NAMESPACE}/deployments")["items"]
    return sum(one.get("status", {}).get("readyReplicas", 0) for one in deployments)


def _start(mesh: Mesh, pods: int, replicas: int) -> float:
    """Seconds from the command that applies them until all of them are ready."""
    since = time.monotonic()
    deadline = since + 120 + pods
    mesh.kubectl.apply(*workload(pods // replicas, replicas), seconds=120)
    told = since
    while (ready := _ready(mesh)) < pods:
        now = time.monotonic()
        if now > deadline:
            raise TimeoutError(f"{ready} of {pods} pods are ready\n{mesh.kubectl('get', 'pods', '-A').out}")
        if now - told > 5:
            told = now
            print(f"{now - since:6.1f} s: {ready} of {pods} pods ready", file=sys.stderr)
        time.sleep(0.5)
    seconds = time.monotonic() - since
    items = mesh.get(f"/api/v1/namespaces/{_NAMESPACE}/pods")["items"]
    states = [[one["ready"] for one in item["status"]["containerStatuses"]] for item in items]
    if states != [[True, True]] * pods:
        raise RuntimeError(f"not every pod is 2/2: {states}")
    return seconds


def _acknowledged(mesh: Mesh) -> dict:
    """The nonce of the routes each sidecar acknowledged; None while one is on its way."""
    nonces = {}
    for client in json.loads(mesh.page("/debug/syncz")):
        if client["proxy_type"] == "sidecar" and client["proxy"].endswith("." + _NAMESPACE):
            acked = client.get("route_acked")
            nonces[client["connection_id"]] = acked if acked and acked == client.get("route_sent") else None
    return nonces


def _propagation(mesh: Mesh, rounds: int) -> list:
    """Milliseconds from `kubectl apply` of a changed VirtualService, its return, to the last sidecar's ACK."""
    taken = []
    for mark in range(rounds):
        before = _acknowledged(mesh)
        mesh.kubectl.apply(_virtual_service(mark))
        since = time.monotonic()
        while True:
            after = _acknowledged(mesh)
            if all(after.get(one) not in (None, nonce) for one, nonce in before.items()):
                break
            if time.monotonic() - since > 60:
                raise TimeoutError("not every sidecar acknowledged the changed VirtualService")
            time.sleep(0.02)
        taken.append((time.monotonic() - since) * 1000)
        print(f"VirtualService round {mark + 1}/{rounds}: last ACK after {taken[-1]:.0f} ms", file=sys.stderr)
    return taken


def _busy_percent(mesh: Mesh, seconds: float) -> dict:
    """CPU of each program, in percent of one core."""
    before = {pid: process_cost.cpu_ns(pid) for pids in mesh.processes().values() for pid in pids}
    time.sleep(seconds)
    spent = {}
    for name, pids in mesh.processes().items():
        ended = sum(process_cost.cpu_ns(pid) - before.get(pid, 0) for pid in pids)
        spent[name] = ended / 1e7 / seconds
    return spent


def _settled(mesh: Mesh, seconds: float):
    """Waits until everything together uses little, or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and sum(_busy_percent(mesh, 2).values()) > 20:
        pass


def _memory(pids: list) -> dict:
    """Means in MB, over those that still run."""
    sizes = [size for pid in pids if (size := process_cost.memory_kb(pid))]
    count = max(1, len(sizes))
    return {key: sum(size[key] for size in sizes) / count / 1024 for key in ("Pss", "Rss", "Private_Dirty")}


def _many(folder: Path, pods: int) -> list:
    replicas = min(10, pods)
    pods -= pods % replicas
    mesh = Mesh(folder)
    try:
        own = set(mesh.processes()["martlet-proxy"])
        cluster = max(mesh.processes()["martlet"], key=process_cost.cpu_ns)
        (control,) = mesh.processes()["martletd"]
        cost = {"cluster": process_cost.cpu_ns(cluster), "martletd": process_cost.cpu_ns(control)}
        seconds = _start(mesh, pods, replicas)
        cost["cluster"] = (process_cost.cpu_ns(cluster) - cost["cluster"]) / 1e9
        cost["martletd"] = (process_cost.cpu_ns(control) - cost["martletd"]) / 1e9
        processes = mesh.processes()
        sidecars = [pid for pid in processes["martlet-proxy"] if pid not in own]
        applications = processes["martlet-samples"]
        cost["sidecars"] = sum(process_cost.cpu_ns(pid) for pid in sidecars) / 1e9
        cost["apps"] = sum(process_cost.cpu_ns(pid) for pid in applications) / 1e9
        print(f"{pods} pods ready after {seconds:.1f} s; CPU seconds {cost}", file=sys.stderr)
        _settled(mesh, 60)
        idle = _busy_percent(mesh, 10)
        print(f"idle, percent of a core: {idle}", file=sys.stderr)
        sidecar, application = _memory(sidecars), _memory(applications)
        sent = sum(float(one) for one in re.findall(r"(?m)^pilot_xds_sent_bytes\{[^}]*\} (\S+)", _metrics(mesh)))
        dump = mesh.page(f"/debug/config_dump?proxyID={_some_sidecar(mesh)}")
        mesh.kubectl.apply(_virtual_service(99))
        _settled(mesh, 20)
        taken = sorted(_propagation(mesh, 5))
        return [
            {
                "scenario": "pods-start", "engine": "martlet", "pods": pods, "seconds": round(seconds, 1),
                "ms_per_pod": round(seconds * 1000 / pods, 1),
                **{f"{name}_cpu_s": round(value, 1) for name, value in cost.items()},
            },
            {
                "scenario": "pods-memory", "engine": "martlet", "pods": pods,
                "sidecar_pss_mb": round(sidecar["Pss"], 2), "sidecar_rss_mb": round(sidecar["Rss"], 2),
                "sidecar_dirty_mb": round(sidecar["Private_Dirty"], 2),
                "app_pss_mb": round(application["Pss"], 2), "app_rss_mb": round(application["Rss"], 2),
                "cluster_pss_mb": round(_memory([cluster])["Pss"], 1),
                "martletd_pss_mb": round(_memory([control])["Pss"], 1),
            },
            {
                "scenario": "pods-xds", "engine": "martlet", "pods": pods, "connections": len(sidecars),
                "p50_ms": round(taken[len(taken) // 2], 1), "p99_ms": round(taken[-1], 1),
                "xds_sent_kb": round(sent / 1024 / max(1, len(sidecars)), 1),
                "config_dump_kb": round(len(dump) / 1024, 1),
            },
            {
                "scenario": "pods-idle", "engine": "martlet", "pods": pods,
                "idle_percent": round(sum(idle.values()), 1),
                **{f"idle_{name}_percent": round(value, 2) for name, value in idle.items() if value >= 0.01},
            },
        ]  # fmt: skip
    finally:
        mesh.stop()


def _metrics(mesh: Mesh) -> str:
    return mesh.page("/metrics").decode()


def _some_sidecar(mesh: Mesh) -> str:
    clients = json.loads(mesh.page("/debug/syncz"))
    return next(one["proxy"] for one in clients if one["proxy"].endswith("." + _NAMESPACE))


def _bookinfo(folder: Path) -> list:
    rows = []
    for scenario in ("up-bookinfo-first", "up-bookinfo-second"):
        mesh = Mesh(folder, "--sample", "bookinfo")
        mesh.stop()
        print(f"{scenario}: ready after {mesh.ready_seconds:.1f} s", file=sys.stderr)
        rows.append({"scenario": scenario, "engine": "martlet", "seconds": round(mesh.ready_seconds, 2)})
    return rows


def measure() -> list:
    pods = max(1, int(os.environ.get("BENCH_PODS", "300")))
    scratch = Scratch("bench-pods")
    try:
        return _bookinfo(scratch.folder("bookinfo")) + _many(scratch.folder("pods"), pods)
    finally:
        scratch.remove()
