"""Those who get the same values: encoded once for all, however they call it."""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger

from oagw.errors import OagwError
from oagw.interfaces.sessions import IOutlet
from oagw.wire.codec import Message

_log = Logger()


def _nothing(error: OagwError) -> None:
    """Who does not care about the end."""


class Subscriber:
    """One connect of one client.

    :param head: how its messages begin, up to the ``Values``; has the client's Id in it.
    :param ended: told when there is nothing left to be told of, and why.
    :param counts: its messages say how many others they stand for, if they do.
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
        """The message that carries the values, which are JSON already.

        :param left_out: how many earlier messages it stands for.
        """
        if left_out and self._counts:
            return Message(b'%b%b,"Conflated":%d}}' % (self.head, values, left_out))
        return Message(b"%b%b}}" % (self.head, values))

    def newest(self) -> Message | None:
        """One message for all that it was not sent; see ``Late``."""
        return None if self.audience is None else self.audience.catch_up(self)


class Audience:
    """Subscribers to the same thing; those with the same head share one message.

    Who does not read as fast as there is news falls behind: it is sent nothing until it
    asks for the newest.

    :param newest: gives the values of one message that stands for all updates after a
        number, if there is anything to tell. Without it each message counts, and all
        of them are sent.
    :ivar number: how many updates there were.
    :ivar late: who has fallen behind.
    """

    def __init__(self, newest: Callable[[int], bytes | None] | None = None) -> None:
        self._by_head: dict[bytes, dict[Subscriber, None]] = {}
        self._newest = newest
        self.number = 0
        self.late: set[Subscriber] = set()

    def __bool__(self) -> bool:
        return bool(self._by_head)

    def add(self, subscriber: Subscriber) -> None:
        """Let the subscriber get what :meth:`tell` is given from now on."""
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
        """Tell all that this has ended; they are no longer in it."""
        groups, self._by_head = self._by_head, {}
        for group in groups.values():
            for subscriber in list(group):
                self._leave(subscriber)
                subscriber.ended(reason)

    def tell(self, values: bytes) -> None:
        """Send the values, which are JSON already, to all who can take them."""
        self.number += 1
        may_fall_behind = self._newest is not None
        # Copies, because a client that is cut off for not reading leaves at once.
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
                    # The others get the update all the same, and this one no wrong idea
                    # of what it has.
                    _log.failure("an update could not be sent to a client")
                    outlet.give_up("an update could not be sent; the log has more")

    def _fall_behind(self, subscriber: Subscriber) -> None:
        if subscriber not in self.late:
            subscriber.seen = self.number - 1
            self.late.add(subscriber)
            subscriber.outlet.later(subscriber)

    def catch_up(self, subscriber: Subscriber) -> Message | None:
        """One message for all that a subscriber was not sent; it is late no more."""
        assert self._newest is not None
        assert subscriber.seen is not None
        self.late.remove(subscriber)
        left_out = self.number - subscriber.seen - 1
        subscriber.outlet.conflated += left_out
        values = self._newest(subscriber.seen)
        return None if values is None else subscriber.message(values, left_out)
