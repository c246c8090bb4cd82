"""A mesh's authority for tests: identities in files, as an agent mounts them, and TLS by Python's own library."""
import ssl
from pathlib import Path

from . import certificates


def uri(principal: str) -> str:
    return f"spiffe://{principal}"


class MeshAuthority:
    """Signs workloads. `folder(principal)` holds cert-chain.pem, key.pem and root-cert.pem of one."""

    def __init__(self, folder: Path, name: str = "mesh"):
        self.path = folder / f"authority-{name}"
        self.path.mkdir()
        self.name = name
        self.root, _ = certificates.authority(self.path, name)
        (self.path / "root.pem").write_text(self.root)
        self._made = {}

    def folder(self, principal: str, days: int = 1, roots: str | None = None) -> Path:
        if principal not in self._made:
            folder = self.path / principal.replace("/", "_")
            folder.mkdir()
            # A server outside has DNS names, separated by commas.
            dns = ",".join(f"DNS:{name}" for name in principal.split(","))
            names = f"URI:{uri(principal)}" if "/" in principal else dns
            self._write(folder, names, days)
            (folder / "root-cert.pem").write_text(roots or self.root)
            self._made[principal] = folder
        return self._made[principal]

    def _write(self, folder: Path, names: str, days: int):
        key = certificates.key(folder, name="key")
        key.rename(folder / "key.pem")
        key = folder / "key.pem"
        key.chmod(0o644)  # a sidecar reads it as another user
        request = certificates.request(folder, key, "/")
        (folder / "request.pem").write_text(request)
        (folder / "extensions").write_text(
            f"subjectAltName=critical,{names}\nbasicConstraints=critical,CA:FALSE\n"
            "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n"
        )
        chain = certificates.openssl(
            "x509", "-req", "-in", folder / "request.pem", "-CA", self.path / "root.pem",
            "-CAkey", self.path / f"{self.name}.key", "-CAcreateserial", "-days", days, "-extfile", folder / "extensions",
        )  # fmt: skip
        (folder / "cert-chain.pem").write_bytes(chain)


def server_context(folder: Path, mutual: bool = True, alpn=("http/1.1",)) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert-chain.pem", folder / "key.pem")
    context.load_verify_locations(folder / "root-cert.pem")
    context.verify_mode = ssl.CERT_REQUIRED if mutual else ssl.CERT_NONE
    return context


def client_context(folder: Path | None, roots: Path | None, alpn=(), version: str | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    if roots is None:
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(roots)
    if folder is not None:
        context.load_cert_chain(folder / "cert-chain.pem", folder / "key.pem")
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if version == "1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def uris(certificate: dict | None) -> list:
    return [value for kind, value in (certificate or {}).get("subjectAltName", ()) if kind == "URI"]
