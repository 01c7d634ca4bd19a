"""The password of a section."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.config.configerror import ConfigError
from oagw.config.systemsettings import RemoteSystemSettings
from oagw.gateway.systempassword import password_of
from tests.gateway.configured import only_with


class SystemPasswordTests(SynchronousTestCase):
    timeout = 30

    def password(self, **keys: str) -> str:
        one = only_with(**keys).systems["S2"]
        assert isinstance(one, RemoteSystemSettings)
        return password_of("[system:S2]", one).reveal()

    def test_it_is_in_the_section_or_in_a_file(self) -> None:
        """Spaces at the ends of a file are not part of it."""
        path = Path(self.mktemp())
        path.write_text(" ge heim\n\n")
        self.assertEqual(self.password(user="u", password="geheim"), "geheim")
        self.assertEqual(self.password(user="u", password_file=str(path)), "ge heim")

    def test_what_is_missing_is_named(self) -> None:
        """With the section, and without the password."""
        empty = Path(self.mktemp()).absolute()
        empty.write_text("\n")
        for keys, reason in (
            ({"user": "u"}, "user and password, or password_file, are needed"),
            ({"password": "geheim"}, "user and password, or password_file, are needed"),
            ({"user": "u", "password": "geheim", "password_file": "x"}, "only one of them"),
            ({"user": "u", "password_file": "/nowhere"}, "= /nowhere: No such file"),
            ({"user": "u", "password_file": str(empty)}, f"a password in {empty}, are"),
        ):
            with self.subTest(reason), self.assertRaises(ConfigError) as caught:
                self.password(**keys)
            message = str(caught.exception)
            self.assertTrue(message.startswith("[system:S2] "), message)
            self.assertIn(reason, message)
            self.assertNotIn("geheim", message)
