"""The lines that a start prints: how to connect."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from twisted.logger import Logger

from oagw.auth.passwords import PasswordFile
from oagw.config.settings import Settings
from oagw.gateway.users import users_shown
from oagw.server.certificates import doubts
from oagw.server.listeners import Listener, Tls
from oagw.server.tls import fingerprint
from oagw.storage.statedir import StateDirectory

_log = Logger("oagw")


def announcement(
    urls: Sequence[str], users: str, certificate: Path, doubts: Sequence[str]
) -> str:
    """URLs, users and certificate, a line each.

    :param doubts: reasons for which clients may refuse the certificate.
    """
    lines = [f"URL:          {url}" for url in urls]
    lines.append(f"user:         {users}")
    lines.append(f"certificate:  {certificate}")
    lines += [f"warning:      {doubt}" for doubt in doubts]
    lines.append(f"SHA-256:      {fingerprint(certificate)}")
    return "\n".join(lines)


class Announcer:
    """Announces that the gateway accepts connections: in the state directory, the log and
    on the terminal.

    :param listeners: all of them, for the check that the certificate names their hosts.
    """

    def __init__(
        self,
        settings: Settings,
        passwords: PasswordFile,
        certificate: Path,
        listeners: Sequence[Listener],
        state: StateDirectory,
    ) -> None:
        self._settings = settings
        self._passwords = passwords
        self._certificate = certificate
        self._listeners = listeners
        self._state = state

    def __call__(self, urls: list[str]) -> None:
        """Announce the URLs, which accept connections now."""
        users = users_shown(self._passwords, self._settings)
        hosts = [one.host for one in self._listeners if one.tls is Tls.OURS]
        now = datetime.now(UTC)
        found = list(doubts(self._certificate, hosts, now)) if hosts else []
        self._state.write_listening(urls)
        for url in urls:
            _log.info("listening on {url}", url=url)
        for doubt in found:
            _log.warn("{doubt}", doubt=doubt)
        # Not to stdout, which twistd has replaced with its log: this is for a person.
        text = announcement(urls, users, self._certificate, found)
        print(text, file=sys.__stdout__, flush=True)
