"""Listeners: what a text means, and who can reach it."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase

from oagw.server.listeners import Listener, ListenError, Tls, parse_listener


class ListenerTests(SynchronousTestCase):
    timeout = 30

    def parse(self, text: str) -> Listener:
        return parse_listener(text, "/winccoa", reactor)

    def test_urls(self) -> None:
        """A URL names host, port and path; without a path it is the configured one."""
        listener = self.parse("wss://localhost:8443/other")
        self.assertEqual((listener.tls, listener.path), (Tls.OURS, "/other"))
        self.assertEqual(listener.endpoint, "tcp:8443:interface=127.0.0.1")
        self.assertEqual(self.parse("wss://localhost:0").path, "/winccoa")
        self.assertEqual(self.parse("ws://localhost:0").tls, Tls.NONE)

    def test_who_can_reach_it(self) -> None:
        """Whatever is not known to stay on this machine counts as reachable."""
        for text, reachable in (
            ("wss://localhost:0", False),
            ("wss://127.0.0.1:0", False),
            ("wss://127.1.2.3:0", False),
            ("wss://[::1]:0", False),
            ("wss://0.0.0.0:0", True),
            ("wss://[::]:0", True),
            ("ssl:0:interface=127.0.0.1", False),
            ("ssl:0:interface=\\:\\:1", False),
            ("ssl:0", True),
            ("tcp:0", True),
            ("tcp:0:interface=", True),
            ("tcp:0:interface=10.1.2.3", True),
            ("tcp:0:interface=127.0.0.1:interface=0.0.0.0", True),
            ("tcp6:0:interface=\\:\\:", True),
            ("unix:/run/oagw.sock", False),
        ):
            self.assertEqual(self.parse(text).reachable, reachable, text)

    def test_mistakes(self) -> None:
        """Each text that is not a listener is named, in one line."""
        for text in (
            "",
            "8443",
            "localhost:8443",
            "bogus:1",
            "http://localhost:8443",
            "wss://localhost",
            "wss://localhost:99999",
            "wss://[::1:8443/x",
            "wss://a..b:1/",
            f"wss://{'a' * 70}:1/",
            "wss://user:secret@localhost:1/",
            "wss://:secret@localhost:1/",
            "wss://localhost:1/?a=b",
            "ssl:x",
            "ssl:0:foo=bar",
            "ssl:0:privateKey=/nowhere.pem",
            "systemd:domain=INET:index=0",
        ):
            with self.assertRaises(ListenError, msg=text) as caught:
                self.parse(text)
            self.assertIn(f"listen {text}", str(caught.exception))
            self.assertEqual(len(str(caught.exception).splitlines()), 1)
