"""The gateway of a state directory, whether it runs or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from oagw.cli.clierrors import CommandError
from oagw.cli.controlclient import (
    NotRunning,
    ask,
    check_running,
)
from oagw.cli.stopped import result_of, stopped
from oagw.config.settings import Settings
from oagw.gateway.control import (
    Answer,
    ControlError,
    Handler,
    Request,
)
from oagw.gateway.controlhandlers import control_handlers
from oagw.systems.embedded.dplservice import DplService


class Gateway(Protocol):
    """Carries out commands."""

    def __call__(
        self, command: str, options: Mapping[str, object], content: bytes, /
    ) -> Answer:
        """Carry out a command.

        :raises CommandError: it is refused.
        """


@contextmanager
def gateway(state: Path, settings: Settings) -> Iterator[Gateway]:
    """What carries out commands: the gateway that runs, or else its parts in this process.

    :raises CommandError: there is no state directory, or it cannot be used.
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
    """What carries out commands about the archive of one system."""
    return lambda command, options, content: gateway(
        command, {**options, "system": system}, content
    )


def _ask(
    state: Path, command: str, options: Mapping[str, object], content: bytes
) -> Answer:
    files: Sequence[tuple[str, bytes]] = [("content", content)]
    try:
        return ask(state, command, options, files, lambda text: None)
    except NotRunning as error:
        raise CommandError("the gateway has ended meanwhile") from error


def _handle(
    handlers: Mapping[str, Handler],
    command: str,
    options: Mapping[str, object],
    content: bytes,
) -> Answer:
    request = Request(command, options, [("content", content)])
    try:
        return result_of(handlers[command](request))
    except ControlError as error:
        raise CommandError(str(error)) from error
