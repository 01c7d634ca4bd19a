"""A clock for timers that nobody sets, and a look at the one that somebody may set."""

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

#: Seconds between two looks, and by how much the clock must have been set to be reported.
_LOOK = 1.0
_NOTICED = 1.0


def keep_steady(reactor: Any) -> None:
    """Have a reactor's timers go by a clock that is never set; see :class:`IServerClock`.

    Twisted's own go by the time of day: when that is set back by an hour, nothing that is
    to happen later happens for an hour.
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
    """Reports in the log when the system's clock was set."""

    _log = Logger()

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._time = server_time_of(clock)
        self._ahead = 0.0
        self._call: IDelayedCall | None = None

    def start(self) -> None:
        """Look from now on."""
        self._ahead = self._time() - self._clock.seconds()
        self._call = self._clock.callLater(_LOOK, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _look(self) -> None:
        self._call = self._clock.callLater(_LOOK, self._look)
        now, seconds = self._time(), self._clock.seconds()
        jump = now - seconds - self._ahead
        # What keeps it right moves it by less than a thousandth.
        self._ahead = now - seconds
        if abs(jump) >= _NOTICED:
            self._log.warn(
                "the system clock was set {direction} by {jump}, to {now} (UTC); what is "
                "set from now on gets the new time",
                direction="back" if jump < 0 else "forward",
                jump=timedelta(seconds=round(abs(jump))),
                now=datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S"),
            )
