"""The gateway dials: a connection to a peer, made again whenever it is lost."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IDelayedCall, IStreamClientEndpoint
from twisted.internet.protocol import connectionDone
from twisted.internet.ssl import (
    Certificate,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.python.failure import Failure

from oagw.config.secret import Hidden
from oagw.systems.remote.peerpresence import Presence
from oagw.systems.remote.peerwebsocket import (
    PING,
    LinkProtocol,
)

#: Seconds until a connection must be there.
_PATIENCE = 10
#: Seconds after the first failure; after each further one it is twice as long.
_FIRST_DELAY = 0.5


class DialError(Exception):
    """A peer cannot be dialled as configured; the text says why."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Where to dial.

    :ivar url: without credentials, which go nowhere but to the peer.
    :ivar trust: the certificates (PEM) that the peer's must come from; none is the
        machine's own.
    :ivar longest: seconds between two attempts at most.
    """

    url: str
    user: str
    password: Hidden
    trust: Sequence[x509.Certificate] = ()
    longest: float = 30.0

    @property
    def is_tls(self) -> bool:
        """Whether the connection is secret."""
        return urlsplit(self.url).scheme == "wss"


def read_trust(path: Path) -> list[x509.Certificate]:
    """The certificates of a file.

    :raises DialError: it has none.
    """
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise DialError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise DialError(f"{path}: it has no certificate in PEM form") from error


def check_url(url: str) -> None:
    """Refuse what cannot be dialled.

    :raises DialError: says what is wrong.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise DialError(str(error)) from error
    if parts.scheme not in ("wss", "ws") or not parts.hostname:
        raise DialError("must be wss://host:port/path")
    if parts.query or parts.fragment or "@" in parts.netloc or port == 0:
        raise DialError(
            "only host, port and path belong into it; user and password have keys"
        )


class _Protocol(LinkProtocol, WebSocketClientProtocol):  # type: ignore[misc]
    """A connection that was dialled."""

    factory: _Factory

    def onOpen(self) -> None:
        """The handshake is complete."""
        self.factory.dialler.opened(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The transport is gone."""
        super().connectionLost(reason)
        self.factory.dialler.lost(self)


class _Factory(WebSocketClientFactory):
    """Makes the protocol of an attempt."""

    protocol = _Protocol  # type: ignore[assignment]
    noisy = False

    def __init__(self, dialler: Dialler, url: str, reactor: Any) -> None:
        super().__init__(url, reactor=reactor, useragent="oagw")  # type: ignore[no-untyped-call]
        self.dialler = dialler
        self.setProtocolOptions(  # type: ignore[no-untyped-call]
            openHandshakeTimeout=_PATIENCE,
            closeHandshakeTimeout=2,
            # Reading the JSON does that too.
            utf8validateIncoming=False,
            autoPingInterval=PING,
            autoPingTimeout=PING,
        )


class Dialler:
    """Keeps a system connected to its peer."""

    dials = True

    def __init__(self, peer: Peer, reactor: Any) -> None:
        self._peer = peer
        self._reactor = reactor
        self._presence: Presence | None = None
        self._attempt: Deferred[Any] | None = None
        self._protocol: _Protocol | None = None
        self._again: IDelayedCall | None = None
        self._failures = 0
        self._stopped: Deferred[None] | None = None

    def start(self, presence: Presence) -> None:
        """Connect now, and again whenever that is lost."""
        self._presence = presence
        self._dial()

    def stop(self) -> Deferred[None]:
        """End the connection, and make no more; fires when it is gone."""
        self._presence = None
        if self._again is not None and self._again.active():
            self._again.cancel()
        if self._attempt is not None:
            self._attempt.cancel()
        if self._protocol is None:
            return succeed(None)
        self._stopped = Deferred()
        self._protocol.drop("the gateway stops")
        return self._stopped

    def _dial(self) -> None:
        peer = self._peer
        login = urlencode({"username": peer.user, "password": peer.password.reveal()})
        factory = _Factory(self, f"{peer.url}?{login}", self._reactor)
        self._attempt = self._endpoint().connect(factory)
        self._attempt.addCallbacks(self._connected, self._not_connected)

    def _endpoint(self) -> IStreamClientEndpoint:
        parts = urlsplit(self._peer.url)
        host = parts.hostname or ""
        port = parts.port or (443 if self._peer.is_tls else 80)
        plain = HostnameEndpoint(self._reactor, host, port, timeout=_PATIENCE)
        if not self._peer.is_tls:
            return plain
        trust: Any = platformTrust()
        if self._peer.trust:
            pems = [one.public_bytes(Encoding.PEM) for one in self._peer.trust]
            trust = trustRootFromCertificates(map(Certificate.loadPEM, pems))
        endpoint: IStreamClientEndpoint = wrapClientTLS(
            optionsForClientTLS(host, trustRoot=trust), plain
        )
        return endpoint

    def _connected(self, protocol: _Protocol) -> None:
        self._attempt = None
        self._protocol = protocol
        if self._presence is None:
            protocol.drop("the gateway stops")

    def _not_connected(self, failure: Failure) -> None:
        self._attempt = None
        if self._presence is not None:
            self._presence.failed(failure.getErrorMessage())
            self._dial_later()

    def opened(self, protocol: _Protocol) -> None:
        """A websocket is open."""
        if self._presence is not None:
            protocol.begin(self._presence)

    def lost(self, protocol: _Protocol) -> None:
        """A connection is gone."""
        self._protocol = None
        stopped, self._stopped = self._stopped, None
        if stopped is not None:
            stopped.callback(None)
        if self._presence is None:
            return
        if protocol.link is None:
            self._presence.failed(protocol.why)
        elif protocol.link.was_good:
            self._failures = 0
        self._dial_later()

    def _dial_later(self) -> None:
        delay = min(_FIRST_DELAY * 2**self._failures, self._peer.longest)
        self._failures = min(self._failures + 1, 20)
        # Gateways that lost the same peer must not all come back at the same moment.
        delay *= random.uniform(0.75, 1.25)
        self._again = self._reactor.callLater(delay, self._dial)
