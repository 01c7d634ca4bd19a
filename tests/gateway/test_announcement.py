"""What a start prints for a person."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase

from oagw.auth.passwords import PasswordFile
from oagw.config.settings import read_settings
from oagw.gateway.announcement import Announcer, announcement
from oagw.gateway.clientlisteners import client_listeners
from oagw.server.tls import fingerprint, make_local_certificate
from oagw.storage.statedir import StateDirectory


class AnnouncementTests(SynchronousTestCase):
    timeout = 60

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir()
        self.certificate = self.directory / "certificate.pem"
        make_local_certificate(
            self.certificate, self.directory / "private_key.pem", datetime.now(UTC)
        )

    def test_a_line_for_each_fact(self) -> None:
        """In the order in which a person needs them."""
        text = announcement(["wss://a/x", "wss://b/x"], "anna", self.certificate, ["why"])
        self.assertEqual(
            text.splitlines(),
            [
                "URL:          wss://a/x",
                "URL:          wss://b/x",
                "user:         anna",
                f"certificate:  {self.certificate}",
                "warning:      why",
                f"SHA-256:      {fingerprint(self.certificate)}",
            ],
        )

    def test_it_is_printed_and_written(self) -> None:
        """With a warning if the certificate is not for a listener."""
        state = StateDirectory(self.directory / "state")
        self.addCleanup(state.close)
        text = "[server]\nlisten = wss://192.0.2.1:8443/winccoa\n"
        settings = read_settings(text, "x.ini", Path())
        passwords = PasswordFile(self.directory / "users")
        listeners = client_listeners(settings, reactor)
        announce = Announcer(settings, passwords, self.certificate, listeners, state)
        self.patch(sys, "__stdout__", StringIO())
        announce(["wss://192.0.2.1:8443/winccoa"])
        shown = sys.__stdout__
        assert isinstance(shown, StringIO)
        self.assertIn("URL:          wss://192.0.2.1:8443/winccoa", shown.getvalue())
        self.assertIn("user:         none yet", shown.getvalue())
        self.assertIn(
            "warning:      the certificate is not for 192.0.2.1", shown.getvalue()
        )
        written = (state.path / "listening").read_text()
        self.assertEqual(written, "wss://192.0.2.1:8443/winccoa\n")
