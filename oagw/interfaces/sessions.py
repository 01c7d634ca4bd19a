"""The interface between sessions and the connections of their clients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface

from oagw.wire.codec import Message


class Late(Protocol):
    """A connect whose client does not read as fast as updates come."""

    def newest(self) -> Message | None:
        """One message that stands for all updates that were not sent; ``None`` for none.

        After it the connect is no longer late.
        """
        ...


class IOutlet(Interface):
    """The client's connection, which a session sends its messages to."""

    is_behind = Attribute(
        "Whether too much waits for the client, or for too long. A session then sends no "
        "updates that newer ones can replace; see :meth:`later`."
    )
    conflated = Attribute(
        "The number of updates that were not sent because newer ones replaced them."
    )

    def send(message: Message) -> None:
        """Send a message; it is dropped after the end of the connection."""

    def send_part(part: bytes, is_last: bool) -> Deferred[None]:
        """Send a part of a long message; other messages wait until its last part.

        Fires when the client has read enough for the next part, or has left. Only one
        message at a time may be sent in parts.
        """

    def later(late: Late) -> None:
        """Ask a connect for its newest message when the client has read what waits."""

    def forget(late: Late) -> None:
        """Undo :meth:`later`: the connect has ended."""

    def give_up(reason: str) -> None:
        """Close the connection, because a message that was begun cannot be completed."""

    def hold(wait: bool) -> None:
        """Stop reading commands from the client (True), or continue (False)."""


@dataclass(frozen=True, slots=True)
class SessionLoad:
    """The numbers of open connects, queries, waits and watched attributes of a session.

    :ivar connects: its DpConnects.
    :ivar queries: its live queries.
    :ivar waits: its waits for values.
    :ivar watched: attributes that a gateway in front watches through it.
    """

    connects: int
    queries: int
    waits: int
    watched: int


class ISession(Interface):
    """The session of a client that has logged in: an avatar of twisted.cred."""

    user: str = Attribute("The name of the user who has logged in.")

    def load() -> SessionLoad:
        """The numbers of its open connects, queries, waits and watched attributes."""

    def receive(frame: bytes) -> None:
        """Handle a text frame."""

    def refuse_binary(frame: bytes) -> None:
        """Reply to a binary frame, which is not a command."""

    def close() -> None:
        """End all connects of the client, which has left."""
