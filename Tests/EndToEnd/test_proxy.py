"""What our own engine owes beyond routing: bounded memory, back-pressure, draining, its admin interface."""
import hashlib
import json
import os
import time

import pytest

from harness.http_client import Client, request_bytes
from harness.programs import ROOT
from harness.world import World

pytestmark = pytest.mark.needs_root

CALLER = "customer.tutorial"
HOST = "recommendation:8080"

#: Megabytes of a large body; the memory of the proxy must not follow it.
LARGE = int(os.environ.get("MARTLET_BODY_MB", "256"))
#: What the proxy may grow by meanwhile, in megabytes (64 in all for a release build).
GROWTH = 48


@pytest.fixture(scope="module")
def world():
    sample = ROOT / "Samples" / "canary"
    world = World("proxy", (sample / "mesh.yaml").read_text())
    try:
        yield world
    finally:
        world.close()


@pytest.fixture
def sidecar(world):
    return world.enter("swift", CALLER)


def _connect(world) -> Client:
    return Client("10.96.0.10", 8080, world.pods[CALLER]["status"]["podIP"], seconds=60)


def test_a_large_upload_streams(world, sidecar):
    def work():
        client = _connect(world)
        assert client.request(request_bytes(host=HOST)).status == 200
        before, block, digest, most = sidecar.child.resident_mb(), os.urandom(1 << 20), hashlib.sha256(), 0.0
        client.send(
            f"POST /upload HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {LARGE << 20}\r\n\r\n".encode()
        )
        for number in range(LARGE):
            client.socket.sendall(block)
            digest.update(block)
            if number % 16 == 0:
                most = max(most, sidecar.child.resident_mb())
        response = client.response()
        client.close()
        assert response.status == 200
        echo = json.loads(response.body)
        assert (echo["bodyBytes"], echo["sha256"]) == (LARGE << 20, digest.hexdigest())
        assert most - before < GROWTH, f"grew from {before:.0f} to {most:.0f} MB"

    world.namespace.inside(work)


def test_a_large_answer_streams_to_a_slow_reader(world, sidecar):
    def work():
        client = _connect(world)
        assert client.request(request_bytes(host=HOST)).status == 200
        before = sidecar.child.resident_mb()
        size = LARGE << 20
        client.send(request_bytes(host=HOST, headers={"x-echo-bytes": str(size)}))
        time.sleep(1)  # reads nothing: what the server sends has to wait in the kernel, not in the proxy
        waiting = sidecar.child.resident_mb()
        status, _, headers = client._head()
        left, most = size - len(client.buffer), waiting
        while left:
            data = client.socket.recv(min(left, 1 << 20))
            assert data, f"closed with {left} bytes to go"
            left -= len(data)
            most = max(most, sidecar.child.resident_mb()) if left % 64 == 0 else most
        client.close()
        assert status == 200 and dict(headers)["content-length"] == str(size)
        assert most - before < GROWTH, f"grew from {before:.0f} to {most:.0f} MB"

    world.namespace.inside(work)


@pytest.mark.parametrize(
    ("path", "holds"),
    [
        ("/ready", "LIVE"),
        ("/config_dump", '"configs"'),
        ("/clusters", "outbound|8080||recommendation.tutorial.svc.cluster.local"),
        ("/listeners", "virtualOutbound"),
        ("/stats", "http."),
        ("/stats/prometheus", "# TYPE"),
        ("/server_info", "version"),
    ],
)
def test_admin(world, sidecar, path, holds):
    status, text = world.namespace.inside(sidecar.admin, path)
    assert status == 200, text[:500]
    assert holds in text, text[:2000]


def test_the_log_level_can_be_changed(world, sidecar):
    status, text = world.namespace.inside(sidecar.admin, "/logging?level=debug", "POST")
    assert status == 200, text
    status, text = world.namespace.inside(sidecar.admin, "/logging?level=info", "POST")
    assert status == 200, text


def test_many_connections_are_served_together(world, sidecar):
    def work():
        clients = [_connect(world) for _ in range(300)]
        try:
            for client in clients:
                client.send(request_bytes(host=HOST, headers={"x-echo-delay-ms": "300"}))
            start = time.monotonic()
            assert {client.response().status for client in clients} == {200}
            assert time.monotonic() - start < 10
        finally:
            for client in clients:
                client.close()

    world.namespace.inside(work)


def test_a_request_in_flight_survives_sigterm(world, sidecar):
    def work():
        client = _connect(world)
        client.send(request_bytes(host=HOST, headers={"x-echo-delay-ms": "1500"}))
        time.sleep(0.3)
        sidecar.child.process.terminate()
        assert client.response().status == 200
        client.close()

    world.namespace.inside(work)
    assert sidecar.child.process.wait(20) == 0, sidecar.child.text()
    world.leave()
