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
    """What one client may do.

    :ivar connections: clients at once.
    :ivar message: bytes of one message from a client.
    :ivar bounds: what may wait for a client that does not read.
    :ivar connections_by: what sets the limit of clients, for the log.
    """

    connections: int
    message: int
    bounds: Bounds
    connections_by: str = "[server] max_connections"


class OagwProtocol(WebSocketServerProtocol):
    """One client's connection. It owns a session and turns its frames into calls.

    Messages bypass ``sendMessage``: a server's frame is a header and the body, so it is
    made once for all who get it (docs/architecture.rst, "Delivery").
    """

    factory: OagwFactory
    transport: Any
    log: Logger

    def __init__(self) -> None:
        super().__init__()
        self.session: ISession | None = None
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
        """The HTTP request: remember the credentials, refuse other paths."""
        if request.path not in self.factory.paths:
            raise ConnectionDeny(404, "there is no websocket at this path")
        if not self.factory.admission.admits(len(self.factory.clients)):
            raise ConnectionDeny(503, "maximum number of connections reached")
        self._credentials = credentials_of(self.http_request_uri)

    def failHandshake(self, reason: str, *arguments: Any, **options: Any) -> None:
        """Autobahn refuses a request, and shows what it did not understand of it.

        That goes to the log too, and a URL has a password.
        """
        if "status line" in reason or "resource" in reason:
            reason = BAD_URL
        super().failHandshake(reason, *arguments, **options)

    def connectionMade(self) -> None:
        """A transport: it counts until it is gone, whatever is spoken on it."""
        self.factory.clients.add(self)
        self._allowance = Allowance(self.factory.rounds.seconds())
        super().connectionMade()

    def onOpen(self) -> None:
        """The handshake is complete: log in, or say why not."""
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
        self.hold("login", False)

    def _login_broken(self, failure: Failure) -> None:
        self.log.failure("a login could not be checked", failure)
        self.hold("login", False)
        self.refuse(INTERNAL_ERROR, "the login could not be checked; see the log of oagw")

    def dataReceived(self, data: bytes) -> None:
        """What comes from the client: a slice of it now, the rest when it is its turn."""
        if self._rest:
            self._rest += data
            return
        if self._part:
            data, self._part = self._part + data, b""
        self._take(data)

    def _take(self, data: bytes) -> None:
        """Whole texts go straight to the session; all else is Autobahn's.

        A part of a text waits for the rest; other parts Autobahn keeps.
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
        """Gives what is left when others are to be served, or commands have to wait."""
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
        """It is this client's turn again."""
        self.hold("turn", False)

    def _go_on(self) -> None:
        """Nothing holds the client's commands any more."""
        rest, self._rest = self._rest, b""
        if self in self.factory.clients:
            self._take(rest)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """A message: a command for the session."""
        if self._refused or self.session is None:
            return
        if isBinary:
            self.session.refuse_binary(payload)
        else:
            self.session.receive(payload)

    def give_up(self, reason: str) -> None:
        """End the connection: half a text was sent, and the rest cannot be had."""
        self.log.error("{peer}: {reason}; closed", peer=self.peer, reason=reason)
        self.refuse(INTERNAL_ERROR, reason)

    def refuse(self, code: int, reason: str) -> None:
        """Send what waits, then close the websocket with a code and a reason."""
        self._refused = True
        self._log_out()
        if self.state == self.STATE_OPEN:
            # sendClose would not take the codes below 3000 that RFC 6455 has for servers.
            self.sendCloseFrame(code, reason.encode())

    def sendCloseFrame(self, *arguments: Any, **options: Any) -> None:
        """Autobahn ends the websocket: what was sent before leaves, and nothing after."""
        if self.delivery is not None:
            self.delivery.flush()
            self.delivery.close()
        super().sendCloseFrame(*arguments, **options)

    def sendPong(self, payload: bytes | None = None) -> None:
        """Autobahn answers a ping: behind what was sent before."""
        if self.delivery is not None:
            self.delivery.flush()
        super().sendPong(payload)  # type: ignore[no-untyped-call]

    def onClose(
        self,
        wasClean: bool,
        code: int | None,
        reason: str | None,
    ) -> None:
        """The websocket is closed: so is the session."""
        if self.delivery is not None:
            self.delivery.close()
        self._log_out()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The transport is gone, also if there never was a websocket on it."""
        if self._late is not None and self._late.active():
            self._late.cancel()
        super().connectionLost(reason)
        self.factory.clients.discard(self)
        self.factory.admission.left(len(self.factory.clients))
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.callback(None)

    def when_closed(self) -> Deferred[None]:
        """Fires when the transport is gone."""
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
        """Autobahn drops the line: in good order, but without waiting for ever.

        Autobahn would reset the connection after the peer's answer to our close, which
        can overtake the close itself.
        """
        abort = abort and not self.wasClean
        super()._closeConnection(abort)
        if not abort and self._late is None and self in self.factory.clients:
            self._late = self.factory.reactor.callLater(
                _LINGER, self.transport.abortConnection
            )

    def cut_off(self, reason: str) -> None:
        """End the connection: too much waits for the client, or it reads nothing."""
        self.log.warn("{peer}: {reason}; closed", peer=self.peer, reason=reason)
        # One that reads on is to find out why.
        self.closeHandshakeTimeout = _LAST_CHANCE
        self.refuse(POLICY_VIOLATION, reason)

    def hold(self, reason: str, wait: bool) -> None:
        """Read no more commands as long as there is any reason to."""
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
    """Makes a protocol for each client and knows them all.

    :param portal: checks credentials and gives sessions.
    :param paths: the URL paths that have the websocket.
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
        self.closing: str | None = None
        self._ready = False
        self._waiting: list[Deferred[None]] = []
        self.setProtocolOptions(  # type: ignore[no-untyped-call]
            maxMessagePayloadSize=limits.message,
            maxFramePayloadSize=limits.message,
            webStatus=False,
            # A violation ends with a close code that says so, not with a dropped line.
            failByDrop=False,
            openHandshakeTimeout=30,
            closeHandshakeTimeout=2,
        )

    def buildProtocol(self, addr: Any) -> Any:
        """One for a connection, unless far too many are there already."""
        if not self.admission.has_line(len(self.clients)):
            return None
        return super().buildProtocol(addr)

    def be_ready(self) -> None:
        """Let those who have connected meanwhile, and all others, log in."""
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
        """Send all clients away with 1001; fires when they are gone."""
        self.closing = reason
        clients = list(self.clients)
        for client in clients:
            client.refuse(GOING_AWAY, reason)
            if client.state in (client.STATE_CONNECTING, client.STATE_CLOSED):
                client.transport.abortConnection()
        return gatherResults([client.when_closed() for client in clients])
