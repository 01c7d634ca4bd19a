"""Functions of the values of an interval that do not ask how long they hold.

Each gets the samples of some intervals in a row, of which the first may have begun with
earlier samples and the last may go on with later ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from oagw.aggregates.pieces import Counts, Floats, IntervalGroups, Numbers


class PlainFunction(Protocol):
    """A function at work."""

    def step(self, groups: IntervalGroups) -> list[object]:
        """The results of all intervals but the last, which stays open."""
        ...


class Count:
    """How many there are."""

    def __init__(self) -> None:
        self._open = 0

    def step(self, groups: IntervalGroups) -> list[object]:
        """See :class:`PlainFunction`."""
        counts = groups.counts.copy()
        counts[0] += self._open
        self._open = counts[-1]
        found: list[object] = counts[:-1].tolist()
        return found


class Sum:
    """Their sum."""

    def __init__(self) -> None:
        self._count = 0
        self._sum = 0.0

    def step(self, groups: IntervalGroups) -> list[object]:
        """See :class:`PlainFunction`."""
        counts, sums = self._closed(groups)
        return or_none(sums, counts)

    def _closed(self, groups: IntervalGroups) -> tuple[Counts, Floats]:
        counts, sums = groups.counts.copy(), groups.sums.copy()
        counts[0] += self._count
        sums[0] += self._sum
        self._count, self._sum = counts[-1], sums[-1]
        return counts[:-1], sums[:-1]


class Mean(Sum):
    """Their sum divided by their number."""

    def step(self, groups: IntervalGroups) -> list[object]:
        """See :class:`PlainFunction`."""
        counts, sums = self._closed(groups)
        return or_none(sums / np.maximum(counts, 1), counts)


class Deviation:
    """The standard deviation of all of them (of the population)."""

    def __init__(self) -> None:
        #: Number, mean and sum of squared distances from it (Chan, Golub, LeVeque 1979).
        self._open = 0.0, 0.0, 0.0

    def step(self, groups: IntervalGroups) -> list[object]:
        """See :class:`PlainFunction`."""
        counts = groups.counts.astype(np.float64)
        means = groups.sums / np.maximum(counts, 1)
        distances = groups.samples.floats() - np.repeat(means, groups.counts)
        squares = groups.totals(distances * distances)
        first = float(counts[0]), float(means[0]), float(squares[0])
        counts[0], means[0], squares[0] = _together(self._open, first)
        self._open = float(counts[-1]), float(means[-1]), float(squares[-1])
        found = np.sqrt(squares[:-1] / np.maximum(counts[:-1], 1))
        return or_none(found, counts[:-1])


_Spread = tuple[float, float, float]


def _together(one: _Spread, other: _Spread) -> _Spread:
    count = one[0] + other[0]
    if not one[0] or not other[0]:
        return one if one[0] else other
    distance = other[1] - one[1]
    mean = one[1] + distance * other[0] / count
    return count, mean, one[2] + other[2] + distance * distance * one[0] * other[0] / count


class Extreme:
    """The least or the greatest of them, as it is."""

    def __init__(
        self,
        reduce: Callable[[Numbers, Any], Numbers],
        choose: Callable[[Any, Any], Any],
    ) -> None:
        self._reduce = reduce
        self._choose = choose
        self._open: Any = None

    def step(self, groups: IntervalGroups) -> list[object]:
        """See :class:`PlainFunction`."""
        found = groups.spread(groups.reduced(self._reduce))
        if found[0] is None:
            found[0] = self._open
        elif self._open is not None:
            found[0] = self._choose(self._open, found[0])
        self._open = found.pop()
        return found


class First:
    """The earliest of them, as it is."""

    def __init__(self) -> None:
        self._open: Any = None

    def step(self, groups: IntervalGroups) -> list[object]:
        """See :class:`PlainFunction`."""
        found = groups.spread(groups.pick(groups.starts))
        if self._open is not None:
            found[0] = self._open
        self._open = found.pop()
        return found


class Last:
    """The latest of them, as it is."""

    def __init__(self) -> None:
        self._open: Any = None

    def step(self, groups: IntervalGroups) -> list[object]:
        """See :class:`PlainFunction`."""
        found = groups.spread(groups.pick(groups.ends - 1))
        if found[0] is None:
            found[0] = self._open
        self._open = found.pop()
        return found


def or_none(found: Floats, weights: Sequence[float] | Counts | Floats) -> list[object]:
    """Numbers, with ``None`` where there is nothing that they are of."""
    values: list[object] = found.tolist()
    for at in np.flatnonzero(np.asarray(weights) == 0).tolist():
        values[at] = None
    return values
