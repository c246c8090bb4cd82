"""A mesh's authority for tests: identities in files, as an agent mounts them, and TLS by Python's own library."""
import datetime
import shutil
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

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

    def dated(self, principal: str, begins: int, ends: int) -> Path:
        """A workload whose certificate is valid from so many seconds from now until so many."""
        folder = self.path / f"{principal.replace('/', '_')}~{begins}~{ends}"
        if folder.exists():
            return folder
        shutil.copytree(self.folder(principal), folder)
        now = datetime.datetime.now(datetime.timezone.utc)
        made = x509.load_pem_x509_certificate((folder / "cert-chain.pem").read_bytes())
        builder = x509.CertificateBuilder().subject_name(made.subject).issuer_name(made.issuer)
        builder = builder.public_key(made.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now + datetime.timedelta(seconds=begins))
        builder = builder.not_valid_after(now + datetime.timedelta(seconds=ends))
        for extension in made.extensions:
            builder = builder.add_extension(extension.value, extension.critical)
        key = serialization.load_pem_private_key((self.path / f"{self.name}.key").read_bytes(), None)
        signed = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        (folder / "cert-chain.pem").write_bytes(signed)
        return folder

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
