"""Many handshakes: peers that leave without a word cost nothing once they are gone; what a server asks its peers for."""
import socket
import struct
import subprocess

import pytest
from conformance.table import FIXTURES
from harness.http_client import Client, request_bytes
from harness.identities import client_context
from harness.sessions import ask
from harness.sidecar import ENGINES
from harness.world import World

pytestmark = pytest.mark.needs_root

#: Another name is asked of the ledger than it can show.
_RULE = """
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: ledger, namespace: default}
spec:
  host: ledger.bank.svc.cluster.local
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL, subjectAltNames: ["spiffe://cluster.local/ns/bank/sa/other"]}}
"""

_CALLER = "cluster.local/ns/default/sa/client"
_WEB, _SOURCE, _PORT = "10.10.3.1", "10.10.99.1", 8080
_ALPN = ["istio-http/1.1", "istio"]
#: Handshakes, and the megabytes that they may leave behind. A connection that lingers is some 28 KB.
_MANY, _MOST = 1500, 15


@pytest.fixture(scope="module")
def world():
    one = World("handshakes", (FIXTURES / "mesh" / "secure.yaml").read_text() + _RULE, identities=True)
    yield one
    one.close()


def _break_off(context, count: int):
    """Shakes hands so many times, and resets each connection while the server's tickets are under way."""
    for _ in range(count):
        plain = socket.create_connection((_WEB, _PORT), 10, (_SOURCE, 0))
        tls = context.wrap_socket(plain)
        tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        tls.close()


def test_connections_that_break_off_leave_nothing_behind(world):
    sidecar = world.enter("swift", "web.default")
    context = client_context(world.authority.folder(_CALLER), None, _ALPN)
    world.namespace.inside(_break_off, context, 100)
    before = sidecar.child.resident_mb()
    world.namespace.inside(_break_off, context, _MANY)
    assert sidecar.child.resident_mb() - before < _MOST
    assert world.namespace.inside(ask, context, _WEB, _PORT, _SOURCE, request_bytes(host="web")) == (200, False)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_server_names_the_authorities_that_it_trusts(world, engine):
    world.enter(engine, "web.default")
    folder = world.authority.folder(_CALLER)

    def hello() -> str:
        command = [
            "openssl", "s_client", "-connect", f"{_WEB}:{_PORT}", "-bind", f"{_SOURCE}:0", "-alpn", ",".join(_ALPN),
            "-cert", folder / "cert-chain.pem", "-key", folder / "key.pem",
        ]  # fmt: skip
        return subprocess.run(command, input="", capture_output=True, text=True, timeout=20).stdout

    assert "Acceptable client certificate CA names" in world.namespace.inside(hello)


@pytest.mark.parametrize("engine", ENGINES)
def test_handshakes_with_servers_are_counted(world, engine):
    sidecar = world.enter(engine, "client.default")

    def call(address: str, host: str) -> tuple:
        client = Client(address, 8080, "10.10.3.9", 10)
        try:
            answer = client.request(request_bytes(host=host))
            return answer.status, answer.body.decode()
        finally:
            client.close()

    def counted(host: str) -> set:
        """The counters of its cluster's handshakes that are not 0."""
        lines = (line.rpartition(": ") for line in sidecar.admin("/stats?filter=ssl")[1].splitlines())
        return {name.rpartition("ssl.")[2] for name, _, value in lines if host in name and value not in ("0", "")} & {
            "handshake", "connection_error", "fail_verify_no_cert", "fail_verify_error", "fail_verify_san", "no_certificate",
        }  # fmt: skip

    def run():
        web, ledger = call("10.96.3.1", "web"), call("10.96.3.2", "ledger.bank")
        return web[0], ledger, counted("|web.default"), counted("|ledger.bank")

    reason = "upstream connect error or disconnect/reset before headers. retried and the latest reset reason: "
    assert world.namespace.inside(run) == (
        200, (503, reason + "remote connection failure"), {"handshake"}, {"fail_verify_san"},
    )  # fmt: skip
