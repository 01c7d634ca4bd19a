"""On whatever a client sends, our websocket gives the same verdict as Autobahn's own."""

from __future__ import annotations

import base64
import shutil
import socket
import ssl
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import Portal
from twisted.internet import reactor as installed_reactor
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from oagw.server.delivery import Bounds
from oagw.server.tls import load_context, make_local_certificate
from oagw.server.transport import DirectListening
from oagw.server.websocket import Limits, OagwFactory
from tests.server.test_frames import frame
from tests.server.test_websocket import EchoRealm

reactor: Any = installed_reactor
_LIMIT = 1000

TEXT, BINARY, CLOSE, PING, PONG = 0x81, 0x82, 0x88, 0x89, 0x8A
_BEGIN, _MIDDLE, _END = 0x01, 0x00, 0x80
_GRÜSSE = "Grüße €𝄞".encode()

_CODES = [0, 999, 1000, 1001, 1004, 1005, 1006, 1007, 1011, 1015, 1016, 1100]
_CODES += [2999, 3000, 3999, 4000, 4999, 5000, 65535]

#: What is sent, by what it shows; each is followed by a close with 1000.
CASES: dict[str, bytes] = {
    "nothing": b"",
    "a text": frame(b"hello"),
    "an empty text": frame(b""),
    "texts behind one another": b"".join(frame(b"%d" % n) for n in range(20)),
    "more than ASCII": frame(_GRÜSSE),
    "an empty mask": frame(b"hello", mask=bytes(4)),
    "lengths 125 to 127": frame(b"x" * 125) + frame(b"y" * 126) + frame(b"z" * 127),
    "the longest": frame(b"x" * _LIMIT),
    "a byte too long": frame(b"x" * (_LIMIT + 1)),
    "too long in parts": frame(b"x" * 600, _BEGIN) + frame(b"x" * 600, _END),
    "much too long": frame(b"x" * 70_000),
    "binary": frame(b"\x00\xff", BINARY),
    "binary in parts": frame(b"\x00", 0x02) + frame(b"\xff", _END),
    "two parts": frame(b"hel", _BEGIN) + frame(b"lo", _END),
    "three parts": frame(b"h", _BEGIN) + frame(b"", _MIDDLE) + frame(b"i", _END),
    "texts around parts": frame(b"1")
    + frame(b"2", _BEGIN)
    + frame(b"3", _END)
    + frame(b"4"),
    "a character in two parts": frame(_GRÜSSE[:3], _BEGIN) + frame(_GRÜSSE[3:], _END),
    "ping": frame(b"are you there", PING),
    "an empty ping": frame(b"", PING),
    "the longest ping": frame(b"p" * 125, PING),
    "pong": frame(b"nobody asked", PONG),
    "ping between texts": frame(b"1") + frame(b"p", PING) + frame(b"2"),
    "ping in a text": frame(b"1", _BEGIN) + frame(b"p", PING) + frame(b"2", _END),
    "ping too long": frame(b"p" * 126, PING),
    "ping in parts": frame(b"p", 0x09) + frame(b"q", _END),
    "text in a text": frame(b"1", _BEGIN) + frame(b"2") + frame(b"3", _END),
    "the end of nothing": frame(b"1", _END) + frame(b"2"),
    "the middle of nothing": frame(b"1", _MIDDLE) + frame(b"2"),
    "reserved bit 1": frame(b"1", 0xC1) + frame(b"2"),
    "reserved bit 2": frame(b"1") + frame(b"1", 0xA1) + frame(b"2"),
    "reserved bit 3 on a ping": frame(b"p", 0x99) + frame(b"2"),
    "opcode 3": frame(b"1", 0x83) + frame(b"2"),
    "opcode 11": frame(b"1", 0x8B) + frame(b"2"),
    "no mask": frame(b"hello you", mask=None) + frame(b"2"),
    "a length in too long a form": frame(b"1", form=126) + frame(b"2"),
    "a length in the longest form": frame(b"1", form=127) + frame(b"2"),
    "bad UTF-8": frame(b"\xff\xfe") + frame(b"2"),
    "bad UTF-8 after a good text": frame(b"1") + frame(b"abc\xc0\xaf") + frame(b"2"),
    "half a surrogate": frame(b"\xed\xa0\x80") + frame(b"2"),
    "beyond Unicode": frame(b"\xf4\x90\x80\x80") + frame(b"2"),
    "half a character": frame(_GRÜSSE[:3]) + frame(b"2"),
    "bad UTF-8 in the second part": frame(b"1", _BEGIN) + frame(b"\xff", _END),
    "half a character at the end": frame(b"1", _BEGIN) + frame(b"\xc3", _END),
    "an empty close": frame(b"", CLOSE),
    "close with half a code": frame(b"\x03", CLOSE),
    "close with a reason": frame(b"\x03\xe8goodbye", CLOSE),
    "close with a bad reason": frame(b"\x03\xe8\xff", CLOSE),
    "close too long": frame(b"\x03\xe8" + b"r" * 124, CLOSE),
    "text after the close": frame(b"\x03\xe8", CLOSE) + frame(b"late"),
    "close in a text": frame(b"1", _BEGIN) + frame(b"\x03\xe8", CLOSE),
    **{f"close with {code}": frame(code.to_bytes(2, "big"), CLOSE) for code in _CODES},
}


