"""The client of a running gateway's control socket."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from oagw.cli.clierrors import CommandError
from oagw.gateway.control import (
    SOCKET,
    ControlReply,
)


class NotRunning(Exception):  # noqa: N818 - it is no fault
    """No gateway runs with this state directory."""


def check_running(state: Path) -> None:
    """Check that a gateway runs with a state directory.

    :raises NotRunning: no gateway runs with it.
    :raises CommandError: the gateway belongs to another user.
    """
    _connected(state).close()


def ask(
    state: Path,
    command: str,
    options: Mapping[str, object],
    files: Sequence[tuple[str, bytes]],
    progress: Callable[[str], None],
    patience: float | None = None,
) -> ControlReply:
    """Send a command to the running gateway, and wait for the reply.

    :param files: name and content of each.
    :param progress: called with a text while the gateway works.
    :param patience: seconds to wait for each part of the reply; ``None``: without limit.
    :raises NotRunning: no gateway runs with the state directory.
    :raises CommandError: the gateway refuses the command, ends, or does not answer in time.
    """
    head = {
        "command": command,
        "options": options,
        "files": [{"name": name, "size": len(content)} for name, content in files],
    }
    with _connected(state) as channel, channel.makefile("rb") as answers:
        channel.settimeout(patience)
        try:
            _send(channel, json.dumps(head).encode() + b"\n", files)
            answer = _answer(answers, progress)
            content = answers.read(answer["size"])
        except TimeoutError as error:
            raise CommandError(
                f"the gateway has not answered for {patience:g} seconds; it is busy or "
                "hangs"
            ) from error
        if len(content) < answer["size"]:
            raise CommandError("the gateway ended before its reply was complete")
    return ControlReply(answer["lines"], content)


def _send(channel: socket.socket, head: bytes, files: Sequence[tuple[str, bytes]]) -> None:
    try:
        channel.sendall(head)
        for _, content in files:
            channel.sendall(content)
    except (BrokenPipeError, ConnectionResetError):
        # It has refused the command before the end; its reply says why.
        pass


def _answer(answers: IO[bytes], progress: Callable[[str], None]) -> dict[str, Any]:
    """The line with the reply; lines with progress before it are passed on.

    :raises CommandError: the command was refused, or the gateway has ended.
    """
    while True:
        try:
            line = answers.readline()
        except ConnectionResetError:
            line = b""
        if not line:
            raise CommandError(
                "the gateway ended before it replied; its log may say why. An import of "
                "DPL files is complete, or has changed nothing"
            )
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise CommandError(answer["error"])
        if "progress" not in answer:
            return answer
        progress(answer["progress"])


def _connected(state: Path) -> socket.socket:
    try:
        directory = os.open(state, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError as error:
        raise NotRunning from error
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # By way of a descriptor: the address of a socket has at most 107 bytes.
        channel.connect(f"/proc/self/fd/{directory}/{SOCKET}")
    except (FileNotFoundError, ConnectionRefusedError) as error:
        channel.close()
        raise NotRunning from error
    except PermissionError as error:
        channel.close()
        raise CommandError(
            f"the gateway that runs with {state} belongs to another user; run the command "
            "as that user"
        ) from error
    finally:
        os.close(directory)
    return channel
