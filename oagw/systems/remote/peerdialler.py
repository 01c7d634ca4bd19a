"""Dials a peer, and again whenever the connection is lost."""

from __future__ import annotations

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
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import connectionDone
from twisted.internet.ssl import (
    Certificate,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.python.failure import Failure

from oagw.config.secret import Hidden
from oagw.systems.redial import Redial
from oagw.systems.remote.peerpresence import PeerPresence
from oagw.systems.remote.peerwebsocket import PING, LinkProtocol

#: Seconds after which an attempt to connect is given up.
_PATIENCE = 10


class DialError(Exception):
    """The configuration of a peer is wrong; the text says why."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Where to dial.

    :ivar url: without user and password, so that it may be shown.
    :ivar trust: the peer's certificate must be one of these (PEM) or issued by one; by
        default the machine's certificate authorities are trusted.
    :ivar longest: upper limit of the seconds between two attempts.
    """

    url: str
    user: str
    password: Hidden
    trust: Sequence[x509.Certificate] = ()
    longest: float = 30.0

    @property
    def is_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return urlsplit(self.url).scheme == "wss"


def read_trust(path: Path) -> list[x509.Certificate]:
    """Read the certificates of a PEM file.

    :raises DialError: the file cannot be read, or has no certificate.
    """
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise DialError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise DialError(f"{path}: it has no certificate in PEM form") from error


def check_url(url: str) -> None:
    """Check the URL of a peer.

    :raises DialError: the text says what is wrong.
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


class _DialledProtocol(LinkProtocol, WebSocketClientProtocol):  # type: ignore[misc]
    """A dialled connection."""

    factory: _DialFactory

    def onOpen(self) -> None:
        """The handshake is complete."""
        self.factory.dialler.opened(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The transport is closed."""
        super().connectionLost(reason)
        self.factory.dialler.lost(self)


class _DialFactory(WebSocketClientFactory):
    """Creates the protocol of one attempt."""

    protocol = _DialledProtocol  # type: ignore[assignment]
    noisy = False

    def __init__(self, dialler: PeerDialler, url: str, reactor: Any) -> None:
        super().__init__(url, reactor=reactor, useragent="oagw")  # type: ignore[no-untyped-call]
        self.dialler = dialler
        self.setProtocolOptions(  # type: ignore[no-untyped-call]
            openHandshakeTimeout=_PATIENCE,
            closeHandshakeTimeout=2,
            # Reading the JSON checks that too.
            utf8validateIncoming=False,
            autoPingInterval=PING,
            autoPingTimeout=PING,
        )


class PeerDialler:
    """Keeps a system connected to its peer."""

    dials = True

    def __init__(self, peer: Peer, reactor: Any) -> None:
        self._peer = peer
        self._reactor = reactor
        self._presence: PeerPresence | None = None
        self._attempt: Deferred[Any] | None = None
        self._protocol: _DialledProtocol | None = None
        self._redial = Redial(self._dial, reactor, peer.longest)
        self._stopped: Deferred[None] | None = None

    def start(self, presence: PeerPresence) -> None:
        """Connect now, and again whenever that is lost."""
        self._presence = presence
        self._dial()

    def stop(self) -> Deferred[None]:
        """Close the connection and stop dialling; fires when it is closed."""
        self._presence = None
        self._redial.cancel()
        if self._attempt is not None:
            self._attempt.cancel()
        if self._protocol is None:
            return succeed(None)
        self._stopped = Deferred()
        self._protocol.drop("the gateway is stopping")
        return self._stopped

    def _dial(self) -> None:
        peer = self._peer
        login = urlencode({"username": peer.user, "password": peer.password.reveal()})
        factory = _DialFactory(self, f"{peer.url}?{login}", self._reactor)
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

    def _connected(self, protocol: _DialledProtocol) -> None:
        self._attempt = None
        self._protocol = protocol
        if self._presence is None:
            protocol.drop("the gateway is stopping")

    def _not_connected(self, failure: Failure) -> None:
        self._attempt = None
        if self._presence is not None:
            self._presence.failed(failure.getErrorMessage())
            self._redial.schedule()

    def opened(self, protocol: _DialledProtocol) -> None:
        """Give an open websocket to the presence."""
        if self._presence is not None:
            protocol.begin(self._presence)

    def lost(self, protocol: _DialledProtocol) -> None:
        """Dial again after a connection was closed."""
        self._protocol = None
        stopped, self._stopped = self._stopped, None
        if stopped is not None:
            stopped.callback(None)
        if self._presence is None:
            return
        if protocol.link is None:
            self._presence.failed(protocol.why)
        elif protocol.link.was_good:
            self._redial.reset()
        self._redial.schedule()
