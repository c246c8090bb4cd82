"""Certificates of the control plane, asked for by a client of another make."""
import base64
import os
import ssl
import time

import grpc
import pytest

from harness import certificates
from harness.certificates import create_certificate

CART = "URI:spiffe://cluster.local/ns/shop/sa/cart"


def refusal(call) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value


def verified(folder, chain: list) -> str:
    """OpenSSL's word on the chain."""
    (folder / "root.pem").write_text(chain[-1])
    (folder / "leaf.pem").write_text(chain[0])
    (folder / "middle.pem").write_text("".join(chain[1:-1]) or chain[-1])
    words = ["verify", "-CAfile", folder / "root.pem", "-untrusted", folder / "middle.pem", "-x509_strict"]
    return certificates.openssl(*words, folder / "leaf.pem").decode()


@pytest.mark.parametrize("kind", ["p256", "p384", "ed25519", "rsa2048"])
def test_a_token_is_exchanged_for_a_certificate(plane, tmp_path, kind):
    csr = certificates.request(tmp_path, certificates.key(tmp_path, kind))
    with plane.channel() as channel:
        chain = create_certificate(channel, csr, token=plane.issuer.token("shop", "cart"))
    assert chain[-1] == plane.root
    assert verified(tmp_path, chain).endswith(": OK\n")
    assert certificates.names_of(chain[0]) == [CART]
    text = certificates.text_of(chain[0])
    assert "CA:FALSE" in text and "TLS Web Server Authentication, TLS Web Client Authentication" in text
    assert "Subject Alternative Name: critical" in text


WISHES = {
    "another's name": ["subjectAltName=URI:spiffe://cluster.local/ns/bank/sa/vault"],
    "two names": [f"subjectAltName={CART},URI:spiffe://cluster.local/ns/bank/sa/vault"],
    "the control plane's name": ["subjectAltName=DNS:istiod.istio-system.svc"],
    "everything": ["subjectAltName=DNS:*,IP:127.0.0.1,email:a@b.c"],
    "an authority": ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"],
    "other uses": ["extendedKeyUsage=codeSigning,OCSPSigning"],
}


@pytest.mark.sec(31)
@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("subject", ["/", "/O=system:masters/CN=admin"])
def test_whatever_is_asked_for_the_callers_name_is_given(plane, tmp_path, wish, subject):
    csr = certificates.request(tmp_path, certificates.key(tmp_path), subject, WISHES[wish])
    with plane.channel() as channel:
        chain = create_certificate(channel, csr, 10 * 365 * 86400, token=plane.issuer.token("shop", "cart"))
    assert certificates.names_of(chain[0]) == [CART]
    text = certificates.text_of(chain[0])
    assert "CA:FALSE" in text and "Certificate Sign" not in text and "Code Signing" not in text
    assert "system:masters" not in text
    dates = certificates.openssl("x509", "-noout", "-enddate", stdin=chain[0].encode()).decode().split("=")[1].strip()
    assert 0 < ssl.cert_time_to_seconds(dates) - time.time() <= 90 * 86400


@pytest.mark.parametrize("kind", ["rsa512", "rsa1024", "p521"])
def test_weak_and_unusual_keys_are_refused(plane, tmp_path, kind):
    csr = certificates.request(tmp_path, certificates.key(tmp_path, kind))
    with plane.channel() as channel:
        error = refusal(lambda: create_certificate(channel, csr, token=plane.issuer.token("shop", "cart")))
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
    assert "2048" in error.details()


def _block(data: bytes) -> str:
    text = base64.encodebytes(data).decode()
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{text}-----END CERTIFICATE REQUEST-----\n"


GARBAGE = {
    "nothing": "",
    "words": "please",
    "100 KB of letters": "A" * 100_000,
    "100 KB of noise": _block(os.urandom(75_000)),
    "10 KB of noise": _block(os.urandom(10_000)),
    "deep": _block(b"0\x80" * 5000),
    "long length": _block(b"0\x84\xff\xff\xff\xff"),
    "a null": "-----BEGIN CERTIFICATE REQUEST-----\0",
}


@pytest.mark.sec(30)
@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_an_invalid_argument(plane, name):
    with plane.channel() as channel:
        token = plane.issuer.token("shop", "cart")
        error = refusal(lambda: create_certificate(channel, GARBAGE[name], token=token))
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
    assert plane.control.child.alive()


