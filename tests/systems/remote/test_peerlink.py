"""A link to a peer: frames in, frames out."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ConnectionBrokenError, SyntaxFaultError
from oagw.systems.remote.answers import WatchAnswer
from oagw.systems.remote.peerlink import PeerLink
from oagw.systems.remote.questions import DP_GET, DP_NAMES


class LinkTests(SynchronousTestCase):
    """Commands and replies."""

    timeout = 30

    def setUp(self) -> None:
        self.clock = Clock()
        self.sent: list[bytes] = []
        self.dropped: list[str] = []
        self.link = PeerLink("S", self.sent.append, self.dropped.append, self.clock, 60)

    def test_what_is_no_answer_ends_the_connection(self) -> None:
        """The peer speaks another protocol."""
        for text in (b"", b"[]", b"{}", b'{"a": 1}', b'{"a": {}, "b": {}}', b"\xff"):
            self.link.received(text)
        self.assertEqual(len(self.dropped), 6)

    def test_one_odd_value_does_not_end_the_connection(self) -> None:
        """What JSON cannot carry is null or an error of its name; the others are read."""
        watched: list[WatchAnswer] = []
        self.link.on_watch = watched.append
        for value, expected in (
            ("1e400", {"a": None}),
            ("NaN", {"a": None}),
            ("-Infinity", {"a": None}),
            ("1" + "0" * 400, {"a": None}),
            ("18446744073709551616", {"a": 2.0**64}),
            ('"a\\ud800"', {}),
        ):
            text = f'{{"DpWatchResult": {{"Changes": [{{"a": {value}, "b": 1.5}}]}}}}'
            self.link.received(text.encode())
            answer = watched.pop()
            self.assertEqual(answer.changes, [{**expected, "b": 1.5}], value)
            self.assertEqual("a" in (answer.errors or {}), not expected, value)
        self.assertEqual(self.dropped, [])

    def test_answers_that_nobody_waits_for_do_no_harm(self) -> None:
        """They are ignored: they may come after the timeout."""
        self.link.received(b'{"DpGetResult": {"Id": 7, "Error": 0}}')
        self.link.received(b'{"Hello": {}}')
        self.assertEqual(self.dropped, [])

    def test_a_command_that_the_peer_does_not_know(self) -> None:
        """The error names both."""
        answer = self.link.ask(DP_NAMES, {})
        self.link.received(b'{"Response": {"Id": 1, "Code": 36, "Message": "what?"}}')
        failure = self.failureResultOf(answer, SyntaxFaultError)
        self.assertIn("S does not know DpNames", str(failure.value))

    def test_after_the_end_nothing_is_sent(self) -> None:
        """Further requests get an error with the reason."""
        self.link.lost("cut")
        failure = self.failureResultOf(self.link.ask(DP_GET, {}), ConnectionBrokenError)
        self.assertIn("cut", str(failure.value))
        self.assertEqual(self.sent, [])
        self.assertEqual(self.clock.getDelayedCalls(), [])
