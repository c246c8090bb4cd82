"""Revocation lists of a test's authority."""
import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from .identities import MeshAuthority


def revocation_list(authority: MeshAuthority, revoked: list[Path]) -> bytes:
    """PEM that takes the certificates of these folders back."""
    issuer = x509.load_pem_x509_certificate(authority.root.encode())
    key = serialization.load_pem_private_key((authority.path / f"{authority.name}.key").read_bytes(), None)
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
    builder = builder.last_update(now - datetime.timedelta(minutes=1)).next_update(now + datetime.timedelta(days=1))
    for folder in revoked:
        serial = x509.load_pem_x509_certificate((folder / "cert-chain.pem").read_bytes()).serial_number
        one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build()
        builder = builder.add_revoked_certificate(one)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
