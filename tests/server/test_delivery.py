"""Delivery: parts of long texts, what comes meanwhile, and clients that do not read."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.server.delivery import Delivery, Turn, text_frame
from oagw.wire.codec import Message


class FakeTransport:
    """Keeps what is written; has enough when it is told so."""

    def __init__(self) -> None:
        self.written = b""
        self.delivery: Delivery | None = None
        self.is_full = False

    def write(self, data: bytes) -> None:
        self.written += data
        if self.is_full:
            assert self.delivery is not None
            self.delivery.pauseProducing()


class PartsTests(SynchronousTestCase):
    timeout = 10

    def setUp(self) -> None:
        self.clock = Clock()
        self.transport = FakeTransport()
        self.given_up = 0
        transport: Any = self.transport
        self.delivery = Delivery(
            transport, Turn(self.clock), 1000, self.give_up, lambda wait: None
        )
        self.transport.delivery = self.delivery

    def give_up(self) -> None:
        self.given_up += 1

    def taken(self) -> bytes:
        """What was written since the last time."""
        written, self.transport.written = self.transport.written, b""
        return written

    def test_frames(self) -> None:
        """The first says text, the others that it goes on, the last that it ends."""
        self.delivery.send_part(b"a" * 200, False)
        self.assertEqual(self.taken(), b"\x01\x7e\x00\xc8" + b"a" * 200)
        self.delivery.send_part(b"b", False)
        self.assertEqual(self.taken(), b"\x00\x01b")
        self.delivery.send_part(b"c", True)
        self.assertEqual(self.taken(), b"\x80\x01c")
        self.delivery.send_part(b"d", True)
        self.assertEqual(self.taken(), b"\x81\x01d")

    def test_messages_wait_for_the_last_part(self) -> None:
        """And come after it, in their order; what was before it comes before."""
        self.delivery.send(Message(b"0"))
        self.delivery.send_part(b"1", False)
        self.delivery.send(Message(b"3"))
        self.clock.advance(0)
        self.delivery.send(Message(b"4"))
        self.clock.advance(0)
        self.assertEqual(self.taken(), text_frame(b"0") + b"\x01\x011")
        self.delivery.send_part(b"2", True)
        self.assertEqual(self.taken(), b"\x80\x012" + text_frame(b"3") + text_frame(b"4"))
        self.delivery.send(Message(b"5"))
        self.clock.advance(0)
        self.assertEqual(self.taken(), text_frame(b"5"))

    def test_a_part_is_done_when_the_client_has_read(self) -> None:
        """Not before the transport takes more; nothing is written meanwhile."""
        self.successResultOf(self.delivery.send_part(b"1", False))
        self.transport.is_full = True
        done = self.delivery.send_part(b"2", False)
        self.taken()
        self.assertNoResult(done)
        more = self.delivery.send_part(b"3", False)
        self.assertEqual(self.taken(), b"")
        self.transport.is_full = False
        self.delivery.resumeProducing()
        self.successResultOf(done)
        self.successResultOf(more)
        self.assertEqual(self.taken(), b"\x00\x013")

    def test_the_end_of_the_connection(self) -> None:
        """Who waits goes on, and nothing more is sent."""
        self.transport.is_full = True
        waiting: Deferred[None] = self.delivery.send_part(b"1", False)
        self.taken()
        self.delivery.close()
        self.successResultOf(waiting)
        self.successResultOf(self.delivery.send_part(b"2", True))
        self.assertEqual(self.taken(), b"")

    def test_what_waits_has_a_limit(self) -> None:
        """Also what waits for the end of a text."""
        self.delivery.send_part(b"1", False)
        for _ in range(10):
            self.delivery.send(Message(b"x" * 90))
        self.assertEqual(self.given_up, 0)
        for _ in range(5):
            self.delivery.send(Message(b"x" * 90))
        self.assertEqual(self.given_up, 1)
