"""The websocket of a link, whichever side has dialled."""

from __future__ import annotations

from typing import Any

from OpenSSL import SSL
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from oagw.systems.remote.peerlink import PeerLink
from oagw.systems.remote.peerpresence import PeerPresence

#: Close codes: RFC 6455, 7.4.1, and one of WinCC OA's manager.
NORMAL = 1000
NO_LOGIN = 4000
#: Seconds between two pings of an idle connection, and the time limit of a pong.
PING = 20
#: Seconds after which a connection that is being closed is aborted.
_LINGER = 2.0
#: OpenSSL's text for a certificate without a trusted issuer.
_UNTRUSTED = "certificate verify failed"
#: Upper limit of the characters of a close reason, which has at most 123 bytes.
_LONGEST = 100


class LinkProtocol:
    """The common part of both sides; a mixin before Autobahn's protocol."""

    transport: Any
    factory: Any
    state: Any
    STATE_OPEN: Any
    sendMessage: Any  # noqa: N815 - Autobahn's name
    sendClose: Any  # noqa: N815 - Autobahn's name

    def __init__(self) -> None:
        super().__init__()
        self._presence: PeerPresence | None = None
        self.link: PeerLink | None = None
        self._late: IDelayedCall | None = None
        self._why = ""
        self._reason = ""

    def begin(self, presence: PeerPresence) -> None:
        """Make the link of a websocket that is open."""
        if hasattr(self.transport, "setTcpNoDelay"):
            # Autobahn's own attempt to set it fails silently.
            self.transport.setTcpNoDelay(True)
            self.transport.setTcpKeepAlive(True)
        self._presence = presence
        self.link = presence.attach(self._send_text, self.drop)

    def _send_text(self, text: bytes) -> None:
        if self.state == self.STATE_OPEN:
            self.sendMessage(text)

    def drop(self, reason: str) -> None:
        """Close the connection, and abort it if the peer does not respond."""
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
        """Pass a message to the link."""
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
        """The transport is closed."""
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
        hint = "; name the certificates to trust with ca" if _UNTRUSTED in details else ""
        what = ", ".join(map(str, details)) or "no common version or cipher"
        return f"TLS failed: {what}{hint}"
    if isinstance(error, ConnectionDone | ConnectionLost):
        return "the connection was lost"
    return f"{type(error).__name__}: {error}"
