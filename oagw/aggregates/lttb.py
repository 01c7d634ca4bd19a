"""Largest triangle three buckets: few samples that look like all of them.

As in S. Steinarsson, "Downsampling Time Series for Visual Representation" (2013): the first
and the last sample, and from each of ``points - 2`` buckets between, which have the same
number of samples, the one whose triangle with the sample chosen before and the mean of the
next bucket is the largest.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from oagw.aggregates.folding import AggregateRows
from oagw.aggregates.pieces import Counts, Floats, IntervalGroups, Piece

#: The fewest and the most samples that can be asked for.
LEAST, MOST = 3, 100_000


class _Pass(IntEnum):
    COUNT = 0
    MEANS = 1
    CHOOSE = 2


class Lttb:
    """Reads the samples three times: counts them, finds the buckets' means, chooses."""

    def __init__(self, points: int) -> None:
        self._points = points
        self._pass = _Pass.COUNT
        self._seen = 0
        self._zero = 0
        self.goes_on = True
        #: Where each bucket begins, and where the last one ends.
        self._bounds: npt.NDArray[np.int64] = np.zeros(1, np.int64)
        self._counts: Counts = np.empty(0, np.int64)
        self._x: Floats = np.empty(0)
        self._y: Floats = np.empty(0)
        self._corner = 0.0, 0.0
        self._best = -1.0
        self._candidate: tuple[int, object, float, float] = 0, None, 0.0, 0.0
        self._times: list[int] = []
        self._values: list[object] = []

    @np.errstate(over="ignore", invalid="ignore")
    def feed(self, piece: Piece) -> list[AggregateRows]:
        """Take the next samples; see :class:`oagw.aggregates.folding.Reduction`."""
        if self._pass is _Pass.COUNT:
            self._seen += int(piece.good.sum())
            return []
        first = int(np.searchsorted(self._bounds, self._seen, "right")) - 1
        good = IntervalGroups(piece, np.empty(0, np.intp)).samples
        if not len(good):
            return []
        if not self._seen:
            self._zero = int(good.times[0])
        x, y = (good.times - self._zero) / 1e9, good.floats()
        stop = self._seen + len(good)
        last = int(np.searchsorted(self._bounds, stop - 1, "right")) - 1
        starts = np.maximum(self._bounds[first : last + 1] - self._seen, 0)
        if self._pass is _Pass.MEANS:
            self._x[first : last + 1] += np.add.reduceat(x, starts)
            self._y[first : last + 1] += np.add.reduceat(y, starts)
        else:
            places = [*starts.tolist(), len(good)]
            for number, bucket in enumerate(range(first, last + 1)):
                self._look(good, x, y, bucket, slice(places[number], places[number + 1]))
        self._seen = stop
        return []

    def _look(self, good: Piece, x: Floats, y: Floats, bucket: int, span: slice) -> None:
        """Look for the largest triangle of a bucket, of which this is a part."""
        if self._seen + span.start == self._bounds[bucket]:
            self._best = -1.0
        (x0, y0), following = self._corner, min(bucket + 1, len(self._x) - 1)
        x2, y2 = self._x[following], self._y[following]
        areas = np.abs((x0 - x2) * (y[span] - y0) - (x0 - x[span]) * (y2 - y0))
        if not np.isfinite(areas[place := int(areas.argmax())]):
            # Beyond what a float holds one is as large as the other.
            areas = np.zeros(len(areas))
            place = 0
        if areas[place] > self._best:
            self._best = float(areas[place])
            at = span.start + place
            value = good.values[at]
            value = value.item() if isinstance(value, np.generic) else value
            self._candidate = int(good.times[at]), value, float(x[at]), float(y[at])
        if self._seen + span.stop == self._bounds[bucket + 1]:
            time, value, *corner = self._candidate
            self._times.append(time)
            self._values.append(value)
            self._corner = corner[0], corner[1]

    def end(self) -> list[AggregateRows]:
        """End a pass; see :class:`oagw.aggregates.folding.Reduction`."""
        if self._pass is _Pass.COUNT and self._seen:
            self._plan(self._seen)
        elif self._pass is _Pass.MEANS:
            self._x /= self._counts
            self._y /= self._counts
        else:
            self.goes_on = False
            found = np.array(self._times, np.int64)
            return [AggregateRows(found, [self._values])] if self._times else []
        self._seen = 0
        self._pass = _Pass(self._pass + 1)
        return []

    def _plan(self, count: int) -> None:
        """Share so many samples among the buckets."""
        if count > self._points:
            buckets = self._points - 2
            between = np.arange(buckets + 1) * (count - 2) // buckets + 1
            self._bounds = np.concatenate(([0], between, [count]))
        else:
            self._bounds = np.arange(count + 1)
        self._counts = np.diff(self._bounds)
        self._x = np.zeros(len(self._counts))
        self._y = np.zeros(len(self._counts))
