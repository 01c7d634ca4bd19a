"""Delivery: parts of long texts, messages in between, and clients that do not read."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.server.delivery import Bounds, Delivery, Turn, text_frame
from oagw.wire.codec import Message


class FakeTransport:
    """Keeps what is written; pauses the delivery while ``is_full`` is set."""

    def __init__(self) -> None:
        self.written = b""
        self.bytes_sent = 0
        self.delivery: Delivery | None = None
        self.is_full = False

    def write(self, data: bytes) -> None:
        self.written += data
        if self.is_full:
            assert self.delivery is not None
            self.delivery.pauseProducing()


class FakeClient:
    """The connection: records the calls."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.holds: dict[str, bool] = {}

    def cut_off(self, reason: str) -> None:
        self.reasons.append(reason)

    def give_up(self, reason: str) -> None:
        self.reasons.append(reason)

    def hold(self, reason: str, wait: bool) -> None:
        self.holds[reason] = wait


class FakeLate:
    """A connect that has a message to send, or none."""

    def __init__(self, body: bytes | None) -> None:
        self.body = body

    def newest(self) -> Message | None:
        return None if self.body is None else Message(self.body)


class PartsTests(SynchronousTestCase):
    timeout = 10

    def setUp(self) -> None:
        self.clock = Clock()
        self.transport = FakeTransport()
        self.client = FakeClient()
        bounds = Bounds(queue=200, delay=0.5, unsent=1000, stall=60)
        self.delivery = Delivery(self.transport, Turn(self.clock), bounds, self.client)
        self.transport.delivery = self.delivery

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
        """They come after it, in their order; earlier messages come before it."""
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
        """The part waits until the transport takes more; nothing is written in between."""
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
        """Waiting senders continue, and nothing more is sent."""
        self.transport.is_full = True
        waiting: Deferred[None] = self.delivery.send_part(b"1", False)
        self.taken()
        self.delivery.close()
        self.successResultOf(waiting)
        self.successResultOf(self.delivery.send_part(b"2", True))
        self.assertEqual(self.taken(), b"")

    def test_a_long_text_is_no_reason_to_leave_news_out(self) -> None:
        """Only messages behind its parts count, however long these are."""
        self.transport.is_full = True
        self.delivery.send_part(b"1" * 500, False)
        for size in (90, 90):
            self.delivery.send(Message(b"x" * size))
        self.assertFalse(self.delivery.is_behind)
        self.delivery.send_part(b"2" * 300, True)
        self.assertFalse(self.delivery.is_behind)
        self.delivery.send(Message(b"x" * 90))
        self.assertTrue(self.delivery.is_behind)
        self.transport.is_full = False
        self.delivery.resumeProducing()
        self.assertFalse(self.delivery.is_behind)
        self.assertEqual(self.delivery.unsent, 0)

    def test_what_waits_has_a_limit(self) -> None:
        """Messages that wait for the end of a text count too."""
        self.delivery.send_part(b"1", False)
        for _ in range(10):
            self.delivery.send(Message(b"x" * 90))
        self.assertEqual(self.client.reasons, [])
        for _ in range(5):
            self.delivery.send(Message(b"x" * 90))
        [reason] = self.client.reasons
        self.assertIn("more than 1000 bytes wait", reason)


