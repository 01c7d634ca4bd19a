"""The control socket: who may use it, and what it makes of what comes in."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from oagw.cli.clierrors import CommandError
from oagw.cli.controlclient import (
    NotRunning,
    ask,
)
from oagw.gateway.control import (
    MAX_CONTENT,
    SOCKET,
    ControlError,
    ControlReply,
    ControlRequest,
    ControlSocket,
)
from tests.processes import PATIENCE

REACTOR: Any = reactor


class ControlTestCase(TestCase):
    """A socket whose commands are known to the test."""

    timeout = 300

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.asked: list[ControlRequest] = []
        self.held: Deferred[ControlReply] = Deferred()
        self.control = self.open(self.directory)

    def open(self, directory: Path) -> ControlSocket:
        handlers = {
            "echo": self._echo,
            "hold": self._hold,
            "refuse": lambda request: fail(ControlError("two\nlines")),
            "break": lambda request: fail(ValueError("inside")),
        }
        control = ControlSocket(REACTOR, directory, handlers)
        self.addCleanup(lambda: Deferred.fromCoroutine(control.close()))
        return control

    def _echo(self, request: ControlRequest) -> Deferred[ControlReply]:
        self.asked.append(request)
        request.progress("reading")
        content = b"".join(content for _, content in request.files)
        return succeed(ControlReply([name for name, _ in request.files], content))

    def _hold(self, request: ControlRequest) -> Deferred[ControlReply]:
        self.asked.append(request)
        return self.held

    async def ask(self, command: str, *files: tuple[str, bytes]) -> ControlReply:
        told: list[str] = []
        found = await deferToThread(
            ask, self.directory, command, {"x": 1}, files, told.append
        )
        self.told = told
        assert isinstance(found, ControlReply)
        return found

    async def raw(self, data: bytes) -> list[dict[str, Any]]:
        """Send bytes as they are; returns the lines that come back until it closes."""

        def talk() -> list[bytes]:
            lines: list[bytes] = []
            # It may have refused, and closed, before it has read all.
            broken = contextlib.suppress(BrokenPipeError, ConnectionResetError)
            with self.connected() as channel, channel.makefile("rb") as answers:
                with broken:
                    channel.sendall(data)
                    channel.shutdown(socket.SHUT_WR)
                with broken:
                    lines.extend(answers)
            return lines

        answered = await deferToThread(talk)
        return [json.loads(line) for line in answered]

    def connected(self) -> socket.socket:
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        channel.settimeout(PATIENCE)
        directory = os.open(self.directory, os.O_RDONLY)
        try:
            channel.connect(f"/proc/self/fd/{directory}/{SOCKET}")
        finally:
            os.close(directory)
        return channel


def head(command: object, *sizes: object, **more: object) -> bytes:
    files = [{"name": f"f{at}", "size": size} for at, size in enumerate(sizes)]
    request: Mapping[str, object] = {"command": command, "files": files, **more}
    return json.dumps(request).encode() + b"\n"


class AnswerTests(ControlTestCase):
    """A request that is well formed."""

    async def test_files_and_content(self) -> None:
        """Names and contents go there and back as they are, however large."""
        large = bytes(range(256)) * 20_000
        answer = await self.ask("echo", ("ä b.dpl", large), ("b", b""), ("c", b"\n{}\n"))
        self.assertEqual(answer, ControlReply(["ä b.dpl", "b", "c"], large + b"\n{}\n"))
        self.assertEqual(self.asked[0].options, {"x": 1})
        self.assertEqual(self.told, ["reading"])

    async def test_refusals(self) -> None:
        """The reason is the command's; of what fails inside, the log has more."""
        for command, reason in (
            ("refuse", "two\nlines"),
            ("break", "the command failed; the log of the gateway says why"),
            ("nope", "the gateway does not know this command; restart it after an upgrade"),
        ):
            with self.assertRaises(CommandError) as refused:
                await self.ask(command)
            self.assertEqual(str(refused.exception), reason)
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)

    async def test_two_at_once(self) -> None:
        """One that takes long does not hold up another."""
        first = Deferred.fromCoroutine(self.ask("hold"))
        while not self.asked:
            await deferToThread(lambda: None)
        self.assertEqual((await self.ask("echo", ("a", b"1"))).content, b"1")
        self.assertFalse(first.called)
        self.held.callback(ControlReply(["held"]))
        self.assertEqual((await first).lines, ["held"])

    async def test_a_client_that_leaves(self) -> None:
        """Half a request is forgotten; a whole one is carried out without it."""
        with self.connected() as channel:
            channel.sendall(head("echo", 100) + b"half")
        with self.connected() as channel:
            channel.sendall(head("hold"))
        while not self.asked:
            await deferToThread(lambda: None)
        await self.ask("echo")
        self.held.callback(ControlReply(["nobody"], b"x" * 1_000_000))
        await self.ask("echo")
        self.assertEqual([one.command for one in self.asked], ["hold", "echo", "echo"])


