"""What signals do: SIGTERM and SIGINT stop the gateway, others do not end it."""

from __future__ import annotations

import os
import signal
from typing import Any

from twisted.internet.error import ReactorNotRunning
from twisted.logger import Logger

_STOPPING = (signal.SIGTERM, signal.SIGINT)
#: twistd may have one of them begin a new log file.
_OTHERS = (signal.SIGUSR1, signal.SIGUSR2)
_TERMINAL = "/dev/tty"


class Signals:
    """The gateway's handlers, in the order in which they can be installed."""

    _log = Logger("oagw")

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._has_terminal = False

    def survive_hangup(self) -> None:
        """From the beginning on: SIGHUP ends it no more, unless its terminal is gone."""
        if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
            signal.signal(signal.SIGHUP, self._on_hangup)

    def survive_others(self) -> None:
        """When twistd has its log and, unless it stays in the foreground, no terminal."""
        self._has_terminal = _is_terminal_open()
        for number in _OTHERS:
            if signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, self._on_other)

    def stop_cleanly(self) -> None:
        """When the reactor has installed its own: a clean stop is exit code 0."""
        for number in _STOPPING:
            signal.signal(number, self._on_stop)

    def _on_stop(self, number: int, frame: object) -> None:
        self._reactor.callFromThread(self._stop, signal.Signals(number).name)

    def _on_hangup(self, number: int, frame: object) -> None:
        self._reactor.callFromThread(self._hang_up)

    def _on_other(self, number: int, frame: object) -> None:
        self._reactor.callFromThread(
            self._log.info, "{name} does nothing here", name=signal.Signals(number).name
        )

    def _hang_up(self) -> None:
        if self._has_terminal and not _is_terminal_open():
            self._stop("SIGHUP, its terminal was closed")
            return
        self._log.info(
            "SIGHUP reloads nothing: the gateway goes on with the configuration and the "
            "certificate that it has read; restart it for others. Changes of the password "
            "file count at once"
        )

    def _stop(self, reason: str) -> None:
        self._log.info("stopping: {reason}", reason=reason)
        try:
            self._reactor.stop()
        except ReactorNotRunning:
            self._log.info("it stops already")


def _is_terminal_open() -> bool:
    """Whether the process has a terminal that it would be ended from."""
    try:
        os.close(os.open(_TERMINAL, os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