class BoundsTests(SynchronousTestCase):
    """Limits of messages that wait for a client, and messages that are refused."""

    timeout = 10

    def setUp(self) -> None:
        self.clock = Clock()
        self.transport = FakeTransport()
        self.client = FakeClient()
        bounds = Bounds(queue=200, delay=0.5, unsent=1000, stall=60)
        self.delivery = Delivery(self.transport, Turn(self.clock), bounds, self.client)
        self.transport.delivery = self.delivery
        self.addCleanup(self.delivery.close)

    def fill(self) -> None:
        """The client stops reading."""
        self.transport.is_full = True
        self.delivery.send(Message(b"full"))
        self.clock.advance(0)
        self.transport.written = b""

    def read(self) -> bytes:
        """The client reads all there is; gives that."""
        self.transport.is_full = False
        self.delivery.resumeProducing()
        written, self.transport.written = self.transport.written, b""
        return written

    def test_bytes(self) -> None:
        """More than the queue holds makes it be behind, until all is read."""
        self.fill()
        self.assertFalse(self.delivery.is_behind)
        self.assertTrue(self.client.holds["delivery"])
        for _ in range(3):
            self.delivery.send(Message(b"x" * 80))
        self.assertTrue(self.delivery.is_behind)
        self.assertEqual(self.read(), text_frame(b"x" * 80) * 3)
        self.assertFalse(self.delivery.is_behind)
        self.assertFalse(self.client.holds["delivery"])

    def test_time(self) -> None:
        """The same after a time, however little waits."""
        self.fill()
        self.clock.advance(0.4)
        self.assertFalse(self.delivery.is_behind)
        self.clock.advance(0.1)
        self.assertTrue(self.delivery.is_behind)
        self.read()
        self.assertFalse(self.delivery.is_behind)

    def test_time_begins_anew(self) -> None:
        """Bytes that the client has read in between do not count."""
        self.fill()
        self.clock.advance(0.3)
        self.read()
        self.fill()
        self.clock.advance(0.3)
        self.assertFalse(self.delivery.is_behind)
        self.clock.advance(0.2)
        self.assertTrue(self.delivery.is_behind)

    def test_the_newest_comes_behind_what_waits(self) -> None:
        """In the order of falling behind; connects without changes send nothing."""
        self.fill()
        self.delivery.send(Message(b"answer"))
        forgotten = FakeLate(b"forgotten")
        for late in (FakeLate(b"a"), FakeLate(None), forgotten, FakeLate(b"b")):
            self.delivery.later(late)
        self.delivery.forget(forgotten)
        self.assertEqual(self.read(), b"".join(map(text_frame, (b"answer", b"a", b"b"))))

    def test_the_newest_waits_while_the_client_does(self) -> None:
        """It is requested when it can be sent: by then there may be a newer one."""
        self.fill()
        self.clock.advance(0.5)
        late = [FakeLate(b"%d" % number * 150) for number in range(4)]
        for one in late:
            self.delivery.later(one)
        self.delivery.resumeProducing()
        self.assertEqual(
            self.transport.written, text_frame(b"0" * 150) + text_frame(b"1" * 150)
        )
        self.assertTrue(self.delivery.is_behind)
        self.transport.written = b""
        late[3].body = b"newer"
        self.assertEqual(self.read(), text_frame(b"2" * 150) + text_frame(b"newer"))
        self.assertFalse(self.delivery.is_behind)

    def test_the_newest_waits_for_the_end_of_a_text(self) -> None:
        """Updates that come while a long text is sent in parts may be conflated too."""
        self.delivery.send_part(b"1", False)
        for _ in range(3):
            self.delivery.send(Message(b"x" * 80))
        self.assertTrue(self.delivery.is_behind)
        self.delivery.later(FakeLate(b"late"))
        self.transport.written = b""
        self.delivery.send_part(b"2", True)
        self.assertEqual(
            self.transport.written,
            b"\x80\x012" + text_frame(b"x" * 80) * 3 + text_frame(b"late"),
        )
        self.assertFalse(self.delivery.is_behind)

    def test_much_in_one_turn(self) -> None:
        """It does not wait for the end of the turn when it is as much as may wait."""
        for _ in range(3):
            self.delivery.send(Message(b"x" * 80))
        self.assertEqual(self.transport.written, text_frame(b"x" * 80) * 3)
        self.clock.advance(0)
        self.assertEqual(self.transport.written, text_frame(b"x" * 80) * 3)

    def test_a_long_text(self) -> None:
        """It is given to the transport bit by bit, and is not copied for each client."""
        bounds = Bounds(queue=200, delay=0.5, unsent=1 << 20, stall=60)
        delivery = Delivery(self.transport, Turn(self.clock), bounds, self.client)
        self.addCleanup(delivery.close)
        self.transport.delivery = delivery
        self.transport.is_full = True
        body = bytes(range(250)) * 1600
        delivery.send(Message(b"before"))
        delivery.send(Message(body))
        delivery.send(Message(b"behind"))
        written = []
        while delivery.unsent:
            self.transport.written = b""
            delivery.resumeProducing()
            written.append(self.transport.written)
        self.assertLessEqual(max(map(len, written)), 1 << 17)
        sent = b"".join(map(text_frame, (b"before", body, b"behind")))
        self.assertIn(b"".join(written), sent)
        self.assertTrue(sent.endswith(b"".join(written)))
        self.assertGreater(len(written), 3)

    def test_who_reads_nothing_is_cut_off(self) -> None:
        """After a time in which the kernel could send nothing; and then nothing waits."""
        self.fill()
        self.delivery.send(Message(b"answer"))
        self.delivery.later(FakeLate(b"late"))
        self.clock.pump([0.5] + [1] * 59)
        self.assertEqual(self.client.reasons, [])
        self.clock.advance(1)
        [reason] = self.client.reasons
        self.assertIn("nothing was read for 60 s", reason)
        self.assertEqual(self.read(), b"")
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_who_reads_slowly_is_served(self) -> None:
        """As long as the kernel sends something now and then."""
        self.fill()
        for _ in range(10):
            self.clock.pump([10] * 5)
            self.transport.bytes_sent += 1
        self.assertEqual(self.client.reasons, [])
        self.clock.pump([10] * 13)
        self.assertEqual(len(self.client.reasons), 1)

    def test_time_is_measured_while_somebody_waits(self) -> None:
        """No timer is left when the client reads as fast as there is news."""
        self.fill()
        self.read()
        self.clock.advance(0.5)
        self.assertEqual(self.clock.getDelayedCalls(), [])
