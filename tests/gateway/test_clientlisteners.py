"""The listeners of clients, and the rules of their commands."""

from __future__ import annotations

from pathlib import Path

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase

from oagw.config.configerror import ConfigError
from oagw.config.settings import read_settings
from oagw.gateway.clientlisteners import client_listeners, rules_of
from oagw.server.listeners import ListenError


class ClientListenerTests(SynchronousTestCase):
    timeout = 30

    def test_without_tls_it_must_be_said(self) -> None:
        """The error names the listener and both ways out."""
        text = "[server]\nlisten =\n    wss://localhost:0/a\n    ws://localhost:0/b\n"
        with self.assertRaises(ConfigError) as caught:
            client_listeners(read_settings(text, "x.ini", Path()), reactor)
        message = str(caught.exception)
        self.assertIn("[server] listen ws://localhost:0/b: the listener has no", message)
        self.assertIn("allow_plain = yes", message)
        settings = read_settings(f"{text}allow_plain = yes\n", "x.ini", Path())
        paths = [one.path for one in client_listeners(settings, reactor)]
        self.assertEqual(paths, ["/a", "/b"])

    def test_what_is_not_a_listener(self) -> None:
        """It is refused before anything is bound."""
        settings = read_settings("[server]\nlisten = 8443\n", "x.ini", Path())
        with self.assertRaises(ListenError):
            client_listeners(settings, reactor)

    def test_commands_follow_the_configuration(self) -> None:
        """Commands get settings from several sections."""
        text = (
            "[server]\nanswer = no\ntime_zone = UTC\n"
            "[archive]\nmax_period_values = 5\n[query]\nmax_rows = 6\n"
        )
        rules = rules_of(read_settings(text, "x.ini", Path()))
        self.assertEqual((rules.answer_default, str(rules.zone)), (False, "UTC"))
        self.assertEqual((rules.max_period_values, rules.max_rows), (5, 6))
        self.assertRegex(rules.version, r"^\d+\.\d+")
