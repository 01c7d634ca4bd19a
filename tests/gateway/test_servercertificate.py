"""The certificate of the gateway."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.config.configerror import ConfigError
from oagw.config.settings import read_settings
from oagw.gateway.servercertificate import certificate_files


class ServerCertificateTests(SynchronousTestCase):
    timeout = 30

    def files(self, text: str) -> tuple[Path, Path]:
        settings = read_settings(f"[server]\n{text}", "x.ini", Path("/etc/oagw"))
        return certificate_files(settings, self.state)

    def setUp(self) -> None:
        self.state = Path(self.mktemp())
        self.state.mkdir()

    def test_one_is_created_once(self) -> None:
        """The second start uses the same certificate."""
        certificate, key = self.files("")
        before = certificate.read_bytes(), key.read_bytes()
        self.assertEqual(self.files(""), (certificate, key))
        self.assertEqual((certificate.read_bytes(), key.read_bytes()), before)

    def test_configured_files_are_used(self) -> None:
        """Both of them, or the start is refused; nothing is created then."""
        both = "certificate = a.pem\nprivate_key = a.key\n"
        expected = Path("/etc/oagw/a.pem"), Path("/etc/oagw/a.key")
        self.assertEqual(self.files(both), expected)
        for line in both.splitlines():
            with self.assertRaises(ConfigError) as caught:
                self.files(f"{line}\n")
            self.assertIn("set both of them, or none", str(caught.exception))
        self.assertEqual(list(self.state.iterdir()), [])
