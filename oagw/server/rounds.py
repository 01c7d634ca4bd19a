"""Clients that send much at once take turns, so that the others are served meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

#: Seconds that a client has at least before others are served, and at most if it has
#: been quiet; the share of the time that it gathers while it is.
_SLICE = 0.00025
_BURST = 0.001
_SHARE = 0.25
#: Where its updates go to many it has as long as it took to write the last ones, but not
#: longer than this: to wait for one more of its commands costs little then, and saves as
#: many writes as there are others.
_MOST = 0.002


class Allowance:
    """The time that one client may take at once.

    A client that is quiet saves up for a burst, whose updates then leave together; one
    that sends without end has a slice in each turn.
    """

    __slots__ = ("_saved", "_seen")

    def __init__(self, now: float) -> None:
        self._saved = _BURST
        self._seen = now

    def until(self, now: float, writing: float = 0.0) -> float:
        """When others are to be served, if it begins now.

        :param writing: seconds that it took to write what the last turn has led to.
        """
        self._saved = min(_BURST, self._saved + (now - self._seen) * _SHARE)
        self._seen = now
        return now + max(self._saved, _SLICE, min(writing, _MOST))

    def spend(self, now: float) -> None:
        """It has done what it had to do, or has to wait."""
        self._saved = max(0.0, self._saved - (now - self._seen))
        self._seen = now


class Rounds:
    """Runs what clients have still to do: one after the other, a little in each turn.

    :param flush: sends what has been made for others in this turn; they need not wait.
    """

    def __init__(self, clock: IReactorTime, flush: Callable[[], None]) -> None:
        self._clock = clock
        self._flush = flush
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_scheduled = False
        self.seconds = clock.seconds

    def add(self, work: Callable[[], None]) -> None:
        """Run a slice of work later; what is left then is to be added again."""
        self._waiting.append(work)
        self._schedule()

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self._clock.callLater(0, self._run)

    def _run(self) -> None:
        self._is_scheduled = False
        self._flush()
        end = self.seconds() + _SLICE
        # What is added meanwhile is for the next turn.
        for _ in range(len(self._waiting)):
            self._waiting.popleft()()
            if self.seconds() >= end:
                break
        if self._waiting:
            self._schedule()
