"""The keys that several backends share."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.config.configerror import ConfigError
from oagw.config.settings import read_settings
from oagw.config.systemsettings import DEFAULT_BACKEND, PeerSettings


class PeerSettingsTests(SynchronousTestCase):
    timeout = 30

    def section(self, text: str) -> PeerSettings:
        one = read_settings(f"[system:S2]\n{text}", "x.ini", Path()).systems["S2"]
        assert isinstance(one, PeerSettings)
        return one

    def test_a_section_without_a_backend_has_the_default(self) -> None:
        """A peer that speaks the protocol of the gateway."""
        self.assertEqual(self.section("").backend, DEFAULT_BACKEND)

    def test_users_are_pairs(self) -> None:
        """A name there may have an equals sign, and both may be stars."""
        users = self.section("users =\n  anna = op\n  b = c=d\n  * = *\n").users
        self.assertEqual(users, {"anna": "op", "b": "c=d", "*": "*"})
        for line in ("anna", "anna =", "= op"):
            with self.subTest(line), self.assertRaises(ConfigError) as caught:
                self.section(f"users =\n  {line}\n")
            self.assertIn("must be lines such as: anna = operator", str(caught.exception))

    def test_the_remote_name_is_optional(self) -> None:
        """Empty, it is the same as here."""
        self.assertEqual(self.section("remote_name =").remote_name, "")
        self.assertEqual(self.section("remote_name = System1").remote_name, "System1")