class _Plain(WebSocketServerProtocol):
    """Autobahn's own, an echo as well.

    It would reset the connection after a close, which loses what is to be compared.
    """

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.sendMessage(b"binary" if isBinary else payload)

    def _closeConnection(self, abort: bool = False) -> None:
        transport: Any = self.transport
        transport.loseConnection()


def _talk(
    port: int, pieces: Sequence[bytes], trusted: ssl.SSLContext | None
) -> list[tuple[int, bytes]]:
    """Send these; gives all frames that come until the server ends the connection."""
    plain = socket.create_connection(("127.0.0.1", port), 20)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with (
        plain
        if trusted is None
        else trusted.wrap_socket(
            plain, server_hostname="localhost", suppress_ragged_eofs=False
        ) as client
    ):
        key = base64.b64encode(bytes(16)).decode()
        client.sendall(
            "GET /winccoa?username=demo&password=demo HTTP/1.1\r\nHost: localhost\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        data = b""
        while b"\r\n\r\n" not in data:
            data += client.recv(65536)
        _, _, data = data.partition(b"\r\n\r\n")
        for piece in pieces:
            client.sendall(piece)
        while more := client.recv(65536):
            data += more
    return _frames(data)


def _frames(data: bytes) -> list[tuple[int, bytes]]:
    found = []
    at = 0
    while at < len(data):
        length, start = data[at + 1], at + 2
        if length == 126:
            length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
        found.append((data[at], data[start : start + length]))
        at = start + length
    return found


class ConformanceTests(TestCase):
    timeout = 300
    tls: ssl.SSLContext | None = None
    trusted: ssl.SSLContext | None = None

    def setUp(self) -> None:
        bounds = Bounds(queue=2**16, delay=0.5, unsent=2**20, stall=60)
        limits = Limits(connections=10, message=_LIMIT, bounds=bounds)
        checker = InMemoryUsernamePasswordDatabaseDontUse(demo=b"demo")
        realm = EchoRealm(lambda frame: [frame])
        ours = OagwFactory(Portal(realm, [checker]), {"/winccoa"}, limits, reactor)
        ours.be_ready()
        theirs = WebSocketServerFactory()
        theirs.protocol = _Plain
        theirs.setProtocolOptions(
            maxMessagePayloadSize=_LIMIT,
            maxFramePayloadSize=_LIMIT,
            failByDrop=False,
        )
        for factory in (ours, theirs):
            # Autobahn's timers outlast the connections.
            factory.setProtocolOptions(openHandshakeTimeout=0, closeHandshakeTimeout=0)
        listening = DirectListening(reactor, self.tls)
        self.ports: list[Any] = [
            listening.listenTCP(0, factory, interface="127.0.0.1")
            for factory in (ours, theirs)
        ]
        for port in self.ports:
            self.addCleanup(port.stopListening)

    async def compare(self, cut: Callable[[bytes], Sequence[bytes]]) -> None:
        for title, sent in CASES.items():
            pieces = cut(sent + frame(b"\x03\xe8", CLOSE))
            ours, theirs = [
                await deferToThread(_talk, port.getHost().port, pieces, self.trusted)
                for port in self.ports
            ]
            self.assertEqual(ours, theirs, title)
            self.assertTrue(ours, title)

    async def test_at_once(self) -> None:
        """All of it in one piece."""
        await self.compare(lambda sent: [sent])

    async def test_byte_by_byte(self) -> None:
        """The first bytes one by one, the rest in pieces."""
        await self.compare(
            lambda sent: (
                [sent[at : at + 1] for at in range(min(len(sent), 40))]
                + [sent[at : at + 333] for at in range(40, len(sent), 333)]
            )
        )


class TlsConformanceTests(ConformanceTests):
    """The same over TLS."""

    def setUp(self) -> None:
        directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, directory)
        files = directory / "certificate.pem", directory / "key.pem"
        make_local_certificate(*files, datetime.now(UTC))
        self.tls = load_context(*files)
        self.trusted = ssl.create_default_context(cafile=files[0])
        super().setUp()
