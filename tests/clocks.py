"""A clock whose time of day can be set while its timers go on."""

from __future__ import annotations

from twisted.internet.task import Clock
from zope.interface import implementer

from oagw.interfaces.services import IServerClock


@implementer(IServerClock)
class SetClock(Clock):
    """As the gateway's reactor is; nothing but :meth:`set` makes a difference."""

    shift = 0.0

    def server_time(self) -> float:
        """Seconds since the epoch."""
        seconds: float = self.seconds()
        return seconds + self.shift

    def set(self, seconds: float) -> None:
        """Set the time of day back (less than 0) or forward."""
        self.shift += seconds
