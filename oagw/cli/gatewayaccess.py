"""The gateway of a state directory, running or stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from oagw.cli.clierrors import CommandError
from oagw.cli.controlclient import NotRunning, ask, check_running
from oagw.cli.stoppedgateway import result_of, stopped
from oagw.config.settings import Settings
from oagw.gateway.control import ControlError, ControlReply, ControlRequest, Handler
from oagw.gateway.controlhandlers import control_handlers
from oagw.systems.embedded.dplservice import DplService


class Gateway(Protocol):
    """Carries out commands."""

    def __call__(
        self, command: str, options: Mapping[str, object], content: bytes, /
    ) -> ControlReply:
        """Carry out a command.

        :raises CommandError: the command is refused.
        """


@contextmanager
def gateway(state: Path, settings: Settings) -> Iterator[Gateway]:
    """Carries out commands: in the running gateway, or else in this process.

    :raises CommandError: the state directory does not exist, or cannot be used.
    """
    try:
        check_running(state)
    except NotRunning:
        with stopped(state, settings) as parts:
            dpl = DplService(parts.system, parts.services)
            handlers = control_handlers(dpl, parts.archives)
            yield lambda *request: _handle(handlers, *request)
    else:
        yield lambda *request: _ask(state, *request)


def of_system(gateway: Gateway, system: str) -> Gateway:
    """The same for commands about the archive of one system."""
    return lambda command, options, content: gateway(
        command, {**options, "system": system}, content
    )


def _ask(
    state: Path, command: str, options: Mapping[str, object], content: bytes
) -> ControlReply:
    files: Sequence[tuple[str, bytes]] = [("content", content)]
    try:
        return ask(state, command, options, files, lambda text: None)
    except NotRunning as error:
        raise CommandError(
            "the gateway has ended in the meantime; repeat the command"
        ) from error


def _handle(
    handlers: Mapping[str, Handler],
    command: str,
    options: Mapping[str, object],
    content: bytes,
) -> ControlReply:
    request = ControlRequest(command, options, [("content", content)])
    try:
        return result_of(handlers[command](request))
    except ControlError as error:
        raise CommandError(str(error)) from error
