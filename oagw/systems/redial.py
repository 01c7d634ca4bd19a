"""When a connection that failed or was lost is tried again."""

from __future__ import annotations

import random
from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

#: Seconds before the second attempt; the delay doubles with each further failure.
FIRST_DELAY = 0.5
#: The delay is doubled at most this often, so that the number stays a sensible one.
_MOST_DOUBLINGS = 20


def scattered() -> float:
    """A random factor from 0.75 to 1.25.

    Gateways that lost the same peer at the same moment come back at different ones.
    """
    return random.uniform(0.75, 1.25)


class Redial:
    """Schedules the next attempt to connect, with exponential backoff.

    :param attempt: called when it is time for the next attempt.
    :param longest: upper limit of the delay in seconds, before ``jitter``.
    :param jitter: returns the factor by which a delay is multiplied.
    """

    def __init__(
        self,
        attempt: Callable[[], None],
        clock: IReactorTime,
        longest: float,
        jitter: Callable[[], float] = scattered,
    ) -> None:
        self._attempt = attempt
        self._clock = clock
        self._longest = longest
        self._jitter = jitter
        self._failures = 0
        self._call: IDelayedCall | None = None

    def schedule(self) -> None:
        """Make the next attempt after a delay that is twice as long as the last."""
        self.cancel()
        delay = min(FIRST_DELAY * 2**self._failures, self._longest)
        self._failures = min(self._failures + 1, _MOST_DOUBLINGS)
        self._call = self._clock.callLater(delay * self._jitter(), self._fire)

    def _fire(self) -> None:
        self._call = None
        self._attempt()

    def reset(self) -> None:
        """Begin again with the shortest delay: the connection was good."""
        self._failures = 0

    def cancel(self) -> None:
        """Make no further attempt, unless one is scheduled again."""
        call, self._call = self._call, None
        if call is not None:
            call.cancel()
