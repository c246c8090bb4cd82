"""Another root, in three steps and without a restart; the trust bundle at the proxies (fault 11)."""
import socket
import ssl
import time

import grpc
import pytest
from envoy.extensions.transport_sockets.tls.v3 import secret_pb2

from harness import certificates
from harness.certificates import create_certificate
from harness.cluster import eventually
from harness.http2_bytes import PREFACE, SETTINGS, frame
from xds_client import ads

SDS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
PCDS = "type.googleapis.com/istio.mesh.v1alpha1.ProxyConfig"


def who(namespace: str, account: str):
    one = ads.node(f"{account}-1", namespace)
    one.metadata["SERVICE_ACCOUNT"] = account
    return one


def stream(plane, node, namespace: str = "shop", account: str = "cart", delta: bool = True, root: str | None = None):
    token = plane.issuer.token(namespace, account)
    return ads.Stream(
        0, delta, node, channel=plane.channel(root), metadata=[("authorization", f"Bearer {token}")]
    )


def bundle(response) -> str:
    secret = secret_pb2.Secret()
    one = response.resources[0]
    assert (one.resource if hasattr(one, "resource") else one).Unpack(secret)
    assert secret.name == "ROOTCA"
    return secret.validation_context.trusted_ca.inline_bytes.decode()


def put(plane, **texts):
    """Replaces files of the authority's folder, each at once."""
    for name, text in texts.items():
        new = plane.authority / "new"
        new.write_text(text)
        new.replace(plane.authority / f"{name.replace('_', '-')}.pem")


@pytest.mark.parametrize("delta", [True, False])
def test_the_bundle_is_served_over_ads(plane, delta):
    with stream(plane, who("shop", "cart"), delta=delta) as one:
        one.subscribe(SDS, ["ROOTCA"])
        assert bundle(one.take(SDS, ["ROOTCA"])) == plane.root
        one.subscribe(PCDS)
        answer = one.take(PCDS)
        body = answer.resources[0]
        body = (body.resource if delta else body).value
        assert body.startswith(b"\x92\x02") and plane.root.encode() in body


def test_three_steps_without_a_failed_handshake(fresh_plane, tmp_path):
    plane = fresh_plane.start()
    old = plane.root
    new, new_key = certificates.authority(tmp_path, "new")
    key = certificates.key(tmp_path)
    csr = certificates.request(tmp_path, key)

    def certificate(root: str) -> list:
        with plane.channel(root) as channel:
            return create_certificate(channel, csr, token=plane.issuer.token("shop", "cart"))

    def renewed(root: str, chain: list) -> list:
        with plane.channel(root, "".join(chain[:-1]), key.read_text()) as channel:
            return create_certificate(channel, csr)

    first = certificate(old)
    with stream(plane, who("shop", "cart"), root=old) as proxy:
        proxy.subscribe(SDS, ["ROOTCA"])
        assert bundle(proxy.take(SDS, ["ROOTCA"])) == old
        # Both roots are trusted, the old one signs.
        put(plane, root_cert=old + new)
        both = bundle(proxy.take(SDS, ["ROOTCA"], seconds=10))
        assert both == old + new
        second = renewed(both, first)
        assert second[-1] == both
        # The new one signs; who holds a certificate of the old one comes in.
        put(plane, ca_cert=new, ca_key=new_key)
        eventually(lambda: certificate(both)[-1].startswith(new))
        assert bundle(proxy.take(SDS, ["ROOTCA"], seconds=10)) == new + old
        third = renewed(both, second)
        assert third[-1] == new + old
        # The old one is trusted no longer, and neither are its certificates.
        put(plane, root_cert=new)
        assert bundle(proxy.take(SDS, ["ROOTCA"], seconds=10)) == new
        assert renewed(new, third)[-1] == new
        with pytest.raises(grpc.RpcError):
            renewed(new, second)


