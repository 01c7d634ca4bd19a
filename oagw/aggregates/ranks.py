"""Percentiles: what is at a rank among the values of an interval.

Up to ``EXACT`` values are kept as they are. Of more, every other of two equally heavy
sorted buffers goes on with twice their weight (Manku, Rajagopalan, Lindsay 1998): memory
grows with the logarithm of their number, and the rank is off by less than one in 10,000.
"""

from __future__ import annotations

import math

import numpy as np

from oagw.aggregates.pieces import IntervalGroups, Numbers

#: So many values of an interval give an exact percentile.
EXACT = 1 << 18
#: How far doubles may be from the whole number that is meant, at most.
_ROUNDING = 1e-14


def rank(percent: float, count: int) -> int:
    """The place among so many sorted values, from 0 on (nearest rank).

    99.9 percent of 41,000 are 40,959, also though doubles give a little more.
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
        """Take some more."""
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
        """The value at a percentage; ``None`` if there are no values."""
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
    """The least value that at least so many percent of the values do not exceed."""

    def __init__(self, percent: float) -> None:
        self._percent = percent
        self._open = Ranks()

    def step(self, groups: IntervalGroups) -> list[object]:
        """See :class:`oagw.aggregates.plain.Plain`."""
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
        """The results of intervals that are here as a whole."""
        order = np.lexsort((numbers, np.repeat(np.arange(len(counts)), counts)))
        ordered = numbers[order]
        found: list[object] = []
        begin = 0
        for count in counts:
            place = begin + rank(self._percent, count)
            found.append(ordered[place].item() if count else None)
            begin += count
        return found
