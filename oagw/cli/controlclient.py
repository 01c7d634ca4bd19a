"""Talking to a running gateway through its control socket."""

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
    Answer,
)


class NotRunning(Exception):  # noqa: N818 - it is no fault
    """No gateway runs with this state directory."""


def check_running(state: Path) -> None:
    """Find out whether a gateway runs with a state directory.

    :raises NotRunning: none does.
    :raises CommandError: it belongs to another user.
    """
    _connected(state).close()


def ask(
    state: Path,
    command: str,
    options: Mapping[str, object],
    files: Sequence[tuple[str, bytes]],
    progress: Callable[[str], None],
) -> Answer:
    """Have a running gateway carry out a command.

    :param progress: told what the gateway is doing.
    :raises NotRunning: there is none.
    :raises CommandError: it refuses.
    """
    head = {
        "command": command,
        "options": options,
        "files": [{"name": name, "size": len(content)} for name, content in files],
    }
    with _connected(state) as channel, channel.makefile("rb") as answers:
        try:
            channel.sendall(json.dumps(head).encode() + b"\n")
            for _, content in files:
                channel.sendall(content)
        except (BrokenPipeError, ConnectionResetError):
            # It has refused before it has read all; it says why.
            pass
        answer = _answer(answers, progress)
        content = answers.read(answer["size"])
        if len(content) < answer["size"]:
            raise CommandError("the gateway ended before it had answered all")
    return Answer(answer["lines"], content)


def _answer(answers: IO[bytes], progress: Callable[[str], None]) -> dict[str, Any]:
    """The line that ends the progress.

    :raises CommandError: it is a refusal.
    """
    while True:
        try:
            line = answers.readline()
        except ConnectionResetError:
            line = b""
        if not line:
            raise CommandError(
                "the gateway ended before it answered; its log may say why, and an import "
                "of DPL files has been made as a whole or not at all"
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
        # Through its descriptor, because the address of a socket is at most 107 long.
        channel.connect(f"/proc/self/fd/{directory}/{SOCKET}")
    except (FileNotFoundError, ConnectionRefusedError) as error:
        channel.close()
        raise NotRunning from error
    except PermissionError as error:
        channel.close()
        raise CommandError(
            f"the gateway that runs with {state} belongs to another user; run this as "
            "that user"
        ) from error
    finally:
        os.close(directory)
    return channel
