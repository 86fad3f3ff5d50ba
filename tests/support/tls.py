"""A certificate authority of the tests, and servers with its certificates."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.types import ASGIApp

from tests.support.serving import running_app


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority. `file` is its certificate in PEM format."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def file(self) -> Path:
        return self.folder / "authority.pem"

    def issue(self, name: str) -> Path:
        """Returns a file with a certificate for a host name, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        own = _builder(name, self.certificate.subject, key).add_extension(names, critical=False)
        file = self.folder / f"{name}.pem"
        file.write_bytes(_pem(own.sign(self.key, hashes.SHA256())) + _private(key))
        return file


def new_authority(folder: Path) -> Authority:
    """Creates an authority that nobody trusts yet."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests")])
    own = _builder("Tests", subject, key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    authority = Authority(folder, key, own.sign(key, hashes.SHA256()))
    authority.file.write_bytes(_pem(authority.certificate))
    return authority


def _builder(name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def running_tls(app: ASGIApp, certificate: Path) -> AbstractContextManager[int]:
    """Serves an application over TLS in a thread; yields its port."""
    return running_app(app, ssl_certfile=str(certificate))
