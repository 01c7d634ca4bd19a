"""Functions of interval values that do not depend on how long the values hold.

Each call gets the samples of some successive intervals. The first interval may have begun
with earlier samples, and the last one may continue with later samples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from oagw.aggregates.pieces import Counts, Floats, IntervalGroups, Numbers


class SampleFunction(Protocol):
    """The state of a function while samples arrive."""

    def step(self, groups: IntervalGroups) -> list[object]:
        """Return the results of all intervals except the last one, which stays open."""
        ...


class Count:
    """The number of samples."""

    def __init__(self) -> None:
        self._open = 0

    def step(self, groups: IntervalGroups) -> list[object]:
        """See :class:`SampleFunction`."""
        counts = groups.counts.copy()
        counts[0] += self._open
        self._open = counts[-1]
        found: list[object] = counts[:-1].tolist()
        return found


class Sum:
    """The sum of the values."""

    def __init__(self) -> None:
        self._count = 0
        self._sum = 0.0

    def step(self, groups: IntervalGroups) -> list[object]:
        """See :class:`SampleFunction`."""
        counts, sums = self._closed(groups)
        return or_none(sums, counts)

    def _closed(self, groups: IntervalGroups) -> tuple[Counts, Floats]:
        counts, sums = groups.counts.copy(), groups.sums.copy()
        counts[0] += self._count
        sums[0] += self._sum
        self._count, self._sum = counts[-1], sums[-1]
        return counts[:-1], sums[:-1]


class Mean(Sum):
    """The mean of the values."""

    def step(self, groups: IntervalGroups) -> list[object]:
        """See :class:`SampleFunction`."""
        counts, sums = self._closed(groups)
        return or_none(sums / np.maximum(counts, 1), counts)


class Deviation:
    """The standard deviation of the population."""

    def __init__(self) -> None:
        #: Count, mean and sum of squared distances from the mean (Chan, Golub, LeVeque
        #: 1979).
        self._open = 0.0, 0.0, 0.0

    def step(self, groups: IntervalGroups) -> list[object]:
        """See :class:`SampleFunction`."""
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
    """The minimum or the maximum, in its original type."""

    def __init__(
        self,
        reduce: Callable[[Numbers, Any], Numbers],
        choose: Callable[[Any, Any], Any],
    ) -> None:
        self._reduce = reduce
        self._choose = choose
        self._open: Any = None

    def step(self, groups: IntervalGroups) -> list[object]:
        """See :class:`SampleFunction`."""
        found = groups.spread(groups.reduced(self._reduce))
        if found[0] is None:
            found[0] = self._open
        elif self._open is not None:
            found[0] = self._choose(self._open, found[0])
        self._open = found.pop()
        return found


class First:
    """The first value, in its original type."""

    def __init__(self) -> None:
        self._open: Any = None

    def step(self, groups: IntervalGroups) -> list[object]:
        """See :class:`SampleFunction`."""
        found = groups.spread(groups.pick(groups.starts))
        if self._open is not None:
            found[0] = self._open
        self._open = found.pop()
        return found


class Last:
    """The last value, in its original type."""

    def __init__(self) -> None:
        self._open: Any = None

    def step(self, groups: IntervalGroups) -> list[object]:
        """See :class:`SampleFunction`."""
        found = groups.spread(groups.pick(groups.ends - 1))
        if found[0] is None:
            found[0] = self._open
        self._open = found.pop()
        return found


def or_none(found: Floats, weights: Sequence[float] | Counts | Floats) -> list[object]:
    """Return numbers, with ``None`` where the count is 0."""
    values: list[object] = found.tolist()
    for at in np.flatnonzero(np.asarray(weights) == 0).tolist():
        values[at] = None
    return values