@pytest.mark.sec(25)
def test_no_session_with_the_control_plane_outlives_its_root(fresh_plane, tmp_path):
    plane = fresh_plane.start()
    key = certificates.key(tmp_path)
    csr = certificates.request(tmp_path, key)
    with plane.channel() as channel:
        chain = create_certificate(channel, csr, token=plane.issuer.token("shop", "cart"))
    (tmp_path / "chain.pem").write_text("".join(chain[:-1]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(tmp_path / "chain.pem", key)
    context.set_alpn_protocols(["h2"])

    def connect(session=None):
        """(session, whether the one of before was resumed), once the server has sent its first frame."""
        with socket.create_connection(("127.0.0.1", plane.control.secure_port), 5) as plain:
            with context.wrap_socket(plain, session=session) as one:
                one.sendall(PREFACE + frame(SETTINGS))
                assert one.recv(4096)
                return one.session, one.session_reused

    session, _ = connect()
    assert connect(session)[1]
    new, new_key = certificates.authority(tmp_path, "new")
    put(plane, root_cert=plane.root + new)
    put(plane, ca_cert=new, ca_key=new_key)
    eventually(lambda: not connect(session)[1])
    put(plane, root_cert=new)
    # Its root is trusted no longer, so that neither the session nor the certificate opens anything.

    def is_refused():
        try:
            return not connect(session)
        except OSError:
            return True

    eventually(is_refused)


def test_an_authority_that_is_wrong_changes_nothing(fresh_plane, tmp_path):
    plane = fresh_plane.start()
    old = plane.root
    new, _ = certificates.authority(tmp_path, "new")
    put(plane, ca_cert=new)
    eventually(lambda: "is not the private key of the certificate" in plane.log())
    csr = certificates.request(tmp_path, certificates.key(tmp_path))
    with plane.channel(old) as channel:
        assert create_certificate(channel, csr, token=plane.issuer.token("shop", "cart"))[-1] == old


def test_roots_of_the_mesh_configuration_are_trusted(fresh_plane, tmp_path):
    other, _ = certificates.authority(tmp_path, "other")
    plane = fresh_plane.start(mesh={"caCertificates": [{"pem": other}], "trustDomainAliases": ["old.example.org"]})
    with stream(plane, who("shop", "cart")) as one:
        one.subscribe(SDS, ["ROOTCA"])
        assert bundle(one.take(SDS, ["ROOTCA"])) == plane.root + other


CLAIMS = [
    (who("bank", "cart"), 'namespace "bank"'),
    (who("shop", "vault"), 'service account "vault"'),
    (ads.node("cart-1", "bank"), 'namespace "bank"'),
]


@pytest.mark.sec(29)
@pytest.mark.parametrize("node,words", CLAIMS)
@pytest.mark.parametrize("delta", [True, False])
def test_a_node_of_somebody_else_is_refused(plane, node, words, delta):
    with stream(plane, node, delta=delta) as one:
        one.subscribe(ads.CDS)
        with pytest.raises(grpc.RpcError) as caught:
            one.next(seconds=10)
    assert caught.value.code() == grpc.StatusCode.PERMISSION_DENIED
    assert words in caught.value.details() and "spiffe://cluster.local/ns/shop/sa/cart" in caught.value.details()


@pytest.mark.sec(29)
def test_a_node_id_of_another_namespace_is_refused_whatever_its_metadata_say(plane):
    node = who("shop", "cart")
    node.id = node.id.replace("cart-1.shop", "cart-1.bank")
    with stream(plane, node) as one:
        one.subscribe(ads.CDS)
        with pytest.raises(grpc.RpcError) as caught:
            one.next(seconds=10)
    assert caught.value.code() == grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.sec(29)
def test_discovery_needs_an_identity(plane):
    with ads.Stream(0, True, who("shop", "cart"), channel=plane.channel()) as one:
        one.subscribe(ads.CDS)
        with pytest.raises(grpc.RpcError) as caught:
            one.next(seconds=10)
    assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_clusters_are_served_to_who_is_known(plane):
    with stream(plane, who("shop", "cart")) as one:
        one.subscribe(ads.CDS)
        assert ads.resources(one.take(ads.CDS))


@pytest.mark.sec(29)
def test_plain_text_is_not_spoken_on_the_secured_port(plane):
    with ads.Stream(plane.control.secure_port, True, who("shop", "cart")) as one:
        one.subscribe(ads.CDS)
        with pytest.raises(grpc.RpcError):
            one.next(seconds=10)
    time.sleep(0.1)
    assert plane.control.child.alive()
