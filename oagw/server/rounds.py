"""Clients that send much at once take turns, so that the others are served in between."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

#: The least seconds of a client before others are served, the most after it has been
#: quiet, and the share of its quiet time that it saves.
_SLICE = 0.00025
_BURST = 0.001
_SHARE = 0.25
#: A client whose updates go to many gets as many seconds as the last writes took, but at
#: most this. Another command of it then delays the others little, and saves a write for
#: each of them.
_MOST = 0.002


class Allowance:
    """The time that one client may use in a turn.

    A quiet client saves time for a burst, whose updates are then sent together. A client
    that sends without pause gets a slice in each turn.
    """

    __slots__ = ("_saved", "_seen")

    def __init__(self, now: float) -> None:
        self._saved = _BURST
        self._seen = now

    def until(self, now: float, writing: float = 0.0) -> float:
        """The time at which others are served, if the client begins now.

        :param writing: seconds that the writes of the last turn took.
        """
        self._saved = min(_BURST, self._saved + (now - self._seen) * _SHARE)
        self._seen = now
        return now + max(self._saved, _SLICE, min(writing, _MOST))

    def spend(self, now: float) -> None:
        """Subtract the time that the client has used."""
        self._saved = max(0.0, self._saved - (now - self._seen))
        self._seen = now


class Rounds:
    """Runs the work that clients have left: one after the other, a little in each turn.

    :param flush: sends the messages of this turn, so that other clients need not wait.
    """

    def __init__(self, clock: IReactorTime, flush: Callable[[], None]) -> None:
        self._clock = clock
        self._flush = flush
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_scheduled = False
        self.seconds = clock.seconds

    def add(self, work: Callable[[], None]) -> None:
        """Run a slice of work later; it adds itself again if work is left."""
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
        # Work that is added during this turn belongs to the next one.
        for _ in range(len(self._waiting)):
            self._waiting.popleft()()
            if self.seconds() >= end:
                break
        if self._waiting:
            self._schedule()
