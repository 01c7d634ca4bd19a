"""Accepts peers that dial the gateway: bridges, which connect out of their plants."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from twisted.internet.defer import Deferred, gatherResults, succeed
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.config.secret import Hidden
from oagw.systems.remote.peerpresence import PeerPresence
from oagw.systems.remote.peerwebsocket import PING, LinkProtocol

_log = Logger()
#: Upper limit of open connections, including those without a login yet.
_MOST = 100


@dataclass(frozen=True, slots=True)
class Login:
    """The user and password that a bridge must send."""

    user: str
    password: Hidden


class Acceptor:
    """Waits for the bridge of one system."""

    dials = False

    def __init__(self, login: Login) -> None:
        self._login = login
        self.presence: PeerPresence | None = None
        self._protocols: set[_BridgeProtocol] = set()

    def start(self, presence: PeerPresence) -> None:
        """Accept connections from now on."""
        self.presence = presence
        presence.state.error = "its bridge has not connected yet"

    def stop(self) -> Deferred[None]:
        """Stop accepting connections, and close open ones; fires when they are closed."""
        self.presence = None
        protocols = list(self._protocols)
        for one in protocols:
            one.drop("the gateway is stopping")
        if not protocols:
            return succeed(None)
        gone = gatherResults([one.when_gone() for one in protocols])
        return gone.addCallback(lambda _: None)

    def knows(self, user: str, password: str) -> bool:
        """Whether a login is that of this system's bridge; compares in constant time."""
        same_user = hmac.compare_digest(user.encode(), self._login.user.encode())
        known = self._login.password.reveal().encode()
        same_password = hmac.compare_digest(password.encode(), known)
        return same_user and same_password

    def add(self, protocol: _BridgeProtocol) -> None:
        """Take over an open connection."""
        self._protocols.add(protocol)
        if self.presence is not None:
            protocol.begin(self.presence)
        else:
            protocol.drop("the gateway is not ready, or is stopping")

    def remove(self, protocol: _BridgeProtocol) -> None:
        """Forget a closed connection."""
        self._protocols.discard(protocol)


class _BridgeProtocol(LinkProtocol, WebSocketServerProtocol):  # type: ignore[misc]
    """An accepted connection."""

    factory: BridgeFactory

    def __init__(self) -> None:
        super().__init__()
        self._acceptor: Acceptor | None = None
        self._waiting: list[Deferred[None]] = []

    def onConnect(self, request: ConnectionRequest) -> None:
        """Check path and login of the HTTP request."""
        if request.path not in self.factory.paths:
            raise ConnectionDeny(404, "bridges connect to another path")
        login = _login_of(request)
        if login is not None:
            user, password = login
            known = [one for one in self.factory.acceptors if one.knows(user, password)]
            if known:
                [self._acceptor, *_] = known
                return
        _log.warn("{peer}: a bridge with a wrong login was refused", peer=request.peer)
        raise ConnectionDeny(401, "user or password is wrong")

    def onOpen(self) -> None:
        """The handshake is complete."""
        if self._acceptor is not None:
            self._acceptor.add(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The transport is closed."""
        super().connectionLost(reason)
        if self._acceptor is not None:
            self._acceptor.remove(self)
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.callback(None)

    def when_gone(self) -> Deferred[None]:
        """Fires when the transport is closed."""
        gone: Deferred[None] = Deferred()
        self._waiting.append(gone)
        return gone


def _login_of(request: ConnectionRequest) -> tuple[str, str] | None:
    """User and password of the header ``Authorization: Basic``."""
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        text = base64.b64decode(given.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    user, colon, password = text.partition(":")
    return (user, password) if colon else None


class BridgeFactory(WebSocketServerFactory):
    """Creates a protocol for each bridge that connects.

    :param acceptors: the acceptors of all systems with a bridge.
    :param paths: the URL paths that bridges connect to.
    :param longest: upper limit in bytes of one message from a bridge.
    """

    protocol = _BridgeProtocol  # type: ignore[assignment]
    noisy = False

    def __init__(
        self, acceptors: Sequence[Acceptor], paths: set[str], longest: int, reactor: Any
    ) -> None:
        super().__init__(reactor=reactor, server="oagw")  # type: ignore[no-untyped-call]
        self.acceptors = acceptors
        self.paths = paths
        self.setProtocolOptions(  # type: ignore[no-untyped-call]
            maxConnections=_MOST,
            maxMessagePayloadSize=longest,
            maxFramePayloadSize=longest,
            webStatus=False,
            failByDrop=False,
            openHandshakeTimeout=30,
            closeHandshakeTimeout=2,
            # Reading the JSON checks that too.
            utf8validateIncoming=False,
            autoPingInterval=PING,
            autoPingTimeout=PING,
        )
