"""TLS 1.2 or later, with a certificate for localhost by default."""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_VALID = timedelta(days=825)
_RENEW = timedelta(days=30)


class TlsError(Exception):
    """The certificate or its key cannot be used; the text says which and why."""


def load_context(certificate: Path, private_key: Path) -> ssl.SSLContext:
    """The TLS context of listeners.

    :raises TlsError: a file is missing, is not PEM, or the two do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A client could otherwise ask for new keys again and again.
    context.options |= ssl.OP_NO_RENEGOTIATION
    _check_certificate(certificate)
    _check_key(private_key)
    try:
        context.load_cert_chain(certificate, private_key)
    except ssl.SSLError as error:
        if "KEY_VALUES_MISMATCH" in str(error):
            raise TlsError(
                f"[server] private_key {private_key}: it is not the key of {certificate}"
            ) from error
        raise TlsError(
            f"[server] certificate {certificate} or private_key {private_key}: {error}"
        ) from error
    return context


def _check_certificate(path: Path) -> None:
    try:
        x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise TlsError(f"[server] certificate {path}: {error.strerror}") from error
    except ValueError as error:
        raise TlsError(
            f"[server] certificate {path}: it has no certificate in PEM form"
        ) from error


def _check_key(path: Path) -> None:
    try:
        serialization.load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise TlsError(f"[server] private_key {path}: {error.strerror}") from error
    except TypeError as error:
        raise TlsError(
            f"[server] private_key {path}: it is encrypted, and a gateway cannot ask for "
            f"the password; decrypt it with: openssl pkey -in {path} -out FILE"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise TlsError(
            f"[server] private_key {path}: it has no private key in PEM form"
        ) from error


def fingerprint(certificate: Path) -> str:
    """The SHA-256 fingerprint, as browsers and openssl show it."""
    [own, *_] = x509.load_pem_x509_certificates(certificate.read_bytes())
    return own.fingerprint(hashes.SHA256()).hex(":").upper()


def make_local_certificate(certificate: Path, private_key: Path, now: datetime) -> bool:
    """Create a certificate for localhost unless there is one that is still valid.

    :returns: whether one was created.
    :raises TlsError: the present file is not a certificate.
    """
    if certificate.exists() and private_key.exists():
        try:
            [present, *_] = x509.load_pem_x509_certificates(certificate.read_bytes())
        except ValueError as error:
            raise TlsError(
                f"{certificate} is not a certificate; delete it, and a new one is created"
            ) from error
        # One that begins in the future was made while the clock was wrong, and is refused.
        is_begun = present.not_valid_before_utc <= now
        if is_begun and present.not_valid_after_utc - now > _RENEW:
            return False
    key = ec.generate_private_key(ec.SECP256R1())
    made = _sign(key, now)
    _write(
        private_key,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        0o600,
    )
    _write(certificate, made.public_bytes(serialization.Encoding.PEM), 0o644)
    return True


def _sign(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName(
        [
            x509.DNSName("localhost"),
            x509.IPAddress(ip_address("127.0.0.1")),
            x509.IPAddress(ip_address("::1")),
        ]
    )
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - timedelta(hours=1))
        .not_valid_after(now.astimezone(UTC) + _VALID)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a new file, which has its mode from the beginning."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