class GarbageTests(ControlTestCase):
    """Refuses texts that are not requests."""

    async def test_garbage(self) -> None:
        """It is refused in a line, and the next one is served."""
        for data in (
            b"hello\n",
            b"\n",
            b"[1, 2]\n",
            b'"echo"\n',
            b"\xff\xfe\n",
            b"[" * 100_000 + b"\n",
            head(["echo"]),
            head(None),
            head("echo", options=[1]),
            head("echo", -5),
            head("echo", 1.5),
            head("echo", True),
            head("echo", "1"),
            b'{"command": "echo", "files": [1]}\n',
            b'{"command": "echo", "files": 7}\n',
            b"x" * (1 << 21),
        ):
            self.assertEqual(
                await self.raw(data), [{"error": "the request cannot be read"}], data[:50]
            )
        self.assertEqual(self.asked, [])
        await self.ask("echo")

    async def test_too_large(self) -> None:
        """It is said before anything of it is read."""
        found = await self.raw(head("echo", MAX_CONTENT, 1))
        self.assertEqual(
            found,
            [{"error": "the files have more than 1024 MiB together; send them in parts"}],
        )

    async def test_more_than_it_announces(self) -> None:
        """The command runs once; what follows is none of it."""
        found = await self.raw(head("echo", 3) + b"{}\n" + head("echo") + head("echo", 0))
        answer = {"lines": ["f0"], "size": 3}
        self.assertEqual(found, [{"progress": "reading"}, answer, {}])
        self.assertEqual(len(self.asked), 1)


class PlaceTests(ControlTestCase):
    """Where the socket is, and whose."""

    async def test_permissions(self) -> None:
        """Only the gateway's own user can open it."""
        mode = (self.directory / SOCKET).stat().st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o600)

    async def test_long_paths(self) -> None:
        """A state directory may be deeper than the address of a socket is long."""
        deep = self.directory / ("d" * 100) / ("e" * 100)
        deep.mkdir(parents=True)
        self.open(deep)
        answer = await deferToThread(ask, deep, "echo", {}, [("a", b"")], print)
        self.assertEqual(answer.lines, ["a"])

    async def test_what_a_killed_gateway_has_left(self) -> None:
        """Its socket does not prevent a start, and shows that no gateway runs."""
        other = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, other)
        left = socket.socket(socket.AF_UNIX)
        left.bind(str(other / SOCKET))
        left.close()
        with self.assertRaises(NotRunning):
            ask(other, "echo", {}, [], print)
        self.open(other)
        answer = await deferToThread(ask, other, "echo", {}, [("a", b"")], print)
        self.assertEqual(answer.lines, ["a"])

    async def test_closed(self) -> None:
        """The socket is removed, and no gateway answers."""
        other = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, other)
        await ControlSocket(REACTOR, other, {}).close()
        self.assertEqual(list(other.iterdir()), [])
        with self.assertRaises(NotRunning):
            ask(other, "echo", {}, [], print)
        with self.assertRaises(NotRunning):
            ask(other / "nope", "echo", {}, [], print)
