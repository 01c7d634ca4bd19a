"""Delivery: frames made once, one write per connection and turn, and a bound on both."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime, ITransport

from oagw.wire.codec import Message

_FIN, _TEXT, _CONTINUED = 0x80, 0x01, 0x00


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
    """Flushes, at the end of the reactor's turn, all deliveries that got something."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._dirty: list[Delivery] = []

    def add(self, delivery: Delivery) -> None:
        """Flush the delivery when this turn ends."""
        if not self._dirty:
            self._clock.callLater(0, self._end)
        self._dirty.append(delivery)

    def _end(self) -> None:
        dirty, self._dirty = self._dirty, []
        for delivery in dirty:
            delivery.flush()


class Delivery:
    """The way of one client's messages to its transport.

    It is the transport's push producer: when the transport has enough, frames wait
    here; when too much waits here, the client is given up.

    :param limit: how many bytes may wait.
    :param give_up: called once, when more than that waits.
    :param pause: called with True when the client's commands should wait because its
        answers do, and with False when they may go on.
    """

    __slots__ = (
        "_frames",
        "_give_up",
        "_held",
        "_held_size",
        "_in_parts",
        "_limit",
        "_open",
        "_pause",
        "_paused",
        "_queued",
        "_ready",
        "_transport",
        "_turn",
        "unsent",
    )

    def __init__(
        self,
        transport: ITransport,
        turn: Turn,
        limit: int,
        give_up: Callable[[], None],
        pause: Callable[[bool], None],
    ) -> None:
        self._transport = transport
        self._turn = turn
        self._limit = limit
        self._give_up = give_up
        self._pause = pause
        self._frames: list[bytes] = []
        self._queued = False
        self._paused = False
        self._open = True
        self._in_parts = False
        self._held: list[bytes] = []
        self._held_size = 0
        self._ready: list[Deferred[None]] = []
        self.unsent = 0

    def send(self, message: Message) -> None:
        """Send a text at the end of this turn, or when the client has read enough."""
        if not self._open:
            return
        frame = message.frame
        if frame is None:
            frame = message.frame = text_frame(message.body)
        if self._in_parts:
            # Nothing may come between the parts of a text.
            self._held.append(frame)
            self._held_size += len(frame)
            self._check_size()
            return
        self._frames.append(frame)
        if self._paused:
            self.unsent += len(frame)
            self._check_size()
        elif not self._queued:
            self._queued = True
            self._turn.add(self)

    def _check_size(self) -> None:
        if self.unsent + self._held_size > self._limit:
            self.close()
            self._give_up()

    def send_part(self, part: bytes, is_last: bool) -> Deferred[None]:
        """Send a part of a text, at once; other messages wait until its last.

        Fires when more can be sent, or nothing can be any more.
        """
        if not self._open:
            return succeed(None)
        start = (_CONTINUED if self._in_parts else _TEXT) | (_FIN if is_last else 0)
        frame = text_frame(part, start)
        self._frames.append(frame)
        self._in_parts = not is_last
        if is_last:
            self._frames += self._held
            self._held.clear()
            self._held_size = 0
        if self._paused:
            self.unsent = sum(map(len, self._frames))
        else:
            self.flush()
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
        """Write what has gathered, unless the transport has enough."""
        self._queued = False
        if self._frames and not self._paused:
            frames, self._frames = self._frames, []
            self.unsent = 0
            self._transport.write(frames[0] if len(frames) == 1 else b"".join(frames))

    def close(self) -> None:
        """Send nothing more, and forget what waits."""
        self._open = False
        self._frames.clear()
        self._held.clear()
        self.unsent = self._held_size = 0
        self._be_ready()

    def pauseProducing(self) -> None:
        """The transport has enough for now."""
        self._paused = True
        self.unsent = sum(map(len, self._frames))
        self._pause(True)

    def resumeProducing(self) -> None:
        """The transport takes more."""
        self._paused = False
        self.flush()
        if not self._paused:
            self._pause(False)
            self._be_ready()

    def stopProducing(self) -> None:
        """The connection is gone."""
        self.close()
