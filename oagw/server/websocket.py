"""The websocket: Autobahn's protocol turned into logins, calls and answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from twisted.cred.credentials import UsernamePassword
from twisted.cred.error import LoginFailed
from twisted.cred.portal import Portal
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.interfaces.services import server_time_of
from oagw.interfaces.sessions import ISession
from oagw.server.admission import Admission
from oagw.server.credentials import credentials_of
from oagw.server.delivery import Bounds, Delivery, Turn
from oagw.server.frames import next_text
from oagw.server.rounds import Allowance, Rounds

#: Close codes (RFC 6455, 7.4.1, and the original's own).
GOING_AWAY = 1001
POLICY_VIOLATION = 1008
INTERNAL_ERROR = 1011
NO_LOGIN = 4000
#: Bytes that Autobahn is given at once.
_PIECE = 1 << 10
#: Seconds for which a dropped line may wait for the peer's end of TLS.
_LINGER = 2.0
#: Seconds after which the line of a client that was cut off is dropped.
_LAST_CHANCE = 10.0
NO_CREDENTIALS = "no username and/or password!"
BAD_CREDENTIALS = "invalid username and/or password!"
BAD_URL = (
    "the URL cannot be read; percent-encode username and password: a space is %20, # is "
    "%23, & is %26, + is %2B, % is %25"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of clients.

    :ivar connections: the most clients at the same time.
    :ivar message: bytes of the longest message from a client.
    :ivar bounds: the limits of what waits for a client that does not read.
    :ivar connections_by: the name of the setting that limits clients, for the log.
    """

    connections: int
    message: int
    bounds: Bounds
    connections_by: str = "[server] max_connections"


