"""At the start of a connection the gateway finds out what the peer is."""

from __future__ import annotations

import json

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ConnectionBrokenError
from oagw.systems.remote.dialect import OAGW, ORIGINAL, Dialect
from oagw.systems.remote.greeting import find_dialect
from oagw.systems.remote.peerlink import PeerLink


class GreetingTests(SynchronousTestCase):
    """The reply to an empty DpWatch shows the dialect."""

    timeout = 30

    def setUp(self) -> None:
        self.clock = Clock()
        self.sent: list[bytes] = []
        self.link = PeerLink("S", self.sent.append, lambda reason: None, self.clock, 60)
        self.found: Deferred[Dialect] = Deferred.fromCoroutine(find_dialect(self.link))

    def reply(self, name: str, **fields: object) -> None:
        """The peer replies to the last command."""
        [command] = json.loads(self.sent[-1]).values()
        message = {name: {"Id": command["Id"], **fields}}
        self.link.received(json.dumps(message).encode())

    def test_it_asks_once_for_nothing(self) -> None:
        [text] = self.sent
        [(name, arguments)] = json.loads(text).items()
        self.assertEqual((name, arguments["Dps"]), ("DpWatch", []))

    def test_an_oagw_replies(self) -> None:
        self.reply("DpWatchResult", Error=0, Values={})
        self.assertIs(self.successResultOf(self.found), OAGW)

    def test_an_original_refuses(self) -> None:
        self.reply("DpWatchResult", Error=1, ErrorText="unknown command")
        self.assertIs(self.successResultOf(self.found), ORIGINAL)

    def test_an_original_may_say_nothing(self) -> None:
        self.clock.pump([1.0] * 4)
        self.assertNoResult(self.found)
        self.clock.pump([1.0] * 4)
        self.assertIs(self.successResultOf(self.found), ORIGINAL)

    def test_a_lost_connection_shows_nothing(self) -> None:
        self.link.lost("closed by the peer")
        self.failureResultOf(self.found, ConnectionBrokenError)
