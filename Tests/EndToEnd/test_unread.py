"""Peers that send and never read: the proxy holds back what they send, and its memory does not follow."""
import select
import time
from pathlib import Path

import pytest

from harness.http_client import Client, request_bytes
from harness.programs import ROOT
from harness.world import World

pytestmark = pytest.mark.needs_root

CALLER = "customer.tutorial"
HOST = "recommendation:8080"
#: Bytes a peer may send when nobody stops it.
_MOST = 64 << 20
#: What the proxy may grow by meanwhile: twice the 1 MiB watermark on both sides of a request, and what a debug build and
#: the allocator lay by.
_GROWTH_MB = 8
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
    world = World("unread", (ROOT / "Samples" / "canary" / "mesh.yaml").read_text() + _NOBODY)
    try:
        yield world
    finally:
        world.close()


@pytest.fixture
def sidecar(world):
    return world.enter("swift", CALLER)


def _rss_mb(sidecar) -> float:
    line = next(
        line for line in Path(f"/proc/{sidecar.child.pid}/status").read_text().splitlines() if line.startswith("VmRSS:")
    )
    return int(line.split()[1]) / 1024


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
        address = world.pods[CALLER]["status"]["podIP"]
        before, quiet = 0.0, Client("10.96.0.10", 8080, address)
        assert quiet.request(request_bytes(host=HOST)).status == 200
        before = most = _rss_mb(sidecar)
        client = Client("10.96.0.10", 8080, address)
        client.send(first)
        taken = _pour(client, then) if then else 0
        end = time.monotonic() + 2
        while time.monotonic() < end:
            most = max(most, _rss_mb(sidecar))
            time.sleep(0.05)
        assert taken < _MOST, "nobody held the peer back"
        assert most - before < _GROWTH_MB, f"grew from {before:.1f} to {most:.1f} MB"
        # Meanwhile others are served.
        assert quiet.request(request_bytes(host=HOST)).status == 200
        client.close()

    world.namespace.inside(work)
