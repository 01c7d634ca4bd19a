"""Our transports with real sockets: TLS, slow readers, ends in good order."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import struct
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from twisted.internet import reactor as installed_reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from oagw.server.listeners import parse_listener
from oagw.server.tls import load_context, make_local_certificate
from oagw.server.transport import DirectServer, TlsServer

_T = TypeVar("_T")
reactor: Any = installed_reactor


@implementer(IPushProducer)
class _Peer(Protocol):
    """The server's side; it is its transport's producer."""

    transport: Any

    def __init__(self) -> None:
        self.received = b""
        self.paused = 0
        self.resumed: Deferred[None] = Deferred()
        self.lost: Deferred[object] = Deferred()
        self.on_data: Callable[[bytes], None] = lambda data: None

    def connectionMade(self) -> None:
        self.transport.registerProducer(self, True)

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        self.on_data(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost.callback(type(reason.value))

    def end(self) -> None:
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def pauseProducing(self) -> None:
        self.paused += 1

    def resumeProducing(self) -> None:
        if not self.resumed.called:
            self.resumed.callback(None)

    def stopProducing(self) -> None:
        """The connection is gone."""


class _Peers(Factory):
    noisy = False

    def __init__(self) -> None:
        self.waiting: Deferred[_Peer] = Deferred()
        self.set_up: Callable[[_Peer], None] = lambda peer: None

    def buildProtocol(self, addr: object) -> _Peer:
        peer = _Peer()
        self.set_up(peer)
        reactor.callLater(0, self.waiting.callback, peer)
        return peer


class PlainTests(TestCase):
    """Both kinds do the same; these are without TLS."""

    timeout = 300
    scheme = "ws"
    kind: type[DirectServer] = DirectServer

    async def setUp(self) -> None:  # type: ignore[override]
        directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, directory)
        files = directory / "certificate.pem", directory / "key.pem"
        make_local_certificate(*files, datetime.now(UTC))
        self.trusted = ssl.create_default_context(cafile=files[0])
        self.factory = _Peers()
        listener = parse_listener(f"{self.scheme}://127.0.0.1:0/", "/", reactor)
        self.port: Any = await listener.listen(reactor, self.factory, load_context(*files))
        self.addCleanup(self.port.stopListening)

    def dial(self) -> socket.socket:
        """Connect; in a thread."""
        client = socket.create_connection(("127.0.0.1", self.port.getHost().port), 20)
        # The end must be said, not only happen.
        return self.wrapped(client)

    def wrapped(self, client: socket.socket) -> socket.socket:
        return client

    async def with_client(self, work: Callable[[socket.socket], _T]) -> _T:
        """What a blocking client comes to, which is closed afterwards."""

        def run() -> _T:
            with self.dial() as client:
                return work(client)

        return await deferToThread(run)

    async def peer_gone(self) -> object:
        peer = await self.factory.waiting
        return await peer.lost

    async def test_all_lengths(self) -> None:
        """Whatever is written comes, at the edges of records and of single sends."""
        lengths = [1, 16383, 16384, 16385, 131072, 131073, 3_000_000]
        self.factory.set_up = lambda peer: setattr(
            peer,
            "on_data",
            lambda data: [peer.transport.write(b"%d" % (n % 10) * n) for n in lengths],
        )

        def read(client: socket.socket) -> list[int]:
            client.sendall(b"go")
            left = sum(lengths)
            data = bytearray()
            while len(data) < left:
                data += client.recv(65536)
            at, found = 0, []
            for n in lengths:
                found.append(data[at : at + n].count(b"%d" % (n % 10)))
                at += n
            return found

        self.assertEqual(await self.with_client(read), lengths)
        await self.peer_gone()
        peer = await self.factory.waiting
        self.assertGreater(peer.paused, 0)

    async def test_what_is_received(self) -> None:
        """Long and short, in its order; also what came before reading was paused."""

        def stop(peer: _Peer) -> None:
            def on_data(data: bytes) -> None:
                peer.transport.pauseProducing()
                reactor.callLater(0, peer.transport.resumeProducing)
                if len(peer.received) == len(sent):
                    peer.transport.write(b".")

            peer.on_data = on_data

        self.factory.set_up = stop
        sent = b"".join(b"%07d" % number for number in range(100_000))

        def write(client: socket.socket) -> None:
            client.sendall(sent[:10])
            client.sendall(sent[10:])
            client.recv(1)

        await self.with_client(write)
        await self.peer_gone()
        peer = await self.factory.waiting
        self.assertEqual(peer.received, sent)

    def say_end(self, client: socket.socket) -> None:
        """Announce that nothing more is sent."""
        client.shutdown(socket.SHUT_WR)

    async def test_what_came_before_the_end(self) -> None:
        """It is received, also when the end is there already, and then the end is."""
        client = await deferToThread(self.dial)
        self.addCleanup(client.close)
        peer = await self.factory.waiting
        # The reactor does not turn in between, and finds all of it.
        for text in (b"first,", b"second,", b"last"):
            client.sendall(text)
        self.say_end(client)
        self.assertIs(await peer.lost, ConnectionDone)
        self.assertEqual(peer.received, b"first,second,last")

    async def test_a_slow_reader(self) -> None:
        """The producer is paused when the kernel has enough, and goes on later."""
        data = bytes(8_000_000)
        self.factory.set_up = lambda peer: setattr(
            peer, "on_data", lambda _: peer.transport.write(data)
        )

        def read_late(client: socket.socket) -> int:
            client.sendall(b"go")
            done = 0
            while done < len(data):
                done += len(client.recv(65536))
            return done

        self.assertEqual(await self.with_client(read_late), len(data))
        peer = await self.factory.waiting
        self.assertEqual(peer.paused, 1)
        await peer.resumed
        await peer.lost

    async def test_the_end_comes_last(self) -> None:
        """All that was written is read before the end, whatever the peer still sends."""
        data = bytes(range(256)) * 8000

        def finish(peer: _Peer) -> None:
            def on_data(_: bytes) -> None:
                peer.transport.write(data)
                peer.end()

            peer.on_data = on_data

        self.factory.set_up = finish

        def talk(client: socket.socket) -> bytes:
            client.sendall(b"go")
            found = b""
            while piece := client.recv(65536):
                found += piece
                client.sendall(b"more")
            return found

        self.assertEqual(await self.with_client(talk), data)
        reason = await self.peer_gone()
        self.assertIs(reason, ConnectionDone)

    async def test_aborted(self) -> None:
        """What waits is dropped with the connection."""
        self.factory.set_up = lambda peer: setattr(
            peer,
            "on_data",
            lambda _: (
                peer.transport.write(bytes(20_000_000)),
                peer.transport.abortConnection(),
            ),
        )

        def read(client: socket.socket) -> int:
            client.sendall(b"go")
            count = 0
            try:
                while piece := client.recv(65536):
                    count += len(piece)
            except OSError:
                return count
            return count

        self.assertLess(await self.with_client(read), 20_000_000)
        await self.peer_gone()

    async def test_reset_before_it_is_accepted(self) -> None:
        """The next one is served all the same."""

        def reset_then_talk() -> bytes:
            client = socket.create_connection(("127.0.0.1", self.port.getHost().port), 20)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            return b""

        await deferToThread(reset_then_talk)
        await self.peer_gone()
        self.factory.waiting = Deferred()
        self.factory.set_up = lambda peer: setattr(
            peer, "on_data", lambda data: peer.transport.write(data)
        )

        def echo(client: socket.socket) -> bytes:
            client.sendall(b"hello")
            return client.recv(100)

        self.assertEqual(await self.with_client(echo), b"hello")
        await self.peer_gone()

    async def test_options(self) -> None:
        """Small writes leave at once, dead peers are noticed, the kernel keeps little."""

        def talk(client: socket.socket) -> None:
            client.sendall(b"x")

        peer_made = self.factory.waiting
        talking = self.with_client(talk)
        done = Deferred.fromCoroutine(talking)
        peer = await peer_made
        self.assertIsInstance(peer.transport, self.kind)
        sock = peer.transport.getHandle()
        self.assertTrue(peer.transport.getTcpNoDelay())
        self.assertTrue(peer.transport.getTcpKeepAlive())
        self.assertEqual(
            sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT), 131072
        )
        await done
        await peer.lost


class TlsTests(PlainTests):
    """The same with TLS, and what TLS alone has."""

    scheme = "wss"
    kind = TlsServer

    def wrapped(self, client: socket.socket) -> socket.socket:
        return self.trusted.wrap_socket(
            client, server_hostname="localhost", suppress_ragged_eofs=False
        )

    def say_end(self, client: socket.socket) -> None:
        client.setblocking(False)
        # What the peer answers is not waited for.
        with contextlib.suppress(ssl.SSLWantReadError):
            cast(ssl.SSLSocket, client).unwrap()

    async def test_resumption(self) -> None:
        """A client that comes back does without the costly half of the handshake."""

        def twice(version: ssl.TLSVersion) -> list[bool]:
            self.trusted.maximum_version = version
            used = []
            session = None
            for _ in range(2):
                address = ("127.0.0.1", self.port.getHost().port)
                with self.trusted.wrap_socket(
                    socket.create_connection(address, 20),
                    server_hostname="localhost",
                    session=session,
                ) as client:
                    client.sendall(b"x")
                    client.recv(1)
                    session = client.session
                    used.append(bool(client.session_reused))
            return used

        self.factory.set_up = lambda peer: setattr(
            peer, "on_data", lambda data: peer.transport.write(data)
        )
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            peers: list[_Peer] = []
            built = self.factory.buildProtocol

            def build(
                addr: object,
                peers: list[_Peer] = peers,
                built: Callable[[object], _Peer] = built,
            ) -> _Peer:
                self.factory.waiting = Deferred()
                peer = built(addr)
                peers.append(peer)
                return peer

            self.patch(self.factory, "buildProtocol", build)
            self.assertEqual(await deferToThread(twice, version), [False, True], version)
            for peer in peers:
                await peer.lost
            self.patch(self.factory, "buildProtocol", built)

    async def test_no_tls_at_all(self) -> None:
        """Who speaks something else is cut off, and nothing is logged as an error."""

        def talk() -> bytes:
            address = ("127.0.0.1", self.port.getHost().port)
            with socket.create_connection(address, 20) as client:
                client.sendall(b"GET / HTTP/1.1\r\n\r\n")
                try:
                    return client.recv(100)
                except ConnectionResetError:
                    return b""

        self.assertNotIn(b"HTTP", await deferToThread(talk))
        reason = await self.peer_gone()
        self.assertIs(reason, ConnectionLost)
        self.assertEqual(self.flushLoggedErrors(), [])

    async def test_old_versions_are_refused(self) -> None:
        """TLS 1.1 finds no listener."""
        self.trusted.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        self.trusted.maximum_version = ssl.TLSVersion.TLSv1_1
        self.trusted.set_ciphers("DEFAULT@SECLEVEL=0")
        with self.assertRaises(ssl.SSLError):
            await self.with_client(lambda client: None)
        await self.peer_gone()

    async def test_written_before_the_handshake(self) -> None:
        """It waits for the handshake."""

        def greet(peer: _Peer) -> None:
            peer.connectionMade = (  # type: ignore[method-assign]
                lambda: peer.transport.write(b"welcome")
            )

        self.factory.set_up = greet
        self.assertEqual(
            await self.with_client(lambda client: client.recv(100)), b"welcome"
        )
        await self.peer_gone()

    async def test_ended_before_the_handshake(self) -> None:
        """There is no peer to say goodbye to."""

        def connect() -> socket.socket:
            return socket.create_connection(("127.0.0.1", self.port.getHost().port), 20)

        client = await deferToThread(connect)
        self.addCleanup(client.close)
        peer = await self.factory.waiting
        peer.end()
        self.assertIs(await peer.lost, ConnectionAborted)
        with self.assertRaises(ConnectionResetError):
            await deferToThread(client.recv, 1)
