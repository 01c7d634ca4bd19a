"""Passwords do not appear in logs and errors."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.config.secret import Hidden, Secret


class SecretTests(SynchronousTestCase):
    timeout = 30

    def test_an_address_is_shown_without_its_password(self) -> None:
        """For any position and any characters of the password."""
        for text, shown in (
            ("postgresql://u:geheim@db/x", "postgresql://u:***@db/x"),
            ("postgresql://u:ge:h@eim@db/x", "postgresql://u:***@db/x"),
            ("postgresql://db/x?password=geheim&a=1", "postgresql://db/x?password=***&a=1"),
            (
                "postgresql://db/x?a=1&sslpassword=geheim",
                "postgresql://db/x?a=1&sslpassword=***",
            ),
            ("wss://plant:8443/x", "wss://plant:8443/x"),
        ):
            secret = Secret(text)
            self.assertEqual((str(secret), secret.reveal()), (shown, text))
            self.assertNotIn("geheim", f"{secret!r} {[secret]}")

    def test_a_password_is_not_shown_at_all(self) -> None:
        """Except that there is one."""
        self.assertEqual((str(Hidden("geheim")), str(Hidden(""))), ("***", ""))
        self.assertEqual((bool(Hidden("geheim")), bool(Hidden(""))), (True, False))
        self.assertNotIn("geheim", repr(Hidden("geheim")))

    def test_equal_texts_are_equal(self) -> None:
        """Settings are compared with one another."""
        self.assertEqual(Secret("a"), Secret("a"))
        self.assertEqual(len({Secret("a"), Secret("a"), Secret("b")}), 2)
        self.assertNotEqual(Secret("a"), "a")
