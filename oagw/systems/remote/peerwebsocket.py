"""A websocket whose messages are those of a link, whoever has dialled."""

from __future__ import annotations

from typing import Any

from OpenSSL import SSL
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from oagw.systems.remote.link import Link
from oagw.systems.remote.peerpresence import Presence

#: Close codes (RFC 6455, 7.4.1, and the original's own).
NORMAL = 1000
NO_LOGIN = 4000
#: Seconds between the pings of an idle connection, and until a pong must have come.
PING = 20
#: Seconds for which a dropped line may wait for the peer's end of TLS.
_LINGER = 2.0
#: What OpenSSL says of a certificate that nobody whom it trusts has signed.
_UNTRUSTED = "certificate verify failed"
#: The reason of a close frame has at most 123 bytes.
_LONGEST = 100


class LinkProtocol:
    """What both ends have in common; goes before Autobahn's protocol."""

    transport: Any
    factory: Any
    state: Any
    STATE_OPEN: Any
    sendMessage: Any  # noqa: N815 - Autobahn's name
    sendClose: Any  # noqa: N815 - Autobahn's name

    def __init__(self) -> None:
        super().__init__()
        self._presence: Presence | None = None
        self.link: Link | None = None
        self._late: IDelayedCall | None = None
        self._why = ""
        self._reason = ""

    def begin(self, presence: Presence) -> None:
        """The websocket is open, and is this peer's."""
        if hasattr(self.transport, "setTcpNoDelay"):
            # Autobahn's own attempt fails silently.
            self.transport.setTcpNoDelay(True)
            self.transport.setTcpKeepAlive(True)
        self._presence = presence
        self.link = presence.attach(self._send_text, self.drop)

    def _send_text(self, text: bytes) -> None:
        if self.state == self.STATE_OPEN:
            self.sendMessage(text)

    def drop(self, reason: str) -> None:
        """End the connection, and do not wait for the peer for long."""
        self._why = self._why or reason
        if self.state == self.STATE_OPEN:
            self.sendClose(NORMAL, reason[:_LONGEST])
        if self._late is None and self.transport is not None:
            reactor = self.factory.reactor
            self._late = reactor.callLater(_LINGER, self.transport.abortConnection)
        self._detach(reason)

    def _detach(self, reason: str) -> None:
        if self.link is not None and self._presence is not None:
            self._presence.detach(self.link, reason)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """A message: an answer or an update."""
        if isBinary:
            self.drop("it sent a binary message")
        elif self.link is not None:
            self.link.received(payload)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """The websocket is closed."""
        if code == NO_LOGIN:
            self._why = self._why or f"the login was refused: {reason}"
        elif wasClean:
            self._why = self._why or f"closed by the peer: {code} {reason or ''}".strip()
        self._detach(self.why)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The transport is gone."""
        if self._late is not None and self._late.active():
            self._late.cancel()
        self._reason = _reason_of(reason)
        super().connectionLost(reason)  # type: ignore[misc]
        self._detach(self.why)

    @property
    def why(self) -> str:
        """Why the connection has ended, for a person."""
        return self._why or self._reason or "the connection was lost"


def _reason_of(failure: Failure) -> str:
    error = failure.value
    if isinstance(error, SSL.Error):
        details = [part[-1] for part in error.args[0] if part] if error.args else []
        hint = "; ca names what is to be trusted" if _UNTRUSTED in details else ""
        return f"TLS failed: {', '.join(map(str, details)) or 'no common ground'}{hint}"
    if isinstance(error, ConnectionDone | ConnectionLost):
        return "the connection was lost"
    return f"{type(error).__name__}: {error}"
