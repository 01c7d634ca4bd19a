"""Subscribers to the same values, which are encoded once for all of them."""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger

from oagw.errors import OagwError
from oagw.interfaces.sessions import IOutlet
from oagw.wire.codec import Message

_log = Logger()


def _nothing(error: OagwError) -> None:
    """Ignores the end."""


class Subscriber:
    """One connect of one client.

    :param head: the beginning of its messages, up to the ``Values``, with the client's Id.
    :param ended: called with the reason when there are no further updates.
    :param counts: its messages have the number of updates that were conflated into them.
    :ivar seen: the number of the last update that it was sent, while it is behind.
    """

    __slots__ = ("_counts", "audience", "ended", "head", "outlet", "seen")

    def __init__(
        self,
        outlet: IOutlet,
        head: bytes,
        ended: Callable[[OagwError], None] = _nothing,
        counts: bool = False,
    ) -> None:
        self.outlet = outlet
        self.head = head
        self.ended = ended
        self._counts = counts
        self.audience: Audience | None = None
        self.seen: int | None = None

    def message(self, values: bytes, left_out: int = 0) -> Message:
        """The message with these values.

        :param values: JSON.
        :param left_out: the number of updates that were conflated into it.
        """
        if left_out and self._counts:
            return Message(b'%b%b,"Conflated":%d}}' % (self.head, values, left_out))
        return Message(b"%b%b}}" % (self.head, values))

    def newest(self) -> Message | None:
        """One message for all updates that it was not sent; see ``Late``."""
        return None if self.audience is None else self.audience.catch_up(self)


class Audience:
    """Subscribers to the same values; those with the same head share one message.

    A subscriber that does not read as fast as updates come falls behind: it is sent
    nothing until its outlet asks for the newest values.

    :param newest: returns the values of one message that stands for all updates after the
        one with a number; ``None`` if nothing has changed. Without it, every message is
        sent to every subscriber.
    :ivar number: the number of updates so far.
    :ivar late: the subscribers that have fallen behind.
    """

    def __init__(self, newest: Callable[[int], bytes | None] | None = None) -> None:
        self._by_head: dict[bytes, dict[Subscriber, None]] = {}
        self._newest = newest
        self.number = 0
        self.late: set[Subscriber] = set()

    def __bool__(self) -> bool:
        return bool(self._by_head)

    def add(self, subscriber: Subscriber) -> None:
        """Send the subscriber all updates from now on."""
        self._by_head.setdefault(subscriber.head, {})[subscriber] = None
        subscriber.audience = self

    def remove(self, subscriber: Subscriber) -> None:
        """Undo :meth:`add`."""
        group = self._by_head[subscriber.head]
        del group[subscriber]
        if not group:
            del self._by_head[subscriber.head]
        self._leave(subscriber)

    def _leave(self, subscriber: Subscriber) -> None:
        subscriber.audience = None
        if subscriber in self.late:
            self.late.remove(subscriber)
            subscriber.outlet.forget(subscriber)

    def end(self, reason: OagwError) -> None:
        """Report the end to all subscribers, and remove them."""
        groups, self._by_head = self._by_head, {}
        for group in groups.values():
            for subscriber in list(group):
                self._leave(subscriber)
                subscriber.ended(reason)

    def notify(self, values: bytes) -> None:
        """Send values to all subscribers that are not behind.

        :param values: JSON.
        """
        self.number += 1
        may_fall_behind = self._newest is not None
        # Copies: a client that is cut off because it does not read leaves at once.
        for group in list(self._by_head.values()):
            subscribers = list(group)
            message = subscribers[0].message(values)
            for subscriber in subscribers:
                outlet = subscriber.outlet
                try:
                    if may_fall_behind and outlet.is_behind:
                        self._fall_behind(subscriber)
                    else:
                        outlet.send(message)
                except Exception:
                    # The others still get the update. This client is closed, because what
                    # it has is no longer right.
                    _log.failure("an update could not be sent to a client")
                    outlet.give_up("an update could not be sent; the log has more")

    def _fall_behind(self, subscriber: Subscriber) -> None:
        if subscriber not in self.late:
            subscriber.seen = self.number - 1
            self.late.add(subscriber)
            subscriber.outlet.later(subscriber)

    def catch_up(self, subscriber: Subscriber) -> Message | None:
        """One message for all updates that a subscriber was not sent."""
        assert self._newest is not None
        assert subscriber.seen is not None
        self.late.remove(subscriber)
        left_out = self.number - subscriber.seen - 1
        subscriber.outlet.conflated += left_out
        values = self._newest(subscriber.seen)
        return None if values is None else subscriber.message(values, left_out)
