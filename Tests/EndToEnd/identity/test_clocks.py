"""Clocks that differ: two minutes do nothing, ten are refused and named (fault 13)."""
import re
import socket
import ssl
import threading
from pathlib import Path

import pytest
from conformance.table import FIXTURES
from harness.cluster import eventually
from harness.http_client import Client, request_bytes
from harness.identities import client_context, server_context
from harness.sessions import ask
from harness.sidecar import ENGINES
from harness.world import World

from .test_agent import IDENTITY, agents  # noqa: F401

_CALLER, _SERVER = "cluster.local/ns/default/sa/client", "cluster.local/ns/default/sa/late"
_LATE, _SOURCE = "10.10.3.30", "10.10.99.1"
_NAMED = "clock skew?"

LATE = """
apiVersion: v1
kind: Service
metadata: {name: late, namespace: default}
spec: {clusterIP: 10.96.3.30, selector: {app: late}, ports: [{name: http, port: 8080, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: late, namespace: default, labels: {app: late, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: late, containers: [{name: late}]}
status: {podIP: 10.10.3.30, phase: Running, conditions: [{type: Ready, status: "True"}]}
"""


@pytest.fixture(scope="module")
def world():
    one = World("clocks", (FIXTURES / "mesh" / "secure.yaml").read_text() + "\n---\n" + LATE, identities=True)
    yield one
    one.close()


#: By how many seconds the clock of the other's authority is ahead: it dates back by two minutes.
@pytest.mark.needs_root
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("ahead", "is_welcome"), [(-120, True), (110, True), (600, False)])
def test_a_caller_of_another_clock(world, engine, ahead, is_welcome):
    sidecar = world.enter(engine, "web.default")
    folder = world.authority.dated(_CALLER, ahead - 120, ahead + 3600)
    tls = client_context(folder, None, ["istio-http/1.1", "istio"])
    before = len(sidecar.child.text(1 << 20))
    status, _ = world.namespace.inside(ask, tls, "10.10.3.1", 8080, _SOURCE, request_bytes(host="web"))
    assert status == (200 if is_welcome else None)
    if not is_welcome and engine == "swift":
        words = r"tls_handshake_failed\{\S*not_valid_before_\S+Z,_the_clock_here_says_\S+Z:_clock_skew\?\}"
        eventually(lambda: re.search(words, sidecar.child.text(1 << 20)[before:]))


def _serve(listener, folder, count):
    """Answers so many connections, of which some come to nothing."""
    context = server_context(folder)
    context.set_alpn_protocols(["istio-http/1.1", "istio"])
    for _ in range(count):
        try:
            plain, _ = listener.accept()
            plain.settimeout(5)
            with context.wrap_socket(plain, server_side=True) as one:
                if one.recv(4096):
                    one.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        except (OSError, ssl.SSLError):
            pass


@pytest.mark.needs_root
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("ahead", "status"), [(110, 200), (600, 503)])
def test_a_server_of_another_clock(world, engine, ahead, status):
    sidecar = world.enter(engine, "client.default")
    folder = world.authority.dated(_SERVER, ahead - 120, ahead + 3600)
    listener = world.namespace.inside(socket.create_server, (_LATE, 8080))
    threading.Thread(target=_serve, args=(listener, folder, 10), daemon=True).start()
    sidecar.log.skip()

    def call():
        client = Client("10.96.3.30", 8080, "10.10.3.9", 10)
        try:
            return client.request(request_bytes(host="late"))
        finally:
            client.close()

    try:
        answer = world.namespace.inside(call)
    finally:
        listener.shutdown(socket.SHUT_RDWR)  # whoever waits for it would hold it
        listener.close()
    assert answer.status == status, answer
    if status == 503 and engine == "swift":
        (line,) = sidecar.log.lines(1, wanted=lambda entry: entry["authority"] == "late")
        failure = line["failure"].replace("_", " ")
        assert _NAMED in failure and "is not valid before" in failure, line


_FAKETIME = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)


@pytest.mark.skipif(_FAKETIME is None, reason="needs libfaketime: run `make setup`")
@pytest.mark.parametrize(("offset", "is_fine"), [("-100s", True), ("+120s", True), ("-600s", False)])
def test_an_agent_of_another_clock(plane, agents, offset, is_fine):  # noqa: F811
    # The library adds to the environment when it is loaded; a Swift program finds its arguments only where that is the
    # first one of its process.
    agent = agents(
        plane, "swift", prefix=["sh", "-c", 'exec "$0" "$@"'], LD_PRELOAD=str(_FAKETIME), FAKETIME=offset,
        FAKETIME_DONT_FAKE_MONOTONIC="1",
    )  # fmt: skip
    if is_fine:
        agent.child.wait_until(agent.ready, 20, "readiness")
        assert agent.certificate()["subject_alt_names"] == [{"uri": IDENTITY}]
    else:
        eventually(lambda: _NAMED in agent.get("/ready")[1])
        assert agent.get("/ready")[0] == 503 and _NAMED in agent.log()
