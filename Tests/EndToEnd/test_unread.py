"""Peers that send and never read, or leave in the middle: the proxy holds back what they send, its memory does not
follow, and the others are served meanwhile."""
import select
import time

import pytest

from harness.http_client import Client, request_bytes
from harness.programs import ROOT
from harness.world import World

pytestmark = pytest.mark.needs_root

CALLER = "customer.tutorial"
HOST = "recommendation:8080"
#: Bytes a peer may send when nobody stops it.
_MOST = 64 << 20
#: What the proxy may grow by meanwhile. The watermark is 1 MiB on either side; small answers have their buffers beside
#: them, and the allocator keeps what was. A release build grows by 5 MB, a debug build by 10; unbounded it was 60.
_GROWTH_MB = 14
_NOBODY = """
---
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: tutorial}
spec:
  clusterIP: 10.96.0.77
  selector: {app: nobody}
  ports: [{name: http, port: 8080}]
"""


@pytest.fixture(scope="module")
def world():
    text = (ROOT / "Samples" / "canary" / "mesh.yaml").read_text() + _NOBODY
    # What waits to be written to a log has a bound of its own.
    world = World("unread", text, mesh={"accessLogFile": ""})
    try:
        yield world
    finally:
        world.close()


@pytest.fixture
def sidecar(world):
    return world.enter("swift", CALLER)


def _connect(world) -> Client:
    return Client("10.96.0.10", 8080, world.pods[CALLER]["status"]["podIP"])


def _pour(client: Client, data: bytes) -> int:
    """Sends `data` again and again, until the peer takes nothing for a second; the bytes it took."""
    client.socket.setblocking(False)
    sent = 0
    while sent < _MOST:
        if not select.select([], [client.socket], [], 1)[1]:
            return sent
        sent += client.socket.send(data[sent % len(data):])
    return sent


def _large(headers: dict, **more) -> bytes:
    return request_bytes(host=HOST, headers=headers, **more)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param(b"", request_bytes(host="nobody:8080", path="/" + 200 * "p"), id="answers of the proxy"),
        pytest.param(b"", request_bytes(host=HOST, path="/" + 200 * "p"), id="answers of the server"),
        pytest.param(_large({"x-echo-bytes": str(_MOST)}), b"", id="one large answer"),
        pytest.param(
            _large({"x-echo-bytes": str(_MOST >> 2), "x-echo-chunked": "1", "x-echo-chunk-bytes": "1"}), b"",
            id="an answer in chunks of one byte",
        ),
        pytest.param(
            _large({"x-echo-unread": "1", "content-length": str(_MOST)}, method="POST"), b"x" * 65536,
            id="a body that the server does not read",
        ),
        pytest.param(
            _large({"x-echo-unread": "1", "transfer-encoding": "chunked"}, method="POST"), b"1\r\nx\r\n" * 10000,
            id="chunks of one byte that the server does not read",
        ),
    ],
)  # fmt: skip
def test_what_nobody_reads_is_not_kept(world, sidecar, first, then):
    def work():
        quiet = _connect(world)
        # What any proxy keeps once it has served: buffers, the ring of decisions.
        for _ in range(20):
            quiet.send(then * 200 if then and not first else request_bytes(host=HOST))
            for _ in range(200 if then and not first else 1):
                quiet.response()
        before = most = sidecar.child.resident_mb()
        client = _connect(world)
        client.send(first)
        taken = _pour(client, then) if then else 0
        end = time.monotonic() + 2
        while time.monotonic() < end:
            most = max(most, sidecar.child.resident_mb())
            time.sleep(0.05)
        assert taken < _MOST, "nobody held the peer back"
        assert most - before < _GROWTH_MB, f"grew from {before:.1f} to {most:.1f} MB"
        assert quiet.request(request_bytes(host=HOST)).status == 200
        client.close()
        # With all that was kept for it.
        assert quiet.request(request_bytes(host=HOST)).status == 200

    world.namespace.inside(work)


def test_a_reader_that_begins_late_gets_every_answer(world, sidecar):
    def work():
        request = request_bytes(host="nobody:8080", path="/" + 200 * "p")
        client = _connect(world)
        sent = _pour(client, request)
        assert sent < _MOST
        client.socket.setblocking(True)
        client.socket.settimeout(15)
        client.started = time.monotonic()
        for number in range(sent // len(request)):
            assert client.response().status == 503, number
        client.close()

    world.namespace.inside(work)


@pytest.mark.parametrize("framing", [{"content-length": str(_MOST)}, {"transfer-encoding": "chunked"}])
def test_a_server_that_leaves_in_the_middle_of_a_body(world, sidecar, framing):
    """Again and again, as the write that finds it gone is one of many."""
    chunk = b"x" * 65536 if "content-length" in framing else b"10000\r\n" + b"x" * 65536 + b"\r\n"

    def work():
        for _ in range(20):
            client = _connect(world)
            client.send(request_bytes("POST", host=HOST, headers={"x-echo-leave": "1", **framing}))
            try:
                for _ in range(64):
                    client.socket.sendall(chunk)
            except ConnectionError:
                pass
            client.close()
        client = _connect(world)
        assert client.request(request_bytes(host=HOST)).status == 200
        client.close()

    world.namespace.inside(work)
