"""Signals that end the gateway, and those that do not."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

from twisted.internet.error import ReactorNotRunning
from twisted.trial.unittest import SynchronousTestCase

from oagw.server import processsignals
from oagw.server.processsignals import Signals


class FakeReactor:
    """Counts stops; it runs at most once."""

    def __init__(self) -> None:
        self.stops = 0
        self.is_running = True

    def callFromThread(  # noqa: N802 - Twisted's name
        self, function: Callable[..., object], *args: Any, **more: Any
    ) -> None:
        function(*args, **more)

    def stop(self) -> None:
        if not self.is_running:
            raise ReactorNotRunning
        self.is_running = False
        self.stops += 1


class SignalTests(SynchronousTestCase):
    """The handlers, without any real signal."""

    timeout = 30

    def setUp(self) -> None:
        self.handlers: dict[int, Callable[[int, object], None]] = {}
        self.has_terminal = False
        self.present: object = signal.SIG_DFL
        self.patch(signal, "signal", self.handlers.__setitem__)
        self.patch(signal, "getsignal", lambda number: self.present)
        self.patch(processsignals, "_is_terminal_open", lambda: self.has_terminal)
        self.reactor = FakeReactor()
        self.signals = Signals(self.reactor)

    def send(self, number: int) -> None:
        """A signal comes."""
        self.handlers[number](number, None)

    def test_a_second_stop_does_no_harm(self) -> None:
        self.signals.stop_cleanly()
        self.send(signal.SIGTERM)
        self.send(signal.SIGINT)
        self.assertEqual(self.reactor.stops, 1)

    def test_hangup_reloads_nothing_and_ends_nothing(self) -> None:
        self.signals.survive_hangup()
        self.signals.survive_others()
        self.send(signal.SIGHUP)
        self.send(signal.SIGUSR1)
        self.assertEqual(self.reactor.stops, 0)

    def test_a_closed_terminal_ends_the_gateway(self) -> None:
        self.has_terminal = True
        self.signals.survive_hangup()
        self.signals.survive_others()
        self.send(signal.SIGHUP)
        self.assertEqual(self.reactor.stops, 0)
        self.has_terminal = False
        self.send(signal.SIGHUP)
        self.assertEqual(self.reactor.stops, 1)

    def test_handlers_of_others_stay(self) -> None:
        """twistd may use one to begin a new log file, and nohup ignores SIGHUP."""
        self.present = signal.SIG_IGN
        self.signals.survive_hangup()
        self.signals.survive_others()
        self.assertEqual(self.handlers, {})
