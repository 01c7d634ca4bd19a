"""What can be dialled."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.config.secret import Hidden
from oagw.systems.remote.peerdialler import DialError, Peer, check_url


class PeerTests(SynchronousTestCase):
    """The configuration of a peer."""

    timeout = 30

    def test_urls(self) -> None:
        """What can be dialled."""
        check_url("wss://plant:8443/winccoa")
        for url in ("", "plant:8443", "https://plant/", "wss://u:p@plant/", "wss://p:x/"):
            with self.assertRaises(DialError):
                check_url(url)

    def test_a_peer_does_not_show_its_password(self) -> None:
        """Whoever prints it."""
        self.assertNotIn("geheim", repr(Peer("wss://x/y", "u", Hidden("geheim"))))
        self.assertNotIn("geheim", f"{Hidden('geheim')}")
