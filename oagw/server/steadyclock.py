"""A monotonic clock for timers, and a watch on the system clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from zope.interface import alsoProvides

from oagw.interfaces.services import (
    IServerClock,
    server_time_of,
)

#: Seconds between two looks, and the least seconds of a change that is reported.
_LOOK = 1.0
_NOTICED = 1.0


def keep_steady(reactor: Any) -> None:
    """Let a reactor's timers use a monotonic clock; see :class:`IServerClock`.

    Twisted's own timers use the time of day: when that is set back by an hour, all timers
    are an hour late.
    """
    if IServerClock.providedBy(reactor):
        return
    shift = time.monotonic() - reactor.seconds()
    for call in reactor.getDelayedCalls():
        call.time += shift
        call.seconds = time.monotonic
    reactor.seconds = time.monotonic
    reactor.server_time = time.time
    alsoProvides(reactor, IServerClock)


class ClockWatch:
    """Logs a warning when the system clock was set."""

    _log = Logger()

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._time = server_time_of(clock)
        self._ahead = 0.0
        self._call: IDelayedCall | None = None

    def start(self) -> None:
        """Begin to look."""
        self._ahead = self._time() - self._clock.seconds()
        self._call = self._clock.callLater(_LOOK, self._look)

    def stop(self) -> None:
        """Stop looking."""
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _look(self) -> None:
        self._call = self._clock.callLater(_LOOK, self._look)
        now, seconds = self._time(), self._clock.seconds()
        jump = now - seconds - self._ahead
        # NTP moves the clock by less than a thousandth.
        self._ahead = now - seconds
        if abs(jump) >= _NOTICED:
            self._log.warn(
                "the system clock was set {direction} by {jump}, to {now} (UTC); values "
                "that are set from now on get the new time",
                direction="back" if jump < 0 else "forward",
                jump=timedelta(seconds=round(abs(jump))),
                now=datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S"),
            )
