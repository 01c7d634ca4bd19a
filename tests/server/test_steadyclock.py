"""Timers that do not mind the time of day, and a word in the log when it is set."""

from __future__ import annotations

import time
from typing import Any

from twisted.internet.base import DelayedCall
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from oagw.interfaces.services import (
    IServerClock,
    server_time_of,
)
from oagw.server.steadyclock import (
    ClockWatch,
    keep_steady,
)
from tests.clocks import SetClock


class _Reactor:
    """What there is to be changed of a reactor."""

    def __init__(self) -> None:
        self.seconds = time.time
        self.calls: list[DelayedCall] = []

    def getDelayedCalls(self) -> list[DelayedCall]:  # noqa: N802 - Twisted's name
        """Those that wait."""
        return self.calls

    def add(self, seconds: float) -> DelayedCall:
        """One more that waits."""
        nothing: Any = None
        call = DelayedCall(
            self.seconds() + seconds, print, (), {}, nothing, nothing, self.seconds
        )
        self.calls.append(call)
        return call


class SteadyTests(SynchronousTestCase):
    """The reactor of the daemon."""

    timeout = 30

    def test_timers_do_not_go_by_the_time_of_day(self) -> None:
        """Those that wait already stay as far away as they are."""
        reactor = _Reactor()
        call = reactor.add(100)
        for _ in range(2):
            keep_steady(reactor)
        self.assertTrue(IServerClock.providedBy(reactor))
        told: Any = reactor
        for found, expected in (
            (reactor.seconds, time.monotonic),
            (call.seconds, time.monotonic),
            (call.getTime, lambda: time.monotonic() + 100),
            (server_time_of(told), time.time),
        ):
            self.assertLess(abs(found() - expected()), 60)


@implementer(ILogObserver)
class _Log:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, event: LogEvent) -> None:
        self.lines.append(formatEvent(event))


class WatchTests(SynchronousTestCase):
    """What is said of a clock that was set."""

    timeout = 30

    def test_each_jump_once(self) -> None:
        """How far and where to; what is less than a second is nothing."""
        log = _Log()
        globalLogPublisher.addObserver(log)
        self.addCleanup(globalLogPublisher.removeObserver, log)
        clock = SetClock()
        clock.advance(1_795_660_000)
        watch = ClockWatch(clock)
        watch.start()
        for jump, expected in (
            (0, []),
            (0.9, []),
            (-3600, ["set back by 1:00:00, to 2026-11-26 01:26:4"]),
            (0, []),
            (30 * 86_400, ["set forward by 30 days, 0:00:00, to 2026-12-26"]),
        ):
            clock.set(jump)
            clock.pump([1] * 3)
            self.assertEqual(len(log.lines), len(expected), log.lines)
            for line, part in zip(log.lines, expected, strict=True):
                self.assertIn(part, line)
            log.lines.clear()
        watch.stop()
        self.assertEqual(clock.getDelayedCalls(), [])
