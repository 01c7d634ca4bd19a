"""The control socket: the ``oagw`` command talks to a running gateway through it.

It is a unix socket in the state directory that only the gateway's own user can open, so it
needs no password. A request is a line of JSON with a command, its options, and names and
sizes of files, whose bytes follow. The gateway may send lines of JSON with progress; the
reply is a line of JSON with the size of a content, whose bytes follow. Both ends have the
same version: the protocol may change with any of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IListeningPort, IReactorUNIX
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

#: The socket's name in the state directory.
SOCKET = "control"
#: Bytes of the longest request without its files.
_LONGEST = 1 << 20
#: Bytes of all files of one request.
MAX_CONTENT = 1 << 30


def _ignore(text: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """A command for the gateway.

    :ivar options: of the command, by name.
    :ivar files: name and content of each.
    :ivar progress: shows a text to the person who waits for the reply.
    """

    command: str
    options: Mapping[str, Any]
    files: Sequence[tuple[str, bytes]]
    progress: Callable[[str], None] = _ignore


@dataclass(frozen=True, slots=True)
class ControlReply:
    """The result of a command: lines for a person, and a content for a file."""

    lines: Sequence[str]
    content: bytes = b""


class ControlError(Exception):
    """A command was refused; the text says why."""


Handler: TypeAlias = Callable[[ControlRequest], Deferred[ControlReply]]


class _Malformed(Exception):  # noqa: N818 - of the request
    """A request that cannot be read; the text is for the sender."""


@dataclass(frozen=True, slots=True)
class _Head:
    """The first line of a request."""

    command: str
    options: Mapping[str, Any]
    sizes: Sequence[tuple[str, int]]

    @property
    def size(self) -> int:
        return sum(size for _, size in self.sizes)


def _read_head(line: bytes) -> _Head:
    try:
        found = json.loads(line)
        command, options = found["command"], found.get("options", {})
        sizes = [(one["name"], one["size"]) for one in found.get("files", [])]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _Malformed("the request cannot be read") from error
    head = _Head(command, options, sizes)
    if not (isinstance(command, str) and isinstance(options, dict)):
        raise _Malformed("the request cannot be read")
    if not all(
        type(size) is int and size >= 0 and type(name) is str for name, size in sizes
    ):
        raise _Malformed("the request cannot be read")
    if head.size > MAX_CONTENT:
        raise _Malformed(
            f"the files have more than {MAX_CONTENT >> 20} MiB together; send them in parts"
        )
    return head


class ControlProtocol(LineReceiver):
    """One request and its reply."""

    delimiter = b"\n"
    MAX_LENGTH = _LONGEST
    _log = Logger()

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers
        self._head: _Head | None = None
        self._content = bytearray()
        self._ended = False

    def lineReceived(self, line: bytes) -> None:
        """The request, without its files."""
        if self._ended:
            return
        try:
            self._head = _read_head(line)
        except _Malformed as error:
            self._refuse(str(error))
            return
        if self._head.command not in self._handlers:
            self._refuse(
                "the gateway does not know this command; restart it after an upgrade"
            )
            return
        self.setRawMode()  # type: ignore[no-untyped-call]
        self._check_complete(self._head)

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802 - Twisted's name
        """The first line is longer than any request."""
        self._refuse("the request cannot be read")

    def rawDataReceived(self, data: bytes) -> None:
        """A part of the files; bytes after them are ignored."""
        if self._head is not None:
            self._content += data
            self._check_complete(self._head)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The client has left; its command is carried out all the same."""
        self._ended = True
        self._head = None
        self._content.clear()

    def _check_complete(self, head: _Head) -> None:
        if len(self._content) < head.size:
            return
        self._head = None
        files, start = [], 0
        for name, size in head.sizes:
            files.append((name, bytes(self._content[start : start + size])))
            start += size
        self._content.clear()
        request = ControlRequest(head.command, head.options, files, self._progress)
        done = maybeDeferred(self._handlers[head.command], request)
        done.addCallbacks(self._answer, self._failed)
        done.addErrback(self._broken)

    def _progress(self, text: str) -> None:
        self._send({"progress": text})

    def _answer(self, answer: ControlReply) -> None:
        self._send({"lines": list(answer.lines), "size": len(answer.content)})
        if not self._ended and self.transport is not None:
            self.transport.write(answer.content)
        self._end()

    def _failed(self, failure: Failure) -> None:
        if failure.check(ControlError) is None:
            self._log.failure("a command of the control socket failed", failure)
            self._refuse("the command failed; the log of the gateway says why")
            return
        self._refuse(str(failure.value))

    def _broken(self, failure: Failure) -> None:
        self._log.failure("a reply on the control socket failed", failure)

    def _refuse(self, reason: str) -> None:
        self._send({"error": reason})
        self._end()

    def _send(self, message: Mapping[str, object]) -> None:
        if not self._ended and self.transport is not None:
            self.transport.write(json.dumps(message).encode() + b"\n")

    def _end(self) -> None:
        if not self._ended and self.transport is not None:
            self._ended = True
            self.transport.loseConnection()


class ControlFactory(Factory):
    """Makes a protocol for each connection."""

    noisy = False

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers

    def buildProtocol(self, addr: object) -> ControlProtocol:
        """A protocol for a connection."""
        protocol = ControlProtocol(self._handlers)
        protocol.factory = self
        return protocol


class ControlSocket:
    """The open socket; only the gateway's own user may use it."""

    def __init__(
        self, reactor: IReactorUNIX, directory: Path, handlers: Mapping[str, Handler]
    ) -> None:
        (directory / SOCKET).unlink(missing_ok=True)
        # By way of a descriptor: the address of a socket has at most 107 bytes.
        self._directory = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        mask = os.umask(0o177)
        try:
            self._port: IListeningPort = reactor.listenUNIX(
                f"/proc/self/fd/{self._directory}/{SOCKET}",
                ControlFactory(handlers),
                mode=0o600,
            )
        finally:
            os.umask(mask)

    async def close(self) -> None:
        """Stop taking requests."""
        # Another command may have deleted it.
        with suppress(FileNotFoundError):
            await maybeDeferred(self._port.stopListening)
        os.close(self._directory)