@pytest.mark.sec(30)
def test_a_message_of_many_megabytes_ends_only_its_call(plane, tmp_path):
    with plane.channel() as channel:
        token = plane.issuer.token("shop", "cart")
        refusal(lambda: create_certificate(channel, "A" * (32 << 20), token=token, timeout=30))
    with plane.channel() as channel:
        csr = certificates.request(tmp_path, certificates.key(tmp_path))
        assert create_certificate(channel, csr, token=plane.issuer.token("shop", "cart"))


def _tokens(plane):
    good = plane.issuer.token
    head, body, signature = good("shop", "cart").split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    now = int(time.time())
    return {
        "none": None,
        "empty": "",
        "words": "hello",
        "other audience": good("shop", "cart", aud=["kubernetes"]),
        "no audience": good("shop", "cart", aud=[]),
        "expired": good("shop", "cart", exp=now - 120),
        "later": good("shop", "cart", nbf=now + 600),
        "no end": good("shop", "cart", exp=None),
        "a person": good("shop", "cart", sub="alice"),
        "no name": good("shop", "", sub="system:serviceaccount:shop:"),
        "many parts": good("shop", "cart", sub="system:serviceaccount:a:b:c"),
        "a slash": good("shop", "cart", sub="system:serviceaccount:shop:a/sa/b"),
        "unsigned": f"{none}.{body}.",
        "alg none": f"{none}.{body}.{signature}",
        "other signature": f"{head}.{body}.{signature[::-1]}",
        "long": "a" * 6000,
    }


@pytest.mark.sec(29)
@pytest.mark.parametrize("name", [
    "none", "empty", "words", "other audience", "no audience", "expired", "later", "no end", "a person", "no name",
    "many parts", "a slash", "unsigned", "alg none", "other signature", "long",
])  # fmt: skip
def test_who_is_not_known_is_told_so(plane, tmp_path, name):
    csr = certificates.request(tmp_path, certificates.key(tmp_path))
    with plane.channel() as channel:
        error = refusal(lambda: create_certificate(channel, csr, token=_tokens(plane)[name]))
    assert error.code() == grpc.StatusCode.UNAUTHENTICATED, error
    assert error.details()
    if name == "other audience":
        assert "istio-ca" in error.details()


def test_a_certificate_is_renewed_with_itself(plane, tmp_path):
    key = certificates.key(tmp_path)
    csr = certificates.request(tmp_path, key)
    with plane.channel() as channel:
        first = create_certificate(channel, csr, token=plane.issuer.token("shop", "cart"))
    with plane.channel(certificate="".join(first[:-1]), private_key=key.read_text()) as channel:
        second = create_certificate(channel, csr)
    assert certificates.names_of(second[0]) == [CART]
    assert second[0] != first[0]


def test_an_expired_certificate_is_refused(plane, tmp_path):
    key = certificates.key(tmp_path)
    csr = certificates.request(tmp_path, key)
    with plane.channel() as channel:
        chain = create_certificate(channel, csr, 1, token=plane.issuer.token("shop", "cart"))
    time.sleep(2.1)
    with plane.channel(certificate="".join(chain[:-1]), private_key=key.read_text()) as channel:
        refusal(lambda: create_certificate(channel, csr))


def test_a_certificate_of_another_root_is_refused(plane, tmp_path):
    text, key_text = certificates.authority(tmp_path, "evil")
    with plane.channel(certificate=text, private_key=key_text) as channel:
        csr = certificates.request(tmp_path, certificates.key(tmp_path))
        refusal(lambda: create_certificate(channel, csr))


def test_no_key_is_told_anywhere(plane, tmp_path):
    csr = certificates.request(tmp_path, certificates.key(tmp_path))
    token = plane.issuer.token("shop", "cart")
    with plane.channel() as channel:
        create_certificate(channel, csr, token=token)
    secret = (plane.authority / "ca-key.pem").read_text().splitlines()[1][:24]
    pages = plane.log()
    assert secret not in pages and "PRIVATE KEY" not in pages and token not in pages
    assert (plane.authority / "ca-key.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.sec(31)
def test_the_life_is_capped_by_the_flag(fresh_plane, tmp_path):
    plane = fresh_plane.start("--max-certificate-ttl", "60s")
    csr = certificates.request(tmp_path, certificates.key(tmp_path))
    with plane.channel() as channel:
        chain = create_certificate(channel, csr, 3600, token=plane.issuer.token("shop", "cart"))
    certificates.openssl("x509", "-noout", "-checkend", 0, stdin=chain[0].encode())
    text = certificates.openssl("x509", "-noout", "-enddate", stdin=chain[0].encode()).decode()
    assert ssl.cert_time_to_seconds(text.split("=")[1].strip()) - time.time() <= 60
