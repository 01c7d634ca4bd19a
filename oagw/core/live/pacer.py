"""Limits that a client may set to its updates: their rate, and a deadband."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from oagw.model.values import WireValue


@dataclass(frozen=True, slots=True)
class Deadband:
    """How much a number must differ from the last one sent to be sent.

    :ivar amount: the difference, or percent of the last number sent.
    """

    amount: float
    is_percent: bool = False

    def passes(self, told: WireValue, value: WireValue) -> bool:
        """Whether a value is sent; non-numeric values are sent whenever they differ.

        :param told: the last value sent.
        """
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
        """Whether at least one of several values is outside the deadband."""
        return any(map(self.passes, told, values))


def _is_number(value: WireValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class Pacer:
    """Decides when an update is sent.

    :param delay: seconds for which changes are gathered.
    :param interval: the least seconds between two updates.
    :param tell: sends the gathered changes; returns whether there was anything to send.
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
        """Send an update as soon as possible."""
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
        """Send no further updates."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
