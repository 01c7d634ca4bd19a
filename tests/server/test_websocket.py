"""The websocket edge over a real TLS socket, with everything behind it faked."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import IRealm, Portal
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import SSL4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.ssl import CertificateOptions
from twisted.logger import ILogObserver, formatEvent, globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from zope.interface import Interface, implementer

from oagw.interfaces.sessions import ISession, SessionLoad
from oagw.server.delivery import Bounds
from oagw.server.listeners import parse_listener
from oagw.server.tls import load_context, make_local_certificate
from oagw.server.websocket import Limits, OagwFactory
from oagw.wire.codec import Message
from tests.server.test_frames import frame


@implementer(ISession)
class Echo:
    """Answers each frame with what the test says."""

    def __init__(self, outlet: Any, answers: Callable[[bytes], list[bytes]]) -> None:
        self.outlet = outlet
        self.answers = answers
        self.closed = False

    user = "anna"

    def load(self) -> SessionLoad:
        return SessionLoad(0, 0, 0, 0)

    def receive(self, frame: bytes) -> None:
        for answer in self.answers(frame):
            self.outlet.send(Message(answer))

    def refuse_binary(self, frame: bytes) -> None:
        self.outlet.send(Message(b"binary"))

    def close(self) -> None:
        self.closed = True


@implementer(IRealm)
class EchoRealm:
    def __init__(self, answers: Callable[[bytes], list[bytes]]) -> None:
        self.answers = answers
        self.sessions: list[Echo] = []

    def requestAvatar(
        self, avatarId: bytes | tuple[()], mind: object, *interfaces: type[Interface]
    ) -> tuple[type[Interface], object, Callable[[], None]]:
        session = Echo(mind, self.answers)
        self.sessions.append(session)
        return ISession, session, session.close


class _Client(WebSocketClientProtocol):
    """Collects what comes; ``got`` fires at the wanted number of messages."""

    transport: Any

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[bytes] = []
        self.wanted = 0
        self.got: Deferred[list[bytes]] = Deferred()
        self.opened: Deferred[None] = Deferred()
        self.ended: Deferred[tuple[int | None, str | None]] = Deferred()

    def onOpen(self) -> None:
        self.opened.callback(None)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.messages.append(payload)
        if len(self.messages) == self.wanted:
            self.got.callback(self.messages)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.ended.callback((code, reason))


class _Reader(Protocol):
    """Reads until the line is closed."""

    def __init__(self) -> None:
        self.ended: Deferred[str] = Deferred()
        self._content = b""

    def dataReceived(self, data: bytes) -> None:
        self._content += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.ended.callback(self._content.decode())


class WebsocketTests(TestCase):
    timeout = 300

    async def serve(
        self,
        answers: Callable[[bytes], list[bytes]] = lambda frame: [frame],
        users: Mapping[str, str] = {"demo": "demo"},
        **limits: int,
    ) -> None:
        """Listen on a free port."""
        directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, directory)
        files = directory / "certificate.pem", directory / "key.pem"
        make_local_certificate(*files, datetime.now(UTC))
        self.realm = EchoRealm(answers)
        checker = InMemoryUsernamePasswordDatabaseDontUse()
        checker.users = {name.encode(): word.encode() for name, word in users.items()}
        bounds = Bounds(
            queue=limits.get("queue", 2**16),
            delay=0.5,
            unsent=limits.get("unsent", 2**20),
            stall=limits.get("stall", 60),
        )
        allowed = Limits(
            limits.get("connections", 10), limits.get("message", 2**20), bounds
        )
        self.factory = OagwFactory(
            Portal(self.realm, [checker]), {"/winccoa"}, allowed, reactor
        )
        self.factory.be_ready()
        listener = parse_listener("wss://127.0.0.1:0/winccoa", "/winccoa", reactor)
        self.port = await listener.listen(reactor, self.factory, load_context(*files))
        self.addCleanup(self.port.stopListening)

    async def connect(self, query: str = "?username=demo&password=demo") -> _Client:
        """A client that has made the handshake."""
        address: Any = self.port.getHost()
        factory = WebSocketClientFactory(f"wss://127.0.0.1:{address.port}/winccoa{query}")
        factory.protocol = _Client
        endpoint = SSL4ClientEndpoint(
            reactor, "127.0.0.1", address.port, CertificateOptions()
        )
        wrapped: Factory = factory
        client: _Client = await endpoint.connect(wrapped)
        self.addCleanup(lambda: client.ended)
        self.addCleanup(self.drop, client)
        await client.opened
        return client

    def drop(self, client: _Client) -> None:
        """End a connection that a test has left open."""
        if not client.ended.called:
            client.transport.abortConnection()

    async def ask(self, client: _Client, frames: list[bytes], wanted: int) -> list[bytes]:
        """Send frames and wait for messages."""
        client.wanted = wanted
        for one in frames:
            client.sendMessage(one)
        return await client.got

    async def test_frames_of_all_lengths(self) -> None:
        """Our frames are what a websocket client reads, at each length form's edge."""
        lengths = [0, 1, 125, 126, 127, 65535, 65536, 300_000]
        await self.serve(lambda frame: [b"x" * length for length in lengths])
        client = await self.connect()
        messages = await self.ask(client, [b"go"], len(lengths))
        self.assertEqual([len(message) for message in messages], lengths)

    async def test_order(self) -> None:
        """Replies come in the order of the commands, many in one turn."""
        await self.serve()
        client = await self.connect()
        frames = [b"%d" % number for number in range(500)]
        self.assertEqual(await self.ask(client, frames, 500), frames)

    async def test_frames_before_the_login_is_done(self) -> None:
        """A client that sends at once after the handshake gets its answer."""
        await self.serve()
        client = await self.connect()
        self.assertEqual(await self.ask(client, [b"early"], 1), [b"early"])

    async def test_nothing_is_sent_on_connect(self) -> None:
        """The first frame that a client gets answers its first command."""
        await self.serve()
        client = await self.connect()
        self.assertEqual(await self.ask(client, [b"first"], 1), [b"first"])

    async def test_nagle_is_off(self) -> None:
        """The live socket has TCP_NODELAY, which Autobahn alone fails to set."""
        await self.serve()
        await self.ask(await self.connect(), [b"hello"], 1)
        [protocol] = self.factory.clients
        self.assertTrue(protocol.transport.getTcpNoDelay())

    async def test_binary(self) -> None:
        """A binary frame goes to the session as such."""
        await self.serve()
        client = await self.connect()
        client.wanted = 1
        client.sendMessage(b"\x00", isBinary=True)
        self.assertEqual(await client.got, [b"binary"])

    async def test_no_credentials(self) -> None:
        """The handshake completes, then the close has the original's code and reason."""
        await self.serve()
        for query in ("", "?username=demo", "?password=demo"):
            client = await self.connect(query)
            self.assertEqual(
                await client.ended, (4000, "no username and/or password!"), query
            )

    async def test_wrong_credentials(self) -> None:
        """The handshake completes, then the close has the original's code and reason."""
        await self.serve()
        for query in ("?username=demo&password=x", "?username=x&password=demo"):
            client = await self.connect(query)
            self.assertEqual(
                await client.ended, (4000, "invalid username and/or password!"), query
            )
        self.assertEqual(self.realm.sessions, [])

    async def test_passwords_of_any_characters(self) -> None:
        """Percent-encoded they let in, and a plus may be written as it is."""
        passwords = [
            "a&b",
            "a+b",
            "a#b",
            "a b",
            "100%",
            "%2B",
            "ä€😀",
            "a=b?c/d;e",
            "\"'\\",
        ]
        for number, password in enumerate(passwords):
            await self.serve(users={f"u {number}": password})
            queries = [
                urlencode({"username": f"u {number}", "password": password}),
                f"username=u%20{number}&password={quote(password, safe='')}",
            ]
            if password == "a+b":
                queries.append(f"username=u%20{number}&password=a+b")
            for query in queries:
                client = await self.connect(f"?{query}")
                self.assertEqual(await self.ask(client, [b"in"], 1), [b"in"], query)
                client.transport.abortConnection()

    async def test_a_url_that_cannot_be_read(self) -> None:
        """It is refused with what to do, and neither answer nor log shows the password."""
        told: list[str] = []

        @implementer(ILogObserver)
        def hear(event: dict[str, Any]) -> None:
            told.append(formatEvent(event))

        globalLogPublisher.addObserver(hear)
        self.addCleanup(globalLogPublisher.removeObserver, hear)
        await self.serve()
        for password in ("geheim lang", "x#geheim"):
            answer = await self.request(f"/winccoa?username=demo&password={password}")
            self.assertIn("400 the URL cannot be read; percent-encode", answer)
            self.assertNotIn("geheim", answer)
        self.assertNotIn("geheim", "\n".join(told))

    async def request(self, uri: str) -> str:
        """What a request that is written as it stands is answered."""
        address: Any = self.port.getHost()
        endpoint = SSL4ClientEndpoint(
            reactor, "127.0.0.1", address.port, CertificateOptions()
        )
        reader: Any = await endpoint.connect(Factory.forProtocol(_Reader))
        reader.transport.write(
            f"GET {uri} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        answer: str = await reader.ended
        return answer

    async def test_too_many(self) -> None:
        """A client above the limit gets 503, and may connect when another has left."""
        await self.serve(connections=1)
        client = await self.connect()
        await self.ask(client, [b"hello"], 1)
        uri = "/winccoa?username=demo&password=demo"
        self.assertIn("503 maximum number of connections", await self.request(uri))
        gone = [one.when_closed() for one in self.factory.clients]
        client.transport.abortConnection()
        await gatherResults(gone)
        again = await self.connect()
        self.assertEqual(await self.ask(again, [b"hello"], 1), [b"hello"])

    async def test_session_ends_with_the_connection(self) -> None:
        """A client that is gone is logged out."""
        await self.serve()
        client = await self.connect()
        await self.ask(client, [b"hello"], 1)
        [protocol] = self.factory.clients
        client.transport.abortConnection()
        await protocol.when_closed()
        self.assertTrue(self.realm.sessions[0].closed)
        self.assertEqual(self.factory.clients, set())

    async def test_message_too_big(self) -> None:
        """A message over the limit closes the websocket with 1009."""
        await self.serve(message=1000)
        client = await self.connect()
        client.sendMessage(b"x" * 1001)
        code, _ = await client.ended
        self.assertEqual(code, 1009)

    async def test_a_flood(self) -> None:
        """Ten thousand commands in a row delay no other client, and all get replies."""
        handled = 0

        def answer(frame: bytes) -> list[bytes]:
            nonlocal handled
            handled += frame == b"flood"
            return [frame] if frame != b"how many" else [b"%d" % handled]

        await self.serve(answer)
        flooder, other = await self.connect(), await self.connect()
        flooder.wanted = 10_000
        flooding = Deferred.fromCoroutine(self.ask(flooder, [b"flood"] * 10_000, 10_000))
        counts = []
        for number in range(1, 4):
            other.got = Deferred()
            [*_, count] = await self.ask(other, [b"how many"], number)
            counts.append(int(count))
        self.assertLess(counts[0], 10_000)
        self.assertEqual(len(await flooding), 10_000)

    async def test_a_command_in_pieces(self) -> None:
        """What comes of it waits for the rest, wherever it was cut."""
        await self.serve()
        client = await self.connect()
        sent = frame(b"first") + frame(b"second" * 40) + frame(b"third")
        client.wanted = 3
        for at in range(len(sent)):
            client.transport.write(sent[at : at + 1])
            await self._turn()
        self.assertEqual(await client.got, [b"first", b"second" * 40, b"third"])

    async def test_client_that_does_not_read(self) -> None:
        """What waits for a client that does not read is bounded; then it is closed."""
        block = b"x" * 100_000
        await self.serve(lambda frame: [block] * 10, unsent=2_000_000)
        client = await self.connect()
        client.transport.pauseProducing()
        [protocol] = self.factory.clients
        worst = 0
        session = await self._session()
        while not protocol._refused:
            session.receive(b"more")
            assert protocol.delivery is not None
            worst = max(worst, protocol.delivery.unsent)
            await self._turn()
        self.assertLessEqual(worst, 2_000_000 + len(block))
        client.transport.resumeProducing()
        code, _ = await client.ended
        self.assertIn(code, (1008, 1006))

    async def _session(self) -> Echo:
        while not self.realm.sessions:
            await self._turn()
        return self.realm.sessions[0]

    async def _turn(self) -> None:
        done: Deferred[None] = Deferred()
        reactor.callLater(0, done.callback, None)
        await done
