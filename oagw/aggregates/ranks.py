"""Percentiles: the value at a rank among the values of an interval.

Up to ``EXACT`` values are stored unchanged. Beyond that, two sorted buffers of equal weight
are merged, and every second value is kept with double weight (Manku, Rajagopalan, Lindsay
1998). Memory grows with the logarithm of the count, and the error of the rank is less than
one in 10,000.
"""

from __future__ import annotations

import math

import numpy as np

from oagw.aggregates.pieces import IntervalGroups, Numbers

#: Maximum number of values in an interval for an exact percentile.
EXACT = 1 << 18
#: Maximum relative error of a double that stands for a whole number.
_ROUNDING = 1e-14


def rank(percent: float, count: int) -> int:
    """Return the index among ``count`` sorted values (nearest rank), from 0.

    99.9 percent of 41,000 is 40,959, although the result in doubles is slightly larger.
    """
    place = percent * count / 100
    whole = round(place)
    is_whole = math.isclose(place, whole, rel_tol=_ROUNDING)
    return max(whole if is_whole else math.ceil(place), 1) - 1


class Ranks:
    """The values of one interval."""

    def __init__(self) -> None:
        self._loose: list[Numbers] = []
        self._loose_count = 0
        self._levels: list[Numbers | None] = []
        self._odd = False
        self.count = 0

    def add(self, values: Numbers) -> None:
        """Add some values."""
        while len(values):
            some = values[: EXACT - self._loose_count]
            values = values[len(some) :]
            self._loose.append(some.copy())
            self._loose_count += len(some)
            self.count += len(some)
            if self._loose_count == EXACT and len(values):
                self._compress()

    def _compress(self) -> None:
        buffer = np.sort(np.concatenate(self._loose))
        self._loose, self._loose_count = [], 0
        for level, other in enumerate(self._levels):
            if other is None:
                self._levels[level] = buffer
                return
            self._levels[level] = None
            self._odd = not self._odd
            buffer = np.sort(np.concatenate((buffer, other)))[int(self._odd) :: 2]
        self._levels.append(buffer)

    def value(self, percent: float) -> object:
        """Return the value at a percentage; ``None`` if there are no values."""
        if not self.count:
            return None
        parts = [(1, one) for one in self._loose]
        parts += [
            (1 << level, one) for level, one in enumerate(self._levels) if one is not None
        ]
        values = np.concatenate([one for _, one in parts])
        weights = np.concatenate([np.full(len(one), weight) for weight, one in parts])
        order = np.argsort(values, kind="stable")
        ranks = weights[order].cumsum()
        place = np.searchsorted(ranks, rank(percent, self.count), "right")
        found: object = values[order[place]].item()
        return found


class Percentile:
    """The least value such that at least ``percent`` of the values do not exceed it."""

    def __init__(self, percent: float) -> None:
        self._percent = percent
        self._open = Ranks()

    def step(self, groups: IntervalGroups) -> list[object]:
        """See :class:`oagw.aggregates.samplefunctions.SampleFunction`."""
        numbers = groups.samples.numbers()
        counts = groups.counts
        head, tail = int(counts[0]), len(numbers) - int(counts[-1])
        self._open.add(numbers[:head])
        if len(counts) == 1:
            return []
        found = [self._open.value(self._percent)]
        found += self._between(numbers[head:tail], counts[1:-1].tolist())
        self._open = Ranks()
        self._open.add(numbers[tail:])
        return found

    def _between(self, numbers: Numbers, counts: list[int]) -> list[object]:
        """Return the results of intervals that are complete."""
        order = np.lexsort((numbers, np.repeat(np.arange(len(counts)), counts)))
        ordered = numbers[order]
        found: list[object] = []
        begin = 0
        for count in counts:
            place = begin + rank(self._percent, count)
            found.append(ordered[place].item() if count else None)
            begin += count
        return found
