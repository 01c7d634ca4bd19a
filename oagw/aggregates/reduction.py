"""The reduction of samples to one result for each interval, piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from oagw.aggregates.functiontable import AggregateFunction
from oagw.aggregates.holdtimes import (
    Held,
    HoldTimes,
)
from oagw.aggregates.pieces import Counts, Floats, IntervalGroups, Piece, Times, no_samples
from oagw.aggregates.ranks import Percentile
from oagw.aggregates.samplefunctions import (
    Count,
    Deviation,
    Extreme,
    First,
    Last,
    Mean,
    SampleFunction,
    Sum,
    or_none,
)
from oagw.model.times import NS_PER_S

#: Maximum number of intervals per step, so that memory does not grow with their number.
_TOGETHER = 1 << 14

_OF_SAMPLES: dict[AggregateFunction, Callable[[], SampleFunction]] = {
    AggregateFunction.COUNT: Count,
    AggregateFunction.SUM: Sum,
    AggregateFunction.MEAN: Mean,
    AggregateFunction.DEVIATION: Deviation,
    AggregateFunction.MINIMUM: lambda: Extreme(np.minimum.reduceat, min),
    AggregateFunction.MAXIMUM: lambda: Extreme(np.maximum.reduceat, max),
    AggregateFunction.FIRST: First,
    AggregateFunction.LAST: Last,
}


@dataclass(frozen=True, slots=True)
class AggregateRows:
    """A part of the results.

    :ivar times: in ns: the start of each interval, or the times of samples.
    :ivar columns: a list of values for each function.
    :ivar quality: the share of each interval with good values, if requested.
    """

    times: Times
    columns: Sequence[list[object]]
    quality: Floats | None = None

    def __len__(self) -> int:
        return len(self.times)


class Reduction(Protocol):
    """Reduces samples to results; it may need to read the samples several times."""

    def feed(self, piece: Piece) -> list[AggregateRows]:
        """Add the next samples; return the results that are complete."""
        ...

    def end(self) -> list[AggregateRows]:
        """End the samples; return the remaining results."""
        ...

    @property
    def goes_on(self) -> bool:
        """Whether all samples must be read again after the end."""
        ...


class IntervalReduction:
    """Functions over the intervals of a period; the sample before it may come first.

    :param edges: the start of each interval and the end of the last one (ns).
    :param now: values hold at most until this time (ns).
    """

    goes_on = False

    def __init__(
        self, functions: Sequence[AggregateFunction], percent: float, edges: Times, now: int
    ) -> None:
        self._functions = functions
        self._edges = edges
        self._ends = np.minimum(edges, now)
        self._open = 0
        self._has_samples = False
        self._plain: dict[AggregateFunction, SampleFunction] = {
            one: _OF_SAMPLES[one]() for one in functions if one in _OF_SAMPLES
        }
        if AggregateFunction.PERCENTILE in functions:
            self._plain[AggregateFunction.PERCENTILE] = Percentile(percent)
        weighted = any(one.is_weighted for one in functions)
        self._holding = HoldTimes(int(edges[0]), now, weighted)

    def feed(self, piece: Piece) -> list[AggregateRows]:
        """Add the next samples; see :class:`Reduction`."""
        edges = self._edges
        piece = piece.part(0, _place(piece, edges[-1]))
        self._has_samples = self._has_samples or len(piece) > 0
        before = _place(piece, edges[0])
        if before:
            self._holding.begin(piece.part(0, before))
            piece = piece.part(before)
        found = []
        while len(piece):
            last = int(np.searchsorted(edges, piece.times[-1], "right")) - 1
            last = min(last, self._open + _TOGETHER)
            part = _place(piece, edges[last + 1])
            found.append(self._step(piece.part(0, part), last))
            piece = piece.part(part)
        return [rows for rows in found if len(rows)]

    def end(self) -> list[AggregateRows]:
        """Close all intervals if any value is known; see :class:`Reduction`."""
        found: list[AggregateRows] = []
        if not self._has_samples:
            return found
        count = len(self._edges) - 1
        while self._open < count:
            found.append(self._step(no_samples(), min(count, self._open + _TOGETHER)))
        return found

    @np.errstate(over="ignore", invalid="ignore")
    def _step(self, piece: Piece, last: int) -> AggregateRows:
        """Process the samples up to an interval, which becomes the open one."""
        begin, self._open = self._open, last
        edges = self._edges[begin + 1 : last + 1]
        cuts = np.searchsorted(piece.times, edges)
        held = self._holding.step(piece, cuts, edges)
        results: dict[AggregateFunction, list[object]] = {}
        if self._plain:
            groups = IntervalGroups(piece, cuts)
            results = {name: one.step(groups) for name, one in self._plain.items()}
        for name in self._functions:
            if name.is_weighted:
                results[name] = _weighted(name, held)
        lengths: Counts = np.diff(self._ends[begin : last + 1])
        return AggregateRows(
            self._edges[begin:last],
            [results[name] for name in self._functions],
            held.good / np.maximum(lengths, 1),
        )


def _place(piece: Piece, edge: int) -> int:
    return int(np.searchsorted(piece.times, edge))


def _weighted(function: AggregateFunction, held: Held) -> list[object]:
    if function is AggregateFunction.AVERAGE:
        return or_none(held.integral / np.maximum(held.good, 1), held.good)
    return or_none(held.integral / NS_PER_S, held.good)
