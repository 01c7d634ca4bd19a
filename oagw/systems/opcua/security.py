"""Secure connections: our own certificate, and the check of the server's."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from asyncua import Client, ua
from asyncua.crypto import cert_gen, security_policies
from asyncua.crypto.uacrypto import CertProperties
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from oagw.errors import ConnectionBrokenError

#: Our application URI, unless our certificate has a different URI.
URI = "urn:oagw"
#: Errors of servers that refuse connections without security.
_UNASKED = frozenset(
    ("BadSecurityPolicyRejected", "BadSecurityModeRejected", "BadSecurityChecksFailed")
)
#: Days for which a certificate that oagw creates is valid.
_DAYS = 3650


@dataclass(frozen=True, slots=True)
class UserFiles:
    """The files of a user's certificate and its key (PEM), for a login without password."""

    certificate: Path
    private_key: Path

    def read(self) -> tuple[x509.Certificate, RSAPrivateKey]:
        """Read the certificate and the key.

        :raises ConnectionBrokenError: one cannot be read, or they do not match.
        """
        path = self.certificate
        try:
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
            path = self.private_key
            key = load_pem_private_key(path.read_bytes(), None)
        except TypeError as error:
            raise ConnectionBrokenError(
                f"{path}: a key with a password cannot be used"
            ) from error
        except (OSError, ValueError, UnsupportedAlgorithm) as error:
            reason = (
                getattr(error, "strerror", None)
                or "it has no certificate or key in PEM form"
            )
            raise ConnectionBrokenError(f"{path}: {reason}") from error
        if not isinstance(key, RSAPrivateKey):
            raise ConnectionBrokenError(f"{path}: OPC UA needs an RSA key")
        if key.public_key() != certificate.public_key():
            raise ConnectionBrokenError(f"{path} is not the key of {self.certificate}")
        return certificate, key


@dataclass(frozen=True, slots=True)
class Security:
    """How a connection is secured.

    :ivar policy: the security policy, such as ``Basic256Sha256``.
    :ivar is_signed_only: messages are signed, and not encrypted.
    :ivar trusted: the server's certificate must be one of these, or be issued by one.
    :ivar certificate: our own (PEM); created with its key if both are missing.
    :ivar user: the user's certificate; ``None`` is a login without one.
    """

    policy: str
    is_signed_only: bool
    trusted: Sequence[x509.Certificate]
    certificate: Path
    private_key: Path
    user: UserFiles | None = None


async def secure(client: Client, security: Security, url: str) -> None:
    """Set up the security of a client.

    :raises ConnectionBrokenError: the server does not offer it, or is not trusted.
    """
    policy = getattr(security_policies, f"SecurityPolicy{security.policy}")
    modes = ua.MessageSecurityMode
    mode = modes.Sign if security.is_signed_only else modes.SignAndEncrypt
    found = await _certificate(client, policy.URI, mode, security.trusted)
    if found is None:
        raise ConnectionBrokenError(
            f"the server does not offer {security.policy} with mode {mode.name}"
        )
    check_certificate(found, security.trusted, urlsplit(url).hostname or "")
    own = _own_certificate(security)
    client.application_uri = _uri(own)
    await client.set_security(
        policy,
        CertProperties(security.certificate.read_bytes(), "pem"),
        CertProperties(security.private_key.read_bytes(), "pem"),
        server_certificate=CertProperties(found.public_bytes(Encoding.DER), "der"),
        mode=mode,
    )
    if security.user is not None:
        client.user_certificate, client.user_private_key = security.user.read()


async def _certificate(
    client: Client,
    policy: str,
    mode: ua.MessageSecurityMode,
    trusted: Sequence[x509.Certificate],
) -> x509.Certificate | None:
    """Return the server's certificate; ``None`` if it does not offer the security."""
    try:
        endpoints = await client.connect_and_get_server_endpoints()
    except ua.UaStatusCodeError as error:
        if ua.StatusCode(error.code).name not in _UNASKED or len(trusted) != 1:
            raise
        # It does not list its endpoints without security; use a trusted certificate.
        return trusted[0]
    for one in endpoints:
        if one.SecurityPolicyUri == policy and one.SecurityMode == mode:
            return read_certificate(one.ServerCertificate)
    return None


