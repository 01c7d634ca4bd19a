"""Security of a connection: our certificate, and whether the server's is trusted."""

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

#: What we are called, where no certificate of ours says otherwise.
URI = "urn:oagw"
#: What servers say that talk with nobody without security.
_UNASKED = frozenset(
    ("BadSecurityPolicyRejected", "BadSecurityModeRejected", "BadSecurityChecksFailed")
)
#: Days that a certificate that we make is good for.
_DAYS = 3650


@dataclass(frozen=True, slots=True)
class UserFiles:
    """Who logs in with a certificate rather than with a password (PEM, with its key)."""

    certificate: Path
    private_key: Path

    def read(self) -> tuple[x509.Certificate, RSAPrivateKey]:
        """The certificate and the key.

        :raises ConnectionBrokenError: one is none, or they are not of each other.
        """
        path = self.certificate
        try:
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
            path = self.private_key
            key = load_pem_private_key(path.read_bytes(), None)
        except TypeError as error:
            raise ConnectionBrokenError(
                f"{path}: a key with a password is no use"
            ) from error
        except (OSError, ValueError, UnsupportedAlgorithm) as error:
            reason = getattr(error, "strerror", None) or "it has no such thing in PEM"
            raise ConnectionBrokenError(f"{path}: {reason}") from error
        if not isinstance(key, RSAPrivateKey):
            raise ConnectionBrokenError(f"{path}: OPC UA takes keys of RSA")
        if key.public_key() != certificate.public_key():
            raise ConnectionBrokenError(f"{path} is not the key of {self.certificate}")
        return certificate, key


@dataclass(frozen=True, slots=True)
class Security:
    """How a connection is secured.

    :ivar policy: as ``Basic256Sha256``.
    :ivar is_signed_only: others may read, and nobody can change, what goes over it.
    :ivar trusted: the server's certificate must be one of these, or come from one.
    :ivar certificate: ours (PEM), with its key; both are made where they are missing.
    :ivar user: who logs in by a certificate; ``None`` is nobody.
    """

    policy: str
    is_signed_only: bool
    trusted: Sequence[x509.Certificate]
    certificate: Path
    private_key: Path
    user: UserFiles | None = None


async def secure(client: Client, security: Security, url: str) -> None:
    """Have a client connect with security.

    :raises ConnectionBrokenError: the server has no such security, or is not trusted.
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
    """The server's certificate; ``None`` if it has no such security."""
    try:
        endpoints = await client.connect_and_get_server_endpoints()
    except ua.UaStatusCodeError as error:
        if ua.StatusCode(error.code).name not in _UNASKED or len(trusted) != 1:
            raise
        # It does not even say what it offers without security: it must be who we know.
        return trusted[0]
    for one in endpoints:
        if one.SecurityPolicyUri == policy and one.SecurityMode == mode:
            return read_certificate(one.ServerCertificate)
    return None


def read_certificate(der: bytes) -> x509.Certificate:
    """The first certificate of a chain.

    :raises ConnectionBrokenError: it is none.
    """
    # A chain is one certificate after the other; each tells its length.
    head = der[:4]
    length = 4 + int.from_bytes(head[2:], "big") if head[:2] == b"\x30\x82" else len(der)
    try:
        return x509.load_der_x509_certificate(der[:length])
    except ValueError as error:
        raise ConnectionBrokenError(f"the server's certificate is none: {error}") from error


async def server_certificate(url: str, patience: float) -> x509.Certificate:
    """The certificate that a server shows to everybody.

    :raises ConnectionBrokenError: it has none.
    """
    endpoints = await Client(url, timeout=patience).connect_and_get_server_endpoints()
    for one in endpoints:
        if one.ServerCertificate:
            return read_certificate(one.ServerCertificate)
    raise ConnectionBrokenError("the server has no certificate, and so no security")


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256, to be compared by people."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def check_certificate(
    certificate: x509.Certificate, trusted: Sequence[x509.Certificate], host: str
) -> None:
    """Refuse a certificate of somebody else.

    :param host: what the server is called in its URL.
    :raises ConnectionBrokenError: says why it is not trusted.
    """
    now = datetime.now(UTC)
    shown = f"the server's certificate (SHA-256 {fingerprint(certificate)})"
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise ConnectionBrokenError(f"{shown} is not valid now: look at both clocks")
    if certificate in trusted:
        return
    if not any(_is_issued_by(certificate, one) for one in trusted):
        raise ConnectionBrokenError(f"{shown} is none of those in ca, nor comes from one")
    if host not in _hosts(certificate):
        raise ConnectionBrokenError(f"{shown} is not of {host}")


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
    """What a certificate says that we are called."""
    try:
        names = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value
    except x509.ExtensionNotFound:
        return URI
    return next(iter(names.get_values_for_type(x509.UniformResourceIdentifier)), URI)


def _own_certificate(security: Security) -> x509.Certificate:
    """Ours; made anew if it is missing.

    :raises ConnectionBrokenError: there is one that cannot be used.
    """
    certificate, key = security.certificate, security.private_key
    try:
        if not certificate.exists() and not key.exists():
            make_certificate(certificate, key)
        return x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no certificate in PEM"
        raise ConnectionBrokenError(f"{certificate}: {reason}") from error


def make_certificate(certificate: Path, key: Path) -> None:
    """A key, which nobody else may read, and a certificate of it."""
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
