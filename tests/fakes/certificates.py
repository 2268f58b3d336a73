"""Certificates that are made when a test needs them, good for loopback and a few days."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Pair:
    """A self-signed certificate and its key, in PEM."""

    cert: bytes
    key: bytes
    serial: int

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Put both into `folder`, over what is there, and return their paths."""
        cert, key = folder / "cert.pem", folder / "key.pem"
        cert.write_bytes(self.cert)
        key.write_bytes(self.key)
        return cert, key


def make_pair(days: float = 30, now: datetime | None = None) -> Pair:
    """A new pair for localhost and 127.0.0.1 that ends in `days`."""
    now = now or datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    serial = x509.random_serial_number()
    # Who trusts two of the same name finds only one of them.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"localhost {serial:x}")])
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    return Pair(cert.public_bytes(pem), key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain), serial)


def trusting(*pairs: Pair) -> ssl.SSLContext:
    """A client's context that trusts these and nobody else."""
    return ssl.create_default_context(cadata="".join(pair.cert.decode() for pair in pairs))


def serial_of(connection: object) -> int:
    """The serial number of the certificate that the peer of an `ssl_object` showed."""
    assert isinstance(connection, ssl.SSLObject | ssl.SSLSocket)
    shown = connection.getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown).serial_number
