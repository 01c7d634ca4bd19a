"""Delivery: frames made once, one write per connection and turn, and a bound on both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from zope.interface import implementer

from oagw.interfaces.sessions import (
    IOutlet,
    Late,
)
from oagw.wire.codec import Message

_FIN, _TEXT, _CONTINUED = 0x80, 0x01, 0x00
#: Bytes that are given to the transport at once.
_AT_ONCE = 1 << 17


def text_frame(body: bytes, start: int = _FIN | _TEXT) -> bytes:
    """A server's websocket frame (RFC 6455, 5.2), not masked.

    :param start: whether it is the final one, and text or its continuation.
    """
    length = len(body)
    if length < 126:
        return b"%c%c%b" % (start, length, body)
    if length < 1 << 16:
        return b"%c%c%b%b" % (start, 126, length.to_bytes(2, "big"), body)
    return b"%c%c%b%b" % (start, 127, length.to_bytes(8, "big"), body)


class Turn:
    """Flushes, at the end of the reactor's turn, all deliveries that got something.

    :ivar seconds: the time.
    :ivar call_later: calls something after so many seconds.
    :ivar writing: seconds that it took to flush what the last turn had.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self.seconds = clock.seconds
        self.call_later: Callable[..., IDelayedCall] = clock.callLater
        self.writing = 0.0
        self._dirty: list[Delivery] = []
        self._joined: tuple[list[bytes | memoryview], bytes] = ([], b"")

    def add(self, delivery: Delivery) -> None:
        """Flush the delivery when this turn ends."""
        if not self._dirty:
            self._clock.callLater(0, self.end)
        self._dirty.append(delivery)

    def end(self) -> None:
        """Flush them now."""
        if not self._dirty:
            return
        begun = self.seconds()
        dirty, self._dirty = self._dirty, []
        for delivery in dirty:
            delivery.flush()
        self._joined = ([], b"")
        self.writing = self.seconds() - begun

    def join(self, frames: list[bytes | memoryview]) -> bytes:
        """Put frames together; mostly the next client gets the same ones."""
        if len(frames) == 1:
            return bytes(frames[0])
        known, joined = self._joined
        # Equal ones are mostly the same objects, which is seen at once.
        if frames != known:
            joined = b"".join(frames)
            self._joined = (frames, joined)
        return joined


class _Part(bytes):
    """A frame of a text that is made as the client reads: it stands for no news."""

    __slots__ = ()


def _is_part(frame: bytes | memoryview) -> bool:
    return isinstance(frame.obj if isinstance(frame, memoryview) else frame, _Part)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may wait for a client that does not read as fast as there is news.

    :ivar queue: bytes of updates; more of them are conflated.
    :ivar delay: seconds for which updates may wait before they are conflated.
    :ivar unsent: bytes that may wait in all: answers are never left out.
    :ivar stall: seconds for which a client may read nothing at all.
    """

    queue: int
    delay: float
    unsent: int
    stall: float


class Client(Protocol):
    """What a delivery needs of the client's connection."""

    def cut_off(self, reason: str) -> None:
        """End it: too much waits for the client, or it reads nothing."""
        ...

    def give_up(self, reason: str) -> None:
        """End it: half a text was sent, and the rest cannot be had."""
        ...

    def hold(self, reason: str, wait: bool) -> None:
        """Read no more commands as long as there is any reason to."""
        ...


