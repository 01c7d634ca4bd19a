"""Those who get the same values: encoded once for all, however they call it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from oagw.errors import OagwError
from oagw.interfaces import IOutlet
from oagw.wire.codec import Message


@dataclass(frozen=True, slots=True, eq=False)
class Subscriber:
    """One connect of one client.

    :ivar head: how its messages begin, up to the ``Values``; has the client's Id in it.
    :ivar ended: told when there is nothing left to be told of, and why.
    """

    outlet: IOutlet
    head: bytes
    ended: Callable[[OagwError], None] = lambda error: None

    def message(self, values: bytes) -> Message:
        """The message that carries the values, which are JSON already."""
        return Message(b"%b%b}}" % (self.head, values))


class Audience:
    """Subscribers to the same thing; those with the same head share one message."""

    def __init__(self) -> None:
        self._by_head: dict[bytes, dict[Subscriber, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_head)

    def add(self, subscriber: Subscriber) -> None:
        """Let the subscriber get what :meth:`tell` is given from now on."""
        self._by_head.setdefault(subscriber.head, {})[subscriber] = None

    def remove(self, subscriber: Subscriber) -> None:
        """Undo :meth:`add`."""
        group = self._by_head[subscriber.head]
        del group[subscriber]
        if not group:
            del self._by_head[subscriber.head]

    def end(self, reason: OagwError) -> None:
        """Tell all that this has ended; they are no longer in it."""
        groups, self._by_head = self._by_head, {}
        for group in groups.values():
            for subscriber in list(group):
                subscriber.ended(reason)

    def tell(self, values: bytes) -> None:
        """Send the values, which are JSON already, to all."""
        # Copies, because a client that is cut off for not reading leaves at once.
        for group in list(self._by_head.values()):
            subscribers = list(group)
            message = subscribers[0].message(values)
            for subscriber in subscribers:
                subscriber.outlet.send(message)
