"""How late the reactor is: by how much timers are called after their time."""

from __future__ import annotations

from twisted.internet.interfaces import IDelayedCall, IReactorTime

#: Seconds between two samples. A stall that is longer than this is always seen.
_EVERY = 0.25


class ReactorDelay:
    """Samples the delay of a timer four times a second.

    A busy reactor calls its timers late, and serves its clients late by as much.

    :ivar last: seconds by which the last sample was late.
    :ivar maximum: the longest delay since the start, in seconds.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._due = 0.0
        self._call: IDelayedCall | None = None
        self.last = 0.0
        self.maximum = 0.0

    def start(self) -> None:
        """Begin to sample."""
        self._schedule()

    def stop(self) -> None:
        """Take no further samples."""
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _schedule(self) -> None:
        self._due = self._clock.seconds() + _EVERY
        self._call = self._clock.callLater(_EVERY, self._sample)

    def _sample(self) -> None:
        self.last = max(self._clock.seconds() - self._due, 0.0)
        self.maximum = max(self.maximum, self.last)
        self._schedule()
