"""Keys, certificate requests and tokens, by OpenSSL: another implementation than the one under test."""
import base64
import json
import re
import subprocess
import time
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


def openssl(*words, stdin: bytes = b"") -> bytes:
    done = subprocess.run(["openssl", *map(str, words)], input=stdin, capture_output=True, timeout=60)
    assert done.returncode == 0, f"openssl {' '.join(map(str, words))}: {done.stderr.decode()}"
    return done.stdout


KEYS = {
    "p256": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p384": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "p521": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "ed25519": ["genpkey", "-algorithm", "ED25519"],
    "rsa512": ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:512"],
    "rsa1024": ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    "rsa2048": ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
}


def key(folder: Path, kind: str = "p256", name: str = "") -> Path:
    path = folder / f"{name or kind}.key"
    path.write_bytes(openssl(*KEYS[kind]))
    return path


def request(folder: Path, private_key: Path, subject: str = "/", extensions=()) -> str:
    """PKCS #10 in PEM; `extensions` are lines such as `subjectAltName=URI:spiffe://...`."""
    words = ["req", "-new", "-key", private_key, "-subj", subject, "-config", "/dev/null"]
    for line in extensions:
        words += ["-addext", line]
    return openssl(*words).decode()


def authority(folder: Path, name: str, days: int = 30) -> tuple:
    """A self-signed root: the texts of its certificate and key."""
    path = key(folder, name=name)
    certificate = openssl(
        "req", "-x509", "-new", "-key", path, "-subj", f"/O={name}", "-days", days,
        "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-config", "/dev/null",
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "subjectKeyIdentifier=hash",
    )  # fmt: skip
    return certificate.decode(), path.read_text()


def text_of(certificate: str) -> str:
    return openssl("x509", "-noout", "-text", stdin=certificate.encode()).decode()


def names_of(certificate: str) -> list:
    found = re.search(r"Subject Alternative Name:([^\n]*)\n\s*([^\n]*)", text_of(certificate))
    return [part.strip() for part in found[2].split(",")] if found else []


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class TokenIssuer:
    """Signs service-account tokens with ES256, as a Kubernetes API does."""

    def __init__(self, folder: Path):
        self.key = key(folder, name="issuer")
        point = openssl("pkey", "-in", self.key, "-pubout", "-outform", "DER")[-64:]
        self.jwks = folder / "jwks.json"
        one = {"kty": "EC", "crv": "P-256", "kid": "one", "x": _encoded(point[:32]), "y": _encoded(point[32:])}
        self.jwks.write_text(json.dumps({"keys": [one]}))

    def token(self, namespace: str, account: str, **claims) -> str:
        now = int(time.time())
        body = {
            "iss": "test", "sub": f"system:serviceaccount:{namespace}:{account}", "aud": ["istio-ca"],
            "iat": now, "nbf": now, "exp": now + 600, **claims,
        }  # fmt: skip
        parts = [{"alg": "ES256", "kid": "one"}, body]
        signed = ".".join(_encoded(json.dumps(part).encode()) for part in parts)
        der = openssl("dgst", "-sha256", "-sign", self.key, stdin=signed.encode())
        return f"{signed}.{_encoded(_raw(der))}"


def _raw(der: bytes) -> bytes:
    """The two numbers of an ECDSA signature, 32 bytes each (RFC 7518 section 3.4)."""
    numbers, at = [], 2
    for _ in range(2):
        length = der[at + 1]
        numbers.append(int.from_bytes(der[at + 2 : at + 2 + length], "big").to_bytes(32, "big"))
        at += 2 + length
    return b"".join(numbers)


def _messages():
    file = descriptor_pb2.FileDescriptorProto(name="test_istio_ca.proto", package="istio.v1.auth", syntax="proto3")
    request_type = file.message_type.add(name="IstioCertificateRequest")
    field = descriptor_pb2.FieldDescriptorProto
    request_type.field.add(name="csr", number=1, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    request_type.field.add(name="validity_duration", number=3, type=field.TYPE_INT64, label=field.LABEL_OPTIONAL)
    response_type = file.message_type.add(name="IstioCertificateResponse")
    response_type.field.add(name="cert_chain", number=1, type=field.TYPE_STRING, label=field.LABEL_REPEATED)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return [
        message_factory.GetMessageClass(pool.FindMessageTypeByName(f"istio.v1.auth.{name}"))
        for name in ("IstioCertificateRequest", "IstioCertificateResponse")
    ]


CertificateRequest, CertificateResponse = _messages()


def create_certificate(channel, csr: str, seconds: int = 0, token: str | None = None, timeout: float = 10) -> list:
    """The chain that the authority answers with."""
    call = channel.unary_unary(
        "/istio.v1.auth.IstioCertificateService/CreateCertificate",
        request_serializer=CertificateRequest.SerializeToString,
        response_deserializer=CertificateResponse.FromString,
    )
    metadata = [("authorization", f"Bearer {token}")] if token is not None else []
    answer = call(CertificateRequest(csr=csr, validity_duration=seconds), metadata=metadata, timeout=timeout)
    return list(answer.cert_chain)
