"""A secret that is absent, late or garbage: no connection, and never plaintext; by both engines."""
import shutil
import time

import pytest
from conformance.table import FIXTURES
from harness.cluster import eventually
from harness.http_client import BrokenResponse, Client, request_bytes
from harness.identities import client_context
from harness.programs import PROXY_UID
from harness.sidecar import ENGINES, Sidecar
from harness.world import World

pytestmark = [pytest.mark.needs_root, pytest.mark.sec(23)]

_CALLER, _WORKLOAD = "cluster.local/ns/default/sa/client", "cluster.local/ns/default/sa/web"
_WEB, _GATE, _SOURCE = "10.10.3.1", "10.10.3.20", "10.10.99.1"
#: Files are looked at every second.
_LOOK = 1.2
_REQUEST = request_bytes(host="web")
GARBAGE = {
    "cert-chain.pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "key.pem": "words\n",
    "root-cert.pem": "\0\xff" * 500,
}  # fmt: skip

CONFIG = """
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: default}
spec: {mtls: {mode: STRICT}}
---
apiVersion: v1
kind: Pod
metadata: {name: gate, namespace: default, labels: {app: gate}}
spec: {serviceAccountName: gate, containers: [{name: istio-proxy, image: proxyv2}]}
status: {podIP: 10.10.3.20, phase: Running, conditions: [{type: Ready, status: "True"}]}
"""
GATEWAY = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: default}
spec:
  selector: {app: gate}
  servers:
  - port: {number: 8443, name: https-files, protocol: HTTPS}
    hosts: ["*"]
    tls: {mode: SIMPLE, serverCertificate: /certificates/late/cert-chain.pem, privateKey: /certificates/late/key.pem}
  - port: {number: 8444, name: https-secret, protocol: HTTPS}
    hosts: ["*"]
    tls: {mode: SIMPLE, credentialName: nowhere}
  - port: {number: 8000, name: http, protocol: HTTP}
    hosts: ["*"]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: edge, namespace: default}
spec:
  hosts: ["*"]
  gateways: [edge]
  http: [{route: [{destination: {host: legacy, port: {number: 8080}}}]}]
"""


@pytest.fixture(scope="module")
def world():
    text = (FIXTURES / "mesh" / "secure.yaml").read_text() + "\n---\n" + CONFIG
    one = World("secrets", text, identities=True)
    yield one
    one.close()


def _put(folder, texts: dict):
    """Each file at once, readable for the proxy."""
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        new = folder / f"{name}.new"
        new.write_bytes(text.encode("latin-1"))
        new.chmod(0o644)
        new.replace(folder / name)


def _texts(folder) -> dict:
    return {name: (folder / name).read_text() for name in GARBAGE}


def _answer(world, address: str, port: int, tls=None):
    """The status, or None for whatever is no answer of HTTP."""

    def ask():
        try:
            client = Client(address, port, _SOURCE, 2, tls=tls)
        except (OSError, BrokenResponse):
            return None
        try:
            return client.request(_REQUEST).status
        except (OSError, BrokenResponse):
            return None
        finally:
            client.close()

    return world.namespace.inside(ask)


def _mutual(world):
    root = world.authority.path / "root.pem"
    return client_context(world.authority.folder(_CALLER), root, ["istio-http/1.1", "istio"])


def _stays_shut(seconds: float, *asks):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert [ask() for ask in asks] == [None] * len(asks)
        time.sleep(0.05)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_workload_without_its_secret_serves_nobody(world, engine):
    world.leave()
    good = _texts(world.authority.folder(_WORKLOAD))
    empty = world.scratch.folder(f"empty-{engine}", PROXY_UID)
    sidecar = Sidecar(
        world.scratch, engine, world.pods["web.default"], world.control_plane.xds_port, world.namespace.command(),
        certificates=empty,
    )  # fmt: skip
    try:
        world.namespace.capture(sidecar.address)
        plain, mutual = lambda: _answer(world, _WEB, 8080), lambda: _answer(world, _WEB, 8080, _mutual(world))
        _stays_shut(1.5, plain, mutual)
        # Whose agent it is that reads them is the same for both.
        for garbage in [{name: text} for name, text in GARBAGE.items()] if engine == "swift" else [GARBAGE]:
            _put(sidecar.certificates, {**good, **garbage})
            _stays_shut(_LOOK, plain, mutual)
            assert sidecar.child.alive()
        # It comes late, and is all that was wanted.
        _put(sidecar.certificates, good)
        eventually(lambda: mutual() == 200)
        assert plain() is None
        # What cannot be used takes nothing away, and opens nothing.
        _put(sidecar.certificates, GARBAGE)
        end = time.monotonic() + _LOOK
        while time.monotonic() < end:
            assert (mutual(), plain()) == (200, None)
    finally:
        world.namespace.release()
        sidecar.stop()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_gateway_without_its_secret_serves_nobody_on_that_port(world, engine):
    world.leave()
    late = world.authority.path / "late"
    shutil.rmtree(late, ignore_errors=True)
    # An Envoy that is not up yet waits for secrets; so does a port, then.
    world.control_plane.write("gateway.yaml", "")
    world.enter(engine, "gate.default", "router")
    world.control_plane.write("gateway.yaml", GATEWAY.replace("/certificates/", f"{world.authority.path}/"))
    eventually(lambda: _answer(world, _GATE, 8000) == 200)
    asks = [
        lambda port=port, tls=tls: _answer(world, _GATE, port, tls)
        for port in (8443, 8444)
        for tls in (None, client_context(None, None))
    ]
    _stays_shut(0.5, *asks)
    good = _texts(world.authority.folder("shop.example"))
    for name in ("cert-chain.pem", "key.pem"):
        _put(late, {**good, name: GARBAGE[name]})
        _stays_shut(_LOOK, *asks)
    _put(late, good)
    eventually(lambda: asks[1]() == 200)
    # Plaintext is still none on that port, and nobody gave the other secret.
    assert [ask() for ask in asks] == [None, 200, None, None]
