"""What sessions and the connections of their clients promise each other."""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface

from oagw.wire.codec import Message


class Late(Protocol):
    """A connect whose client does not read as fast as there is news."""

    def newest(self) -> Message | None:
        """One message for all that the client was not sent, if it has to be told of it.

        The connect is late no more then.
        """
        ...


class IOutlet(Interface):
    """Where a session's messages go: the client's connection."""

    is_behind = Attribute(
        "Whether too much waits for the client, for too long: updates that newer ones can "
        "stand for are not to be sent, see :meth:`later`."
    )
    conflated = Attribute(
        "How many updates were not sent because newer ones stand for them."
    )

    def send(message: Message) -> None:
        """Send a text; after the end of the connection it does nothing."""

    def send_part(part: bytes, is_last: bool) -> Deferred[None]:
        """Send a part of a long text; other messages wait until its last.

        Fires when the client has read enough for more, or is gone. Nothing else may send
        parts meanwhile.
        """

    def later(late: Late) -> None:
        """Ask for its newest message when the client has read what waits for it."""

    def forget(late: Late) -> None:
        """Undo :meth:`later`: there is nobody to tell any more."""

    def give_up(reason: str) -> None:
        """End the connection, for a text that was begun cannot be ended."""

    def hold(wait: bool) -> None:
        """Read no more commands from the client (True), or go on (False)."""


class ISession(Interface):
    """What a logged in client can ask for: an avatar in the sense of twisted.cred."""

    def receive(frame: bytes) -> None:
        """Handle a text frame."""

    def refuse_binary(frame: bytes) -> None:
        """Answer a binary frame: it is no command."""

    def close() -> None:
        """The client is gone: end all its connects."""