def read_certificate(der: bytes) -> x509.Certificate:
    """Read the first certificate of a chain.

    :raises ConnectionBrokenError: it cannot be read.
    """
    # A chain is a sequence of certificates; each begins with its length.
    head = der[:4]
    length = 4 + int.from_bytes(head[2:], "big") if head[:2] == b"\x30\x82" else len(der)
    try:
        return x509.load_der_x509_certificate(der[:length])
    except ValueError as error:
        raise ConnectionBrokenError(
            f"the server's certificate cannot be read: {error}"
        ) from error


async def server_certificate(url: str, patience: float) -> x509.Certificate:
    """Get the certificate of a server, without security.

    :raises ConnectionBrokenError: the server has none, or does not respond.
    """
    endpoints = await Client(url, timeout=patience).connect_and_get_server_endpoints()
    for one in endpoints:
        if one.ServerCertificate:
            return read_certificate(one.ServerCertificate)
    raise ConnectionBrokenError("the server has no certificate, and so offers no security")


def fingerprint(certificate: x509.Certificate) -> str:
    """The SHA-256 of a certificate, for people to compare."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def check_certificate(
    certificate: x509.Certificate, trusted: Sequence[x509.Certificate], host: str
) -> None:
    """Check the server's certificate.

    :param host: the host in the server's URL.
    :raises ConnectionBrokenError: the text says why it is not trusted.
    """
    now = datetime.now(UTC)
    shown = f"the server's certificate (SHA-256 {fingerprint(certificate)})"
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise ConnectionBrokenError(
            f"{shown} is not valid now; check the clocks of both machines"
        )
    if certificate in trusted:
        return
    if not any(_is_issued_by(certificate, one) for one in trusted):
        raise ConnectionBrokenError(
            f"{shown} is not in ca, nor issued by a certificate in it"
        )
    if host not in _hosts(certificate):
        raise ConnectionBrokenError(f"{shown} is not for the host {host}")


def _is_issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints)
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return constraints.value.ca and authority.not_valid_after_utc >= datetime.now(UTC)


def _hosts(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value
    except x509.ExtensionNotFound:
        return set()
    addresses = map(str, names.get_values_for_type(x509.IPAddress))
    return {*names.get_values_for_type(x509.DNSName), *addresses}


def _uri(certificate: x509.Certificate) -> str:
    """The application URI in a certificate."""
    try:
        names = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value
    except x509.ExtensionNotFound:
        return URI
    return next(iter(names.get_values_for_type(x509.UniformResourceIdentifier)), URI)


def _own_certificate(security: Security) -> x509.Certificate:
    """Read our own certificate; creates it if it is missing.

    :raises ConnectionBrokenError: the files cannot be used.
    """
    certificate, key = security.certificate, security.private_key
    try:
        if not certificate.exists() and not key.exists():
            make_certificate(certificate, key)
        return x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a certificate in PEM form"
        raise ConnectionBrokenError(f"{certificate}: {reason}") from error


def make_certificate(certificate: Path, key: Path) -> None:
    """Create a key, readable by oagw alone, and a self-signed certificate."""
    private = cert_gen.generate_private_key()
    host = socket.gethostname()
    made = cert_gen.generate_self_signed_app_certificate(
        private,
        f"oagw@{host}"[:64],
        {},
        [x509.UniformResourceIdentifier(URI), x509.DNSName(host)],
        [ExtendedKeyUsageOID.CLIENT_AUTH],
        days=_DAYS,
    )
    certificate.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with open(os.open(key, flags, 0o600), "wb") as file:
        file.write(cert_gen.dump_private_key_as_pem(private))
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
