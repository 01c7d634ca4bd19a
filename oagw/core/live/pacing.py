"""What a client on a slow link may wish: fewer updates, and none for small changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from oagw.model.values import WireValue


@dataclass(frozen=True, slots=True)
class Deadband:
    """How far a number must be from the last one told to be told of again.

    :ivar amount: the distance, or percent of the last one.
    """

    amount: float
    is_percent: bool = False

    def passes(self, told: WireValue, value: WireValue) -> bool:
        """Whether a value is to be told of; what is no number is if it is another one."""
        if not (_is_number(told) and _is_number(value)):
            return told != value or type(told) is not type(value)
        assert isinstance(told, int | float)
        assert isinstance(value, int | float)
        try:
            limit = abs(told) * self.amount / 100 if self.is_percent else self.amount
            return abs(value - told) > limit
        except OverflowError:
            # An integer that is larger than any double.
            return told != value

    def passes_any(self, told: Sequence[WireValue], values: Sequence[WireValue]) -> bool:
        """Whether one of several values is to be told of, which all are then."""
        return any(map(self.passes, told, values))


def _is_number(value: WireValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class Pacer:
    """Says when to tell: not at once, not too often, and not without need.

    :param delay: seconds for which changes gather.
    :param interval: seconds that are at least between two updates.
    :param tell: tells of what has gathered, and whether that was anything.
    """

    def __init__(
        self, clock: IReactorTime, delay: float, interval: float, tell: Callable[[], bool]
    ) -> None:
        self._clock = clock
        self._delay = delay
        self._interval = interval
        self._tell = tell
        self._next = 0.0
        self._timer: IDelayedCall | None = None

    def want(self) -> None:
        """There is something to tell."""
        if self._timer is not None:
            return
        wait = max(self._delay, self._next - self._clock.seconds())
        if wait > 0:
            self._timer = self._clock.callLater(wait, self._fire)
        else:
            self._fire()

    def _fire(self) -> None:
        self._timer = None
        if self._tell():
            self._next = self._clock.seconds() + self._interval

    def stop(self) -> None:
        """Tell of nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