class OagwProtocol(WebSocketServerProtocol):
    """One client's connection. It owns a session and turns frames into calls.

    Messages bypass ``sendMessage``: a server's frame is a header and the body, so it is
    made once for all clients that get it (docs/architecture.rst, "Delivery").
    """

    factory: OagwFactory
    transport: Any
    log: Logger

    def __init__(self) -> None:
        super().__init__()
        self.session: ISession | None = None
        #: When the client logged in, in seconds since the epoch.
        self.since = 0.0
        self.delivery: Delivery | None = None
        self._logout: Callable[[], None] = lambda: None
        self._credentials: list[UsernamePassword] = []
        self._part = b""
        self._rest = b""
        self._waiting: list[Deferred[None]] = []
        self._late: IDelayedCall | None = None
        self._refused = False
        self._holds: set[str] = set()

    def onConnect(self, request: ConnectionRequest) -> None:
        """Keep the credentials of the HTTP request, and refuse other paths."""
        if request.path not in self.factory.paths:
            raise ConnectionDeny(404, "there is no websocket at this path")
        if not self.factory.admission.admits(len(self.factory.clients)):
            raise ConnectionDeny(503, "maximum number of connections reached")
        self._credentials = credentials_of(self.http_request_uri)

    def failHandshake(self, reason: str, *arguments: Any, **options: Any) -> None:
        """Refuse a request that Autobahn cannot read.

        Autobahn's reason would have the URL with its password, and is logged too.
        """
        if "status line" in reason or "resource" in reason:
            reason = BAD_URL
        super().failHandshake(reason, *arguments, **options)

    def connectionMade(self) -> None:
        """Count a connection until it has ended, whatever comes on it."""
        self.factory.clients.add(self)
        self._allowance = Allowance(self.factory.rounds.seconds())
        super().connectionMade()

    def onOpen(self) -> None:
        """Log in after the handshake, or close with the reason."""
        if self.factory.closing is not None:
            self.refuse(GOING_AWAY, self.factory.closing)
            return
        # Autobahn's own attempt fails silently (it asks for an attribute that is set
        # later), and without this small answers wait for 40 ms.
        if hasattr(self.transport, "setTcpNoDelay"):
            self._tune()
        if not self._credentials:
            self.refuse(NO_LOGIN, NO_CREDENTIALS)
            return
        self.delivery = Delivery(
            self.transport, self.factory.turn, self.factory.limits.bounds, self
        )
        self.transport.registerProducer(self.delivery, True)
        self.hold("login", True)
        login = Deferred.fromCoroutine(self._login(self._credentials))
        self._credentials = []
        login.addErrback(self._login_broken)

    def _tune(self) -> None:
        try:
            self.transport.setTcpNoDelay(True)
            self.transport.setTcpKeepAlive(True)
        except OSError:
            self.log.debug("a socket that is not TCP has no TCP options")

    async def _login(self, possible: list[UsernamePassword]) -> None:
        await self.factory.when_ready()
        for credentials in possible:
            try:
                avatar = await self.factory.portal.login(
                    credentials, self.delivery, ISession
                )
            except LoginFailed:
                continue
            self._begin(avatar)
            return
        self.hold("login", False)
        self.refuse(NO_LOGIN, BAD_CREDENTIALS)

    def _begin(self, avatar: tuple[object, Any, Callable[[], None]]) -> None:
        _, session, self._logout = avatar
        if self.state != self.STATE_OPEN:
            self._log_out()
            self.hold("login", False)
            return
        self.session = session
        self.since = self.factory.server_time()
        self.hold("login", False)

    def _login_broken(self, failure: Failure) -> None:
        self.log.failure("a login could not be checked", failure)
        self.hold("login", False)
        self.refuse(INTERNAL_ERROR, "the login could not be checked; see the log of oagw")

    def dataReceived(self, data: bytes) -> None:
        """Handle a slice of what has come from the client now, and the rest in its turn."""
        if self._rest:
            self._rest += data
            return
        if self._part:
            data, self._part = self._part + data, b""
        self._take(data)

    def _take(self, data: bytes) -> None:
        """Pass complete texts to the session, and everything else to Autobahn.

        A part of a text in one frame waits for the rest of the frame.
        """
        rounds = self.factory.rounds
        end = self._allowance.until(rounds.seconds(), self.factory.turn.writing)
        rest = self._take_until(end, data)
        self._allowance.spend(rounds.seconds())
        if rest:
            self._rest = rest
            if not self._holds:
                self.hold("turn", True)
                rounds.add(self._take_turn)

    def _take_until(self, end: float, data: bytes) -> bytes:
        """Returns what is left when others must be served, or commands have to wait."""
        seconds, limit = self.factory.rounds.seconds, self.factory.limits.message
        at = 0
        while at < len(data):
            if self._holds and self.state == self.STATE_OPEN:
                break
            is_between = self.state == self.STATE_OPEN and not (
                self.data or self.inside_message or self.current_frame
            )
            found = next_text(data, at, limit) if is_between else None
            if found is not None:
                text, at = found
                if text is None:
                    self._part = data[at:]
                    return b""
                self.onMessage(text, False)
            else:
                self._dataReceived(data[at : at + _PIECE])
                at += _PIECE
            if seconds() >= end:
                break
        return data[at:]

    def _take_turn(self) -> None:
        """Continue with this client in its turn."""
        self.hold("turn", False)

    def _go_on(self) -> None:
        """Continue with the commands that were held."""
        rest, self._rest = self._rest, b""
        if self in self.factory.clients:
            self._take(rest)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Pass a message to the session as a command."""
        if self._refused or self.session is None:
            return
        if isBinary:
            self.session.refuse_binary(payload)
        else:
            self.session.receive(payload)

    def give_up(self, reason: str) -> None:
        """Close the connection, because the rest of a message cannot be sent."""
        self.log.error("{peer}: {reason}; closed", peer=self.peer, reason=reason)
        self.refuse(INTERNAL_ERROR, reason)

    def refuse(self, code: int, reason: str) -> None:
        """Send what waits, then close the websocket with a code and a reason."""
        self._refused = True
        self._log_out()
        if self.state == self.STATE_OPEN:
            # sendClose refuses the codes below 3000, which RFC 6455 has for servers.
            self.sendCloseFrame(code, reason.encode())

    def sendCloseFrame(self, *arguments: Any, **options: Any) -> None:
        """Send what waits before the close frame, and nothing after it."""
        if self.delivery is not None:
            self.delivery.flush()
            self.delivery.close()
        super().sendCloseFrame(*arguments, **options)

    def sendPong(self, payload: bytes | None = None) -> None:
        """Send what waits before the reply to a ping."""
        if self.delivery is not None:
            self.delivery.flush()
        super().sendPong(payload)  # type: ignore[no-untyped-call]

    def onClose(
        self,
        wasClean: bool,
        code: int | None,
        reason: str | None,
    ) -> None:
        """Close the session with the websocket."""
        if self.delivery is not None:
            self.delivery.close()
        self._log_out()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Clean up after the connection, also if it never became a websocket."""
        if self._late is not None and self._late.active():
            self._late.cancel()
        super().connectionLost(reason)
        self.factory.clients.discard(self)
        if self.delivery is not None:
            self.factory.conflated += self.delivery.conflated
        self.factory.admission.left(len(self.factory.clients))
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.callback(None)

    def when_closed(self) -> Deferred[None]:
        """Fires when the connection has ended."""
        closed: Deferred[None] = Deferred()
        if self in self.factory.clients:
            self._waiting.append(closed)
        else:
            closed.callback(None)
        return closed

    def _log_out(self) -> None:
        logout, self._logout = self._logout, lambda: None
        logout()

    def _closeConnection(self, abort: bool = False) -> None:
        """Close the connection in order, but do not wait for ever.

        Autobahn would reset the connection after the peer's close frame, and the reset can
        overtake our own close frame.
        """
        abort = abort and not self.wasClean
        super()._closeConnection(abort)
        if not abort and self._late is None and self in self.factory.clients:
            self._late = self.factory.reactor.callLater(
                _LINGER, self.transport.abortConnection
            )

    def cut_off(self, reason: str) -> None:
        """Close the connection of a client that reads too slowly, or not at all."""
        self.log.warn("{peer}: {reason}; closed", peer=self.peer, reason=reason)
        # A client that reads on gets the reason.
        self.closeHandshakeTimeout = _LAST_CHANCE
        self.refuse(POLICY_VIOLATION, reason)

    def hold(self, reason: str, wait: bool) -> None:
        """Read no commands as long as there is a reason not to."""
        if wait:
            self._holds.add(reason)
            self.transport.pauseProducing()
            return
        self._holds.discard(reason)
        if self._holds:
            return
        self.transport.resumeProducing()
        if self._rest:
            self._go_on()


