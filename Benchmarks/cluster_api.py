"""The API server of `martlet up`: 10,000 objects, 200 watches, how long lists and writes take over HTTPS."""
import base64
import contextlib
import http.client
import json
import multiprocessing
import os
import selectors
import ssl
import statistics
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import process_cost
import yaml
from harness.cluster import Cluster
from harness.programs import Scratch

_OBJECTS = int(os.environ.get("BENCH_OBJECTS", "10000"))
_WATCHES = int(os.environ.get("BENCH_WATCHES", "200"))
_SECONDS = float(os.environ.get("BENCH_SECONDS", "10"))
#: Every write is told to every watch: this many a second are what one Python process can still hear.
_WRITES_A_SECOND = 25
_CREATORS = 4
_NAMESPACE = "bench"
_MAPS = f"/api/v1/namespaces/{_NAMESPACE}/configmaps"


class Client:
    """One connection that is kept, with the administrator's certificate."""

    def __init__(self, server: str, trust: ssl.SSLContext):
        address = urlsplit(server)
        self.connection = http.client.HTTPSConnection(address.hostname, address.port, context=trust, timeout=60)

    def __call__(self, method: str, path: str, body=None, kind="application/json") -> bytes:
        self.connection.request(
            method, path, None if body is None else json.dumps(body), {"Content-Type": kind, "Accept": "application/json"}
        )
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:500]}")
        return content


