"""What aggregates mean, sample by sample, as ``docs/aggregates.rst`` says it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from oagw.aggregates.pieces import Piece


@dataclass(frozen=True)
class One:
    """A sample: source time in ns, value, and whether it is good."""

    time: int
    value: Any
    good: bool = True


def piece(samples: Sequence[One], kind: str | None = None) -> Piece:
    """Samples as a piece; without a kind their values stay a list."""
    values = [one.value for one in samples]
    return Piece(
        np.array([one.time for one in samples], np.int64),
        values if kind is None else np.array(values, kind),
        np.array([one.good for one in samples], np.bool_),
    )


def pieces(samples: Sequence[One], cuts: Sequence[int], kind: str | None) -> list[Piece]:
    """Samples cut at some places; pieces are never empty."""
    places = sorted({0, len(samples), *(cut % (len(samples) + 1) for cut in cuts)})
    return [piece(samples[begin:end], kind) for begin, end in pairwise(places)]


class Naive:
    """The results of the intervals of a period."""

    def __init__(
        self, samples: Sequence[One], edges: Sequence[int], now: int, percent: float
    ) -> None:
        self.samples = [one for one in samples if one.time < edges[-1]]
        self.spans = list(pairwise(edges))
        self.now = now
        self.percent = percent

    def all(self, function: str) -> list[Any]:
        """The results of a function."""
        if not self.samples:
            return []
        return [getattr(self, function)(begin, end) for begin, end in self.spans]

    def within(self, begin: int, end: int) -> list[Any]:
        """The good values of an interval."""
        return [one.value for one in self.samples if begin <= one.time < end and one.good]

    def held(self, begin: int, end: int) -> list[tuple[Any, int]]:
        """Good values of an interval and for how many ns each holds in it."""
        found = []
        ends = [one.time for one in self.samples[1:]] + [self.spans[-1][1]]
        for one, until in zip(self.samples, ends, strict=True):
            length = min(until, end, self.now) - max(one.time, begin)
            if one.good and length > 0:
                found.append((one.value, length))
        return found

    def count(self, begin: int, end: int) -> int:
        return len(self.within(begin, end))

    def first(self, begin: int, end: int) -> Any:
        return next(iter(self.within(begin, end)), None)

    def last(self, begin: int, end: int) -> Any:
        return next(reversed(self.within(begin, end)), None)

    def minimum(self, begin: int, end: int) -> Any:
        return min(self.within(begin, end), default=None)

    def maximum(self, begin: int, end: int) -> Any:
        return max(self.within(begin, end), default=None)

    def sum(self, begin: int, end: int) -> float | None:
        values = self.within(begin, end)
        return math.fsum(values) if values else None

    def mean(self, begin: int, end: int) -> float | None:
        values = self.within(begin, end)
        return math.fsum(values) / len(values) if values else None

    def deviation(self, begin: int, end: int) -> float | None:
        values = self.within(begin, end)
        if not values:
            return None
        mean = math.fsum(values) / len(values)
        return math.sqrt(math.fsum((one - mean) ** 2 for one in values) / len(values))

    def percentile(self, begin: int, end: int) -> Any:
        values = sorted(self.within(begin, end))
        if not values:
            return None
        return values[max(math.ceil(self.percent * len(values) / 100), 1) - 1]

    def integral(self, begin: int, end: int) -> float | None:
        held = self.held(begin, end)
        return math.fsum(value * length / 1e9 for value, length in held) if held else None

    def average(self, begin: int, end: int) -> float | None:
        held = self.held(begin, end)
        if not held:
            return None
        whole = sum(length for _, length in held)
        return math.fsum(value * length for value, length in held) / whole

    def quality(self, begin: int, end: int) -> float:
        length = min(end, self.now) - min(begin, self.now)
        good = sum(length for _, length in self.held(begin, end))
        return good / length if length else 0.0


def lttb(samples: Sequence[One], points: int) -> list[One]:
    """The published algorithm, over the good samples."""
    good = [one for one in samples if one.good]
    if len(good) <= points:
        return good
    x = [(one.time - good[0].time) / 1e9 for one in good]
    y = [float(one.value) for one in good]
    count, buckets = len(good), points - 2
    begins = [at * (count - 2) // buckets + 1 for at in range(buckets + 1)] + [count]
    chosen = [0]
    for bucket in range(buckets):
        following = range(begins[bucket + 1], begins[bucket + 2])
        mean_x = sum(x[at] for at in following) / len(following)
        mean_y = sum(y[at] for at in following) / len(following)
        last, best, found = chosen[-1], -1.0, 0
        for at in range(begins[bucket], begins[bucket + 1]):
            area = abs(
                (x[last] - mean_x) * (y[at] - y[last])
                - (x[last] - x[at]) * (mean_y - y[last])
            )
            if area > best:
                best, found = area, at
        chosen.append(found)
    return [good[at] for at in [*chosen, count - 1]]
