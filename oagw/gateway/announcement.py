"""What a start prints for the person who is to connect."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from oagw.server.tls import fingerprint


def announcement(
    urls: Sequence[str], users: str, certificate: Path, doubts: Sequence[str]
) -> str:
    """Where to connect, as whom, and what to check; a line each.

    :param doubts: why clients may refuse the certificate.
    """
    lines = [f"URL:          {url}" for url in urls]
    lines.append(f"user:         {users}")
    lines.append(f"certificate:  {certificate}")
    lines += [f"warning:      {doubt}" for doubt in doubts]
    lines.append(f"SHA-256:      {fingerprint(certificate)}")
    return "\n".join(lines)
