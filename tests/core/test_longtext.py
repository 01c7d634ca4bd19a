"""Long replies are sent in parts, short ones at once."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from oagw.core.longtext import LongText
from oagw.wire.codec import Message

HALF = b"x" * (1 << 17)


class SlowOutlet:
    """A client that reads a part when a test wants it.

    :ivar sent: all parts, each with whether it was the last.
    """

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, bool]] = []
        self.ready: list[Deferred[None]] = []

    def send(self, message: Message) -> None:
        self.sent.append((message.body, True))

    def send_part(self, part: bytes, is_last: bool) -> Deferred[None]:
        self.sent.append((part, is_last))
        self.ready.append(Deferred())
        return self.ready[-1]


class LongTextTests(SynchronousTestCase):
    """To a client that reads slowly."""

    timeout = 30

    def setUp(self) -> None:
        self.outlet = SlowOutlet()
        self.text = LongText(self.outlet)  # type: ignore[arg-type]

    def write(self, text: bytes) -> Deferred[None]:
        """Write a piece."""
        return Deferred.fromCoroutine(self.text.write(text))

    def end(self) -> Deferred[None]:
        """End the reply."""
        return Deferred.fromCoroutine(self.text.end())

    def test_a_short_reply_is_one_message(self) -> None:
        """Its beginning may be replaced, and pieces be cut, before it is sent."""
        self.successResultOf(self.write(b"wrong "))
        mark = self.text.mark()
        self.successResultOf(self.write(b"cut"))
        self.text.cut(mark)
        self.successResultOf(self.write(b"end"))
        self.text.begin_with(b"right ")
        self.successResultOf(self.end())
        self.assertEqual(self.outlet.sent, [(b"right end", True)])

    def test_a_long_reply_waits_for_the_client(self) -> None:
        """Only one part is made while the client reads the one before."""
        for _ in range(2):
            self.successResultOf(self.write(HALF))
        self.assertEqual(self.outlet.sent, [(2 * HALF, False)])
        self.successResultOf(self.write(HALF))
        waiting = self.write(HALF)
        self.assertNoResult(waiting)
        self.assertEqual(len(self.outlet.sent), 1)
        self.outlet.ready[0].callback(None)
        self.successResultOf(waiting)
        self.assertEqual(self.outlet.sent[1], (2 * HALF, False))
        ending = self.end()
        self.assertNoResult(ending)
        self.outlet.ready[1].callback(None)
        self.successResultOf(ending)
        self.assertEqual(self.outlet.sent[2], (b"", True))
