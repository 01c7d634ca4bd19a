"""Transports of clients: they write at once, have TLS in the socket, and end in order.

Twisted's own transports wait for the reactor before they write, and its TLS copies every
byte through its own buffers; both cost more than the encryption (docs/performance.rst).
"""

from __future__ import annotations

import socket
import ssl
from array import array
from contextlib import suppress
from fcntl import ioctl
from termios import FIONREAD
from typing import Any, TypeAlias, cast

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IListeningPort, IPushProducer, IReactorCore
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST
from twisted.internet.protocol import Factory
from twisted.internet.tcp import Port, Server

#: The reason for the end of a connection, for the reactor; ``None`` if it goes on.
Ending: TypeAlias = ConnectionLost | ConnectionDone | None

#: The most connections that wait to be accepted, and the most that are accepted in one turn
#: of the reactor: each costs a handshake, and other clients must not wait for long.
_BACKLOG = 1024
_ACCEPTS = 8
_READ = 1 << 16
#: Bytes that the kernel may hold before they are sent. What waits for a slow client should
#: wait here, where updates can be conflated.
_UNSENT = 1 << 17


def _has_more(sock: socket.socket) -> bool:
    """Whether more can be read now; this costs less than a read that finds nothing."""
    count = array("i", [0])
    ioctl(sock, FIONREAD, count)
    return count[0] > 0


class DirectServer(Server):
    """A client's TCP connection.

    It pauses its producer as soon as the kernel does not accept all bytes.

    :ivar bytes_sent: bytes that the kernel has accepted so far; it accepts more when the
        peer reads.
    """

    bytes_sent = 0
    _draining = False

    def __init__(self, sock: socket.socket, *arguments: Any) -> None:
        # If the peer has left already, a read reports it.
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT)
        super().__init__(sock, *arguments)

    @property
    def bytes_waiting(self) -> int:
        """Bytes that the kernel has not accepted yet."""
        return len(self.dataBuffer) - self.offset + self._tempDataLen

    def write(self, data: bytes) -> None:
        """Send what the kernel accepts now, and keep the rest."""
        if not data or not self.connected or self._writeDisconnected:
            return
        if not (self.dataBuffer or self._tempDataBuffer):
            sent = self.writeSomeData(data)
            if sent == len(data):
                return
            # An error of the connection is reported when the reactor writes.
            if isinstance(sent, int) and sent:
                data = data[sent:]
        super().write(data)
        if self.producer is not None and not self.producerPaused:
            self.producerPaused = True
            cast(IPushProducer, self.producer).pauseProducing()

    def writeSomeData(self, data: bytes) -> int | ConnectionLost:
        """Send what the kernel accepts."""
        sent = super().writeSomeData(data)
        if isinstance(sent, int):
            self.bytes_sent += sent
        return sent

    def doRead(self) -> Ending:  # type: ignore[override]
        """Read, and pass the bytes on."""
        if self._draining:
            return self._drain()
        return super().doRead()

    def _postLoseConnection(self) -> Ending:
        """Shut down the sending side after the last write, and wait for the peer.

        A socket that is closed while bytes of the peer wait in it resets the connection,
        and the last bytes that were sent are lost.
        """
        try:
            self._say_goodbye()
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            return CONNECTION_DONE
        self._draining = True
        self.startReading()
        return None

    def _say_goodbye(self) -> None:
        """End the protocol above TCP."""

    def _drain(self) -> Ending:
        try:
            rest = self.socket.recv(_READ)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except OSError:
            return CONNECTION_DONE
        return None if rest else CONNECTION_DONE