@implementer(IOutlet, IPushProducer)
class Delivery:
    """The way of one client's messages to its transport.

    It is the transport's push producer: when the transport has enough, frames wait
    here. When too much waits here, or for too long, updates are not even taken: their
    connects are asked for the newest when the client has read what waits.
    """

    __slots__ = (
        "_bounds",
        "_client",
        "_frames",
        "_held",
        "_in_parts",
        "_late",
        "_open",
        "_parts",
        "_paused",
        "_paused_at",
        "_queued",
        "_ready",
        "_since",
        "_taken",
        "_timer",
        "_transport",
        "_turn",
        "conflated",
        "is_behind",
        "unsent",
    )

    def __init__(self, transport: Any, turn: Turn, bounds: Bounds, client: Client) -> None:
        self._transport = transport
        self._turn = turn
        self._bounds = bounds
        self._client = client
        self._frames: list[bytes | memoryview] = []
        self._queued = False
        self._paused = False
        self._open = True
        self._in_parts = False
        self._held: list[bytes] = []
        self._ready: list[Deferred[None]] = []
        self._late: dict[Late, None] = {}
        self._timer: IDelayedCall | None = None
        self._paused_at = 0.0
        self._since = 0.0
        self._taken = 0
        # Bytes of unsent parts of long texts: updates may wait behind these.
        self._parts = 0
        self.is_behind = False
        self.conflated = 0
        #: Bytes of the frames that are here.
        self.unsent = 0

    def send(self, message: Message) -> None:
        """Send a text at the end of this turn, or when the client has read enough."""
        if not self._open:
            return
        frame = message.frame
        if frame is None:
            frame = message.frame = text_frame(message.body)
        self.unsent += len(frame)
        if self._in_parts:
            # Nothing may come between the parts of a text.
            self._held.append(frame)
            self._check_size()
            return
        self._frames.append(frame)
        if self._paused:
            self._check_size()
        elif self._waiting() > self._bounds.queue:
            self.flush()
        elif not self._queued:
            self._queued = True
            self._turn.add(self)

    def _waiting(self) -> int:
        """Bytes that wait and are no part of a long text."""
        return self.unsent - self._parts

    def _check_size(self) -> None:
        if self._waiting() > self._bounds.queue:
            self.is_behind = True
        if self.unsent > self._bounds.unsent:
            self.close()
            self._client.cut_off(
                f"more than {self._bounds.unsent} bytes wait to be read; read faster or "
                "ask for less"
            )

    def later(self, late: Late) -> None:
        """See :class:`oagw.interfaces.sessions.IOutlet`."""
        if self._open:
            self._late[late] = None

    def forget(self, late: Late) -> None:
        """See :class:`oagw.interfaces.sessions.IOutlet`."""
        self._late.pop(late, None)

    def give_up(self, reason: str) -> None:
        """See :class:`oagw.interfaces.sessions.IOutlet`."""
        self._client.give_up(reason)

    def hold(self, wait: bool) -> None:
        """See :class:`oagw.interfaces.sessions.IOutlet`."""
        self._client.hold("session", wait)

    def send_part(self, part: bytes, is_last: bool) -> Deferred[None]:
        """Send a part of a text, at once; other messages wait until its last.

        Fires when more can be sent, or nothing can be any more.
        """
        if not self._open:
            return succeed(None)
        start = (_CONTINUED if self._in_parts else _TEXT) | (_FIN if is_last else 0)
        frame = _Part(text_frame(part, start))
        self._frames.append(frame)
        self.unsent += len(frame)
        self._parts += len(frame)
        self._in_parts = not is_last
        if is_last:
            self._frames += self._held
            self._held.clear()
        if not self._paused:
            self._go_on()
        if not self._paused:
            return succeed(None)
        ready: Deferred[None] = Deferred()
        self._ready.append(ready)
        return ready

    def _be_ready(self) -> None:
        ready, self._ready = self._ready, []
        for one in ready:
            one.callback(None)

    def flush(self) -> None:
        """Write what has gathered, until the transport has enough."""
        self._queued = False
        while self._frames and not self._paused:
            piece = self._next_piece()
            self.unsent -= len(piece)
            self._transport.write(piece)

    def _next_piece(self) -> bytes:
        """All frames, or so much of them as the transport may take at once.

        A long frame is not copied, for it may be many clients', and nothing of it may
        ever be read.
        """
        frames = self._frames
        if self.unsent <= _AT_ONCE and not self._parts:
            self._frames = []
            return self._turn.join(frames)
        size = count = 0
        for frame in frames:
            size += len(frame)
            if size > _AT_ONCE:
                break
            count += 1
        if count == 0:
            long = memoryview(frames[0])
            frames[0] = long[_AT_ONCE:]
            self._parts -= _AT_ONCE if _is_part(long) else 0
            return bytes(long[:_AT_ONCE])
        taken = frames[:count]
        del frames[:count]
        if self._parts:
            self._parts -= sum(len(one) for one in taken if _is_part(one))
        return self._turn.join(taken)

    def _go_on(self) -> None:
        """Send what waits, then the newest of what was left out."""
        self.flush()
        while self._late and not (self._paused or self._in_parts):
            late = next(iter(self._late))
            del self._late[late]
            message = late.newest()
            if message is not None:
                self._put(message)
            if self._waiting() > self._bounds.queue or not self._late:
                self.flush()
        if not self._paused and not self._late and self._waiting() <= self._bounds.queue:
            self.is_behind = False

    def _put(self, message: Message) -> None:
        frame = message.frame = message.frame or text_frame(message.body)
        self._frames.append(frame)
        self.unsent += len(frame)

    def close(self) -> None:
        """Send nothing more, and forget what waits."""
        self._open = False
        self._frames.clear()
        self._held.clear()
        self._late.clear()
        self.unsent = self._parts = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._be_ready()

    def pauseProducing(self) -> None:
        """The transport has enough for now."""
        self._paused = True
        self._client.hold("delivery", True)
        self._paused_at = self._since = self._turn.seconds()
        self._taken = self._transport_has_sent()
        # It stays when the client reads on, for it may be full again at once.
        if self._timer is None and self._open:
            self._timer = self._turn.call_later(self._bounds.delay, self._look)

    def _transport_has_sent(self) -> int:
        """Grows when the client reads; other transports than ours do not tell."""
        return getattr(self._transport, "bytes_sent", 0)

    def _look(self) -> None:
        """Whether updates have waited long enough, and the client too long."""
        self._timer = None
        if not self._paused:
            return
        now, taken = self._turn.seconds(), self._transport_has_sent()
        self.is_behind = self.is_behind or now - self._paused_at >= self._bounds.delay
        if taken != self._taken:
            self._taken, self._since = taken, now
        elif now - self._since >= self._bounds.stall:
            self.close()
            self._client.cut_off(
                f"nothing was read for {self._bounds.stall:g} s; read on, or connect again "
                "when you can"
            )
            return
        due = self._since + self._bounds.stall
        if not self.is_behind:
            due = min(due, self._paused_at + self._bounds.delay)
        self._timer = self._turn.call_later(max(due - now, 0), self._look)

    def resumeProducing(self) -> None:
        """The transport takes more."""
        self._paused = False
        self._go_on()
        if not self._paused:
            self._client.hold("delivery", False)
            self._be_ready()

    def stopProducing(self) -> None:
        """The connection is gone."""
        self.close()
