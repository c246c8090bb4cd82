"""Who proved one identity gets nothing that belongs to another: secrets, configuration, pages."""
import json
import socket
import urllib.error
import urllib.request

import pytest
from harness.cluster import eventually
from harness.control_plane import ControlPlane
from harness.certificates import TokenIssuer
from harness.namespace import NetworkNamespace
from harness.programs import Scratch
from identity.test_rotation import SDS, stream, who
from xds_client import ads, meshes

pytestmark = pytest.mark.sec(29)

_PLANTED = "planted-key-of-the-vault"
CONFIG = f"""
apiVersion: v1
kind: Secret
metadata: {{name: vault, namespace: bank}}
type: kubernetes.io/tls
stringData: {{tls.crt: the chain of the vault, tls.key: {_PLANTED}, ca.crt: the roots of the vault}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: all, namespace: bank}}
spec:
  servers:
  - port: {{number: 443, name: https, protocol: HTTPS}}
    hosts: ["*"]
    tls: {{mode: MUTUAL, credentialName: vault}}
---
""" + meshes.service("one", "bank")
#: Every way to name it, and what else a proxy may wish for.
_WISHES = [
    "kubernetes://vault", "kubernetes://bank/vault", "kubernetes://vault-cacert", "kubernetes://bank/vault-cacert",
    "kubernetes://shop/../bank/vault", "kubernetes://*", "kubernetes-gateway://bank/vault", "*", "", "default", "vault",
    "bank/vault", "file-cert:/etc/shadow~/etc/shadow", "file-root:/etc/passwd",
]  # fmt: skip


def _router(namespace: str, account: str):
    node = who(namespace, account)
    node.id = node.id.replace("sidecar~", "router~")
    return node


def _texts(one, names, seconds=1.0) -> bytes:
    """All that comes within a while after the names were asked for."""
    one.subscribe(SDS, names)
    found = b""
    try:
        while True:
            found += one.take(SDS, names, seconds).SerializeToString()
    except Exception as error:
        # Nothing more came, or the stream was ended.
        assert type(error).__name__ == "Empty" or hasattr(error, "code"), error
    return found


@pytest.mark.parametrize("delta", [True, False])
def test_a_gateways_keys_are_its_own_whoever_asks_before_or_after(plane, delta):
    plane.control.write("bank.yaml", CONFIG)

    def owner() -> bytes:
        with stream(plane, _router("bank", "gate"), "bank", "gate", delta) as one:
            return _texts(one, ["kubernetes://vault"], 0.5)

    # The one it belongs to has it, so that it lies in whatever is remembered.
    eventually(lambda: _PLANTED.encode() in owner())
    for node in (_router("shop", "cart"), who("shop", "cart")):
        for names in ([name] for name in _WISHES[:4]):
            with stream(plane, node, delta=delta) as one:
                assert b"vault" not in _texts(one, names, 0.15).replace(names[0].encode(), b"")
        with stream(plane, node, delta=delta) as one:
            found = _texts(one, _WISHES, 0.5)
            assert _PLANTED.encode() not in found and b"the roots of the vault" not in found and b"root:x:" not in found
    assert _PLANTED.encode() in owner()


@pytest.mark.parametrize("delta", [True, False])
def test_who_becomes_another_on_the_way_gets_nothing_of_it(plane, delta):
    plane.control.write("bank.yaml", CONFIG)
    with stream(plane, _router("shop", "cart"), delta=delta) as one:
        one.subscribe(SDS, ["ROOTCA"])
        one.take(SDS, ["ROOTCA"])
        one.node, one.sent_node = _router("bank", "gate"), False
        assert _PLANTED.encode() not in _texts(one, ["kubernetes://vault"])


def test_who_proved_nothing_has_no_secret_in_plaintext(plane):
    plane.control.write("bank.yaml", CONFIG)
    with ads.Stream(plane.control.xds_port, True, _router("bank", "gate")) as one:
        assert _PLANTED.encode() not in _texts(one, ["kubernetes://vault", "ROOTCA"])


@pytest.fixture
def reachable():
    """A control plane whose pages can be reached from elsewhere."""
    scratch = Scratch("pages")
    namespace = NetworkNamespace("pages")
    issuer = TokenIssuer(scratch.path)
    control = ControlPlane(
        scratch.path, prefix=namespace.command(), xds_port=15010,
        arguments=["--ca-dir", scratch.path / "ca", "--token-public-keys", issuer.jwks,
                   "--monitoring-address", "0.0.0.0:15014"],
    )  # fmt: skip
    control.write("bank.yaml", CONFIG)
    control.start()
    yield control, issuer, namespace
    control.stop()
    namespace.remove()
    scratch.remove()


def _page(address: str, path: str, token: str | None = None) -> tuple:
    request = urllib.request.Request(f"http://{address}:15014{path}")
    if token is not None:
        request.add_header("authorization", f"Bearer {token}")
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.needs_root
def test_pages_are_for_the_machine_itself_and_the_control_planes_own_namespace(reachable):
    control, issuer, namespace = reachable
    pages = json.loads(namespace.inside(_page, "127.0.0.1", "/debug/list")[1])
    assert "/debug/config_dump" in pages
    other, own = issuer.token("shop", "cart"), issuer.token("istio-system", "istiod")
    spellings = ["/debug", "/", "/debug/", "//debug/syncz", "/metrics/../debug/syncz", "/metrics%2f..%2fdebug%2fsyncz",
                 "/debug/syncz?/metrics", "/DEBUG/syncz", "/ready/../debug/registryz"]  # fmt: skip
    for path in [*pages, *spellings]:
        for token, codes in ((None, {401, 404}), ("words", {401, 404}), (other, {403, 404})):
            status, text = namespace.inside(_page, "10.1.1.1", path, token)
            assert status in codes, (path, token, status)
            assert b"bank" not in text and _PLANTED.encode() not in text
    assert namespace.inside(_page, "10.1.1.1", "/debug/registryz", own)[0] == 200
    for path in ("/metrics", "/ready", "/healthz", "/version"):
        assert namespace.inside(_page, "10.1.1.1", path)[0] == 200
    for path in pages:
        assert _PLANTED.encode() not in namespace.inside(_page, "127.0.0.1", f"{path}?proxyID=cart-1.shop")[1]


@pytest.mark.needs_root
def test_plaintext_discovery_is_for_the_machine_itself(reachable):
    _, _, namespace = reachable

    def connect():
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("10.1.1.1", 15010), 2)

    namespace.inside(connect)