class OagwFactory(WebSocketServerFactory):
    """Makes a protocol for each client, and keeps all of them.

    :param portal: checks credentials and makes sessions.
    :param paths: the URL paths of the websocket.
    :ivar clients: all connections, also those that have not logged in.
    :ivar conflated: updates that were conflated for clients that have left.
    """

    protocol = OagwProtocol  # type: ignore[assignment]

    def __init__(
        self, portal: Portal, paths: set[str], limits: Limits, reactor: IReactorTime
    ) -> None:
        super().__init__(reactor=reactor, server="oagw")  # type: ignore[no-untyped-call]
        self.portal = portal
        self.paths = paths
        self.limits = limits
        self.admission = Admission(limits.connections, limits.connections_by)
        self.turn = Turn(reactor)
        self.rounds = Rounds(reactor, self.turn.end)
        self.clients: set[OagwProtocol] = set()
        self.conflated = 0
        self.server_time = server_time_of(reactor)
        self.closing: str | None = None
        self._ready = False
        self._waiting: list[Deferred[None]] = []
        self.setProtocolOptions(  # type: ignore[no-untyped-call]
            maxMessagePayloadSize=limits.message,
            maxFramePayloadSize=limits.message,
            webStatus=False,
            # A violation of the protocol ends with a close code, not a dropped connection.
            failByDrop=False,
            openHandshakeTimeout=30,
            closeHandshakeTimeout=2,
        )

    def buildProtocol(self, addr: Any) -> Any:
        """A protocol for a connection, unless there are far too many already."""
        if not self.admission.has_line(len(self.clients)):
            return None
        return super().buildProtocol(addr)

    def be_ready(self) -> None:
        """Begin to process logins, also of clients that have connected already."""
        self._ready = True
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.callback(None)

    def when_ready(self) -> Deferred[None]:
        """Fires when logins are possible."""
        ready: Deferred[None] = Deferred()
        if self._ready:
            ready.callback(None)
        else:
            self._waiting.append(ready)
        return ready

    def close_all(self, reason: str) -> Deferred[list[None]]:
        """Close all clients with 1001; fires when they have left."""
        self.closing = reason
        clients = list(self.clients)
        for client in clients:
            client.refuse(GOING_AWAY, reason)
            if client.state in (client.STATE_CONNECTING, client.STATE_CLOSED):
                client.transport.abortConnection()
        return gatherResults([client.when_closed() for client in clients])