class TlsServer(DirectServer):
    """A client's TLS connection, with Python's ``ssl`` on the socket itself."""

    _is_shaken = False

    def __init__(
        self,
        sock: socket.socket,
        protocol: Any,
        client: tuple[object, ...],
        server: DirectPort,
        *arguments: Any,
    ) -> None:
        assert server.tls is not None
        self._is_broken = False
        try:
            sock = server.tls.wrap_socket(
                sock, server_side=True, do_handshake_on_connect=False
            )
        except OSError:
            # The connection was reset before it was accepted, and its socket is closed now.
            # The reactor needs a further event to report that to the protocol.
            sock = socket.socket()
            self._is_broken = True
        super().__init__(sock, protocol, client, server, *arguments)

    @property
    def _tls(self) -> ssl.SSLSocket:
        return cast(ssl.SSLSocket, self.socket)

    def write(self, data: bytes) -> None:
        """Send at once, or after the handshake."""
        if self._is_shaken:
            super().write(data)
        elif data and self.connected:
            self._tempDataBuffer.append(data)
            self._tempDataLen += len(data)

    def loseConnection(self) -> None:
        """End it when all is written; at once before the end of the handshake."""
        if self._is_shaken:
            super().loseConnection()
        else:
            self.abortConnection()

    def doRead(self) -> Ending:  # type: ignore[override]
        """Read and pass the bytes on, or continue the handshake."""
        if not self._is_shaken:
            return self._shake()
        if self._draining:
            return self._drain()
        data, ending = self._receive()
        failed = self._dataReceived(data) if data else None
        return failed or ending

    def _receive(self) -> tuple[bytes, Ending]:
        """All records that have come, up to a limit, and whether that was the end.

        The replies to all of them are one write.
        """
        data = b""
        try:
            while len(data) < _READ:
                record = self._tls.recv(_READ)
                if not record:
                    return data, CONNECTION_DONE
                data += record
                if not _has_more(self.socket):
                    break
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLWantWriteError:
            # TLS has to write first, because of a change of keys.
            self.startWriting()
        except OSError:
            return data, CONNECTION_LOST
        return data, None

    def _shake(self) -> Ending:
        if self._is_broken:
            return CONNECTION_LOST
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLWantWriteError:
            self.startWriting()
            return None
        except OSError:
            return CONNECTION_LOST
        self._is_shaken = True
        if self._tempDataBuffer:
            self.startWriting()
        # The first request may have come together with the end of the handshake.
        return self.doRead()

    def doWrite(self) -> Ending:  # type: ignore[override]
        """Write what waits, or continue the handshake."""
        if not self._is_shaken:
            self.stopWriting()
            return self._shake()
        if not (self.dataBuffer or self._tempDataBuffer or self.disconnecting):
            self.stopWriting()
            return self.doRead()
        result: Ending = super().doWrite()
        return result

    def writeSomeData(self, data: bytes) -> int | ConnectionLost:
        """Send what the kernel accepts; bytes that it does not accept must come again."""
        if len(data) > self.SEND_LIMIT:
            data = memoryview(data)[: self.SEND_LIMIT]  # type: ignore[assignment]
        try:
            sent = self.socket.send(data)
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return 0
        except OSError:
            return CONNECTION_LOST
        self.bytes_sent += sent
        return sent

    def _say_goodbye(self) -> None:
        # It is sent, and then looks for the peer's reply, which has not come yet or is
        # behind other data. That is ignored.
        with suppress(ssl.SSLError):
            self._tls.unwrap()


class DirectPort(Port):
    """A listening port that makes these transports.

    :ivar tls: the TLS context of its connections; ``None``: they have no TLS.
    """

    def __init__(
        self, tls: ssl.SSLContext | None, port: int, factory: Factory, *arguments: Any
    ) -> None:
        super().__init__(port, factory, *arguments)
        self.tls = tls
        self.transport = DirectServer if tls is None else TlsServer  # type: ignore[assignment]

    def doRead(self) -> None:
        """Accept some of the connections that wait."""
        self.numberAccepts = _ACCEPTS
        super().doRead()


class DirectListening:
    """A reactor with our own listeners on TCP; everything else is the reactor's own.

    :param tls: the TLS context of connections; ``None``: they have no TLS.
    """

    def __init__(self, reactor: IReactorCore, tls: ssl.SSLContext | None) -> None:
        self._reactor = reactor
        self._tls = tls

    def listenTCP(
        self, port: int, factory: Factory, backlog: int = 50, interface: str = ""
    ) -> IListeningPort:
        """Listen on TCP; see :class:`twisted.internet.interfaces.IReactorTCP`."""
        many = max(backlog, _BACKLOG)
        listening = DirectPort(self._tls, port, factory, many, interface, self._reactor)
        listening.startListening()
        return cast(IListeningPort, listening)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)
