"""The bare server that oagw is compared with: only Autobahn on Twisted over TLS.

Run as ``python -m benchmarks.bare CERTIFICATE PRIVATE_KEY FILE [plain]``; writes its port
into the file. With ``plain`` it has no TLS.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionRequest
from twisted.internet import reactor as installed_reactor
from twisted.internet.ssl import PrivateCertificate

ECHO = "/echo"
SUBSCRIBE = "/subscribe"
PUBLISH = "/publish"


class BareProtocol(WebSocketServerProtocol):
    """Sends each message back, or to all subscribers, as the URL path says."""

    factory: BareFactory
    transport: Any
    path = ""

    def onConnect(self, request: ConnectionRequest) -> None:
        """Remember the path."""
        self.path = request.path

    def onOpen(self) -> None:
        """Set TCP_NODELAY, for Autobahn's own attempt fails; note subscribers."""
        self.transport.setTcpNoDelay(True)
        if self.path == SUBSCRIBE:
            self.factory.subscribers.add(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Send it on as it is."""
        if self.path == PUBLISH:
            for subscriber in self.factory.subscribers:
                subscriber.sendMessage(payload, isBinary)  # type: ignore[no-untyped-call]
        else:
            self.sendMessage(payload, isBinary)  # type: ignore[no-untyped-call]

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """Forget a subscriber."""
        self.factory.subscribers.discard(self)


class BareFactory(WebSocketServerFactory):
    """Makes the protocols and knows the subscribers."""

    protocol = BareProtocol  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__(server="bare")  # type: ignore[no-untyped-call]
        self.subscribers: set[BareProtocol] = set()


def main() -> None:
    """Serve until the process is ended."""
    reactor: Any = installed_reactor
    certificate, private_key, listening = map(Path, sys.argv[1:4])
    if sys.argv[4:] == ["plain"]:
        port = reactor.listenTCP(0, BareFactory(), interface="127.0.0.1")
    else:
        pem = certificate.read_bytes() + private_key.read_bytes()
        tls = PrivateCertificate.loadPEM(pem).options()
        port = reactor.listenSSL(0, BareFactory(), tls, interface="127.0.0.1")
    listening.write_text(f"{port.getHost().port}\n", encoding="ascii")
    reactor.run()


if __name__ == "__main__":
    main()
