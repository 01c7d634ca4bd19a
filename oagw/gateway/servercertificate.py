"""The gateway's certificate: the configured one, or one of its own for this machine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from oagw.config.configerror import ConfigError
from oagw.config.settings import Settings
from oagw.server.tls import make_local_certificate


def certificate_files(settings: Settings, state: Path) -> tuple[Path, Path]:
    """The files of the certificate and of its private key.

    :param state: the state directory. Unless files are configured, a certificate for
        localhost is created there at the first start.
    :raises ConfigError: only one of the two files is configured.
    """
    server = settings.server
    if (server.certificate is None) != (server.private_key is None):
        raise ConfigError("[server] certificate and private_key: set both of them, or none")
    if server.certificate is not None and server.private_key is not None:
        return server.certificate, server.private_key
    certificate, key = state / "certificate.pem", state / "private_key.pem"
    make_local_certificate(certificate, key, datetime.now(UTC))
    return certificate, key