def _credentials(kubeconfig: Path, folder: Path) -> tuple:
    """The server's URL and a TLS context with everything in the file."""
    config = yaml.safe_load(kubeconfig.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    trust = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    pair = folder / "client.pem"
    pair.write_bytes(b"\n".join(base64.b64decode(user[f"client-{part}-data"]) for part in ("certificate", "key")))
    pair.chmod(0o600)
    trust.load_cert_chain(pair)
    return cluster["server"], trust


def _listen(kubeconfig: Path, folder: Path, version: str, pipe):
    """A process of its own with all watches: counts their events until it is told to say how many it heard."""
    server, trust = _credentials(kubeconfig, folder)
    waiting = selectors.DefaultSelector()
    held = []
    for _ in range(_WATCHES):
        client = Client(server, trust)
        client.connection.request("GET", f"{_MAPS}?watch=1&resourceVersion={version}", headers={"Accept": "application/json"})
        answer = client.connection.getresponse()
        assert answer.status == 200, answer.status
        client.connection.sock.setblocking(False)
        waiting.register(client.connection.sock, selectors.EVENT_READ)
        held.append((client, answer))
    waiting.register(pipe, selectors.EVENT_READ)
    pipe.send("ready")
    events = 0
    while True:
        for key, _ in waiting.select():
            if key.fileobj is pipe:
                if pipe.recv() == "end":
                    return
                pipe.send(events)
                continue
            try:
                while data := key.fileobj.recv(1 << 18):
                    events += data.count(b'{"type":"MODIFIED"')
            except ssl.SSLWantReadError:
                pass


def _object(number: int) -> dict:
    return {
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": f"object-{number:05}", "labels": {"group": str(number % 10)}},
        "data": {"value": "x" * 200, "number": str(number)},
    }  # fmt: skip


def _fill(server: str, trust) -> list:
    times, failures = [], []

    def make(first: int):
        try:
            client = Client(server, trust)
            for number in range(first, _OBJECTS, _CREATORS):
                begun = time.perf_counter()
                client("POST", _MAPS, _object(number))
                times.append(time.perf_counter() - begun)
        except Exception as error:  # told by the thread that waits
            failures.append(error)

    threads = [threading.Thread(target=make, args=(first,)) for first in range(_CREATORS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return times


def _write(client: Client) -> list:
    """Patches at a steady pace; late ones are not made up for."""
    times = []
    for number in range(int(_SECONDS * _WRITES_A_SECOND)):
        begun = time.perf_counter()
        client("PATCH", f"{_MAPS}/object-{number * 37 % _OBJECTS:05}", {"data": {"changed": str(number)}},
               "application/merge-patch+json")  # fmt: skip
        took = time.perf_counter() - begun
        times.append(took)
        time.sleep(max(0, 1 / _WRITES_A_SECOND - took))
    return times


def _list(client: Client) -> list:
    times = []
    end = time.perf_counter() + _SECONDS
    while time.perf_counter() < end:
        begun = time.perf_counter()
        content = client("GET", _MAPS)
        times.append(time.perf_counter() - begun)
        if len(times) == 1:
            assert len(json.loads(content)["items"]) >= _OBJECTS
    return times


def _row(what: str, connections: int, times: list, pid: int | None, **more) -> dict:
    return {
        "scenario": f"cluster-api {what}", "engine": "martlet", "connections": connections,
        "p50_ms": statistics.median(times) * 1000, "p99_ms": statistics.quantiles(times, n=100)[98] * 1000,
        "rss_mb": process_cost.peak_rss_mb(pid) if pid else None, **more,
    }  # fmt: skip


def _inner(pid: int) -> int:
    """The process with the API server: the largest of those below `martlet up`."""
    found, waiting = pid, [pid]
    while waiting:
        one = waiting.pop()
        if Path(f"/proc/{one}/comm").read_text().strip() == "martlet":
            found = max(found, one, key=process_cost.rss_kb)
        for task in Path(f"/proc/{one}/task").iterdir():
            # Threads end while they are looked at.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                waiting += [int(child) for child in (task / "children").read_text().split()]
    return found


def measure() -> list:
    scratch = Scratch("bench-api")
    # MARTLET_CLUSTER is the kubeconfig of a cluster that is up already.
    running = os.environ.get("MARTLET_CLUSTER")
    cluster = None if running else Cluster(scratch.path)
    try:
        kubeconfig = Path(running) if running else cluster.kubeconfig
        return _measure(kubeconfig, scratch.path, _inner(cluster.child.pid) if cluster else None)
    finally:
        if cluster:
            cluster.stop()
        scratch.remove()


def _measure(kubeconfig: Path, folder: Path, pid: int | None) -> list:
    server, trust = _credentials(kubeconfig, folder)
    client = Client(server, trust)
    client("POST", "/api/v1/namespaces", {"metadata": {"name": _NAMESPACE}})
    begun = time.perf_counter()
    created = _fill(server, trust)
    rate = _OBJECTS / (time.perf_counter() - begun)
    print(f"cluster-api: {_OBJECTS} objects made, {rate:,.0f}/s", flush=True)

    version = json.loads(client("GET", f"{_MAPS}?limit=1"))["metadata"]["resourceVersion"]
    ours, theirs = multiprocessing.Pipe()
    listener = multiprocessing.get_context("fork").Process(
        target=_listen, args=(kubeconfig, folder, version, theirs), daemon=True
    )
    listener.start()
    if not ours.poll(60):
        raise RuntimeError("the watches did not start")
    ours.recv()
    written = _write(client)
    expected = len(written) * _WATCHES
    heard, end = 0, time.monotonic() + 30
    while heard < expected and time.monotonic() < end:
        time.sleep(0.05)
        ours.send("count")
        heard = ours.recv()
    if heard != expected:
        raise RuntimeError(f"{_WATCHES} watches heard {heard} of {expected} events")
    print(f"cluster-api: {len(written)} writes, {heard} events heard", flush=True)
    listed = _list(client)
    ours.send("end")
    listener.join(10)

    begun = time.perf_counter()
    client("DELETE", _MAPS)
    print(f"cluster-api: all deleted in {time.perf_counter() - begun:.1f} s", flush=True)
    client("DELETE", f"/api/v1/namespaces/{_NAMESPACE}")
    if _OBJECTS >= 10_000:
        _expect_gone(client)
    return [
        _row("create", _CREATORS, created, pid, requests_per_s=rate),
        _row(f"write, {_WATCHES} watches", 1, written, pid),
        _row(f"list of {_OBJECTS}", 1, listed, pid, requests_per_s=len(listed) / sum(listed)),
    ]


def _expect_gone(client: Client):
    """So many writes later the first of them are no longer kept: 410, as every client's list-and-watch expects."""
    try:
        client("GET", f"{_MAPS}?watch=1&resourceVersion=1&timeoutSeconds=1")
    except RuntimeError as error:
        if ": 410 " in str(error):
            return
        raise
    raise RuntimeError("a watch from revision 1 was not refused")
