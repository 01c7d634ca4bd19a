"""Minimum and maximum of a series by interval, mostly from the summaries of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from oagw.archives.blocks import SUB_BLOCK, SUMMARY, has_summary
from oagw.archives.scanning import Reading
from oagw.archives.sealed import Stored
from oagw.errors import DataManagerError
from oagw.interfaces.archives import Extremes
from oagw.model.columns import Columns, Kind, Times

_Floats = npt.NDArray[np.float64]


#: If one of so many sub-blocks must be read, all might as well.
_WORTH = 8


class _NotSimple(Exception):  # noqa: N818 - no fault
    """There are bad values, or such that are no exact floats, or too many edges."""


@dataclass(frozen=True, slots=True)
class _Outline:
    """What is known of blocks without reading them: of each of their sub-blocks.

    :ivar stored: the blocks.
    :ivar starts: where the sub-blocks of each begin.
    :ivar first: the time of the first sample.
    :ivar last: no sample is later.
    """

    stored: Sequence[Stored]
    starts: npt.NDArray[np.intp]
    first: Times
    last: Times
    low: _Floats
    high: _Floats


def extremes(reading: Reading, edges: Times) -> Extremes | None:
    """Minimum and maximum between neighbouring edges (ns); see ``IArchive.extremes``."""
    first, last = int(edges[0]), int(edges[-1]) - 1
    work = _Work(edges)
    try:
        work.add_before(reading.before(first, 1))
        for columns in reading.hot(first, last):
            work.add_columns(columns)
        outlines = []
        for parts in reading.stored(first, last):
            blocks: list[Stored] = []
            for part in parts:
                if isinstance(part, Stored):
                    blocks.append(part)
                else:
                    work.add_columns(part.load())
            summed, others = _outline(blocks)
            for block in others:
                work.add_columns(block.load())
            if summed is not None:
                outlines.append(summed)
                work.add_inside(summed)
        # Only now is it known which of the rest matters.
        for outline in outlines:
            work.add_crossing(outline)
    except _NotSimple:
        return None
    return work.result()


def _outline(parts: Sequence[Stored]) -> tuple[_Outline | None, list[Stored]]:
    """What the summaries say of blocks of one partition, and the blocks that have none."""
    alone = [part.id for part in parts if not part.shared and part.kind is not Kind.OTHER]
    if not alone:
        return None, list(parts)
    found = parts[0].partition.summaries(alone)
    stored = [part for part in parts if part.id in found]
    others = [part for part in parts if part.id not in found]
    if not stored:
        return None, others
    summaries = [found[part.id] for part in stored]
    rows = np.frombuffer(b"".join(summaries), SUMMARY)
    counts = [len(one) // SUMMARY.itemsize for one in summaries]
    starts = np.cumsum([0, *counts])
    if rows["first"][starts[:-1]].tolist() != [part.first for part in stored]:
        raise DataManagerError(
            f"{parts[0].partition.name}: a summary is of another block; the file is damaged"
        )
    last = np.empty(len(rows), np.int64)
    last[:-1] = rows["first"][1:]
    last[starts[1:] - 1] = [part.last for part in stored]
    return _Outline(
        stored, starts[:-1], rows["first"], last, rows["low"], rows["high"]
    ), others


class _Work:
    """The extremes so far.

    :ivar whole: whether all values were whole numbers.
    """

    def __init__(self, edges: Times) -> None:
        self._edges = edges
        count = len(edges) - 1
        # One more at both ends, for what is outside.
        self._low = np.full(count + 2, np.inf)
        self._high = np.full(count + 2, -np.inf)
        self._whole = True
        self._first: int | None = None

    def add_before(self, columns: Columns) -> None:
        """The value that holds when the period begins, if there is one."""
        if len(columns):
            if not has_summary(columns):
                raise _NotSimple
            self._first = int(columns.stime[0])

    def _interval(self, times: Times) -> npt.NDArray[np.intp]:
        return np.searchsorted(self._edges, times, "right")

    def _note(self, kind: Kind, first: int) -> None:
        self._whole = self._whole and kind is not Kind.FLOAT
        self._first = first if self._first is None else min(first, self._first)

    def add_columns(self, columns: Columns) -> None:
        """Samples of which all may count."""
        if not len(columns):
            return
        if not has_summary(columns):
            raise _NotSimple
        self._note(columns.kind, int(columns.stime[0]))
        self._add(self._interval(columns.stime), columns.floats(), columns.floats())

    def _add(self, where: npt.NDArray[np.intp], low: _Floats, high: _Floats) -> None:
        np.minimum.at(self._low, where, low)
        np.maximum.at(self._high, where, high)

    def add_inside(self, outline: _Outline) -> None:
        """The sub-blocks in which there is no edge."""
        for part in outline.stored:
            self._note(part.kind, part.first)
        begin, end = self._interval(outline.first), self._interval(outline.last)
        inside = begin == end
        self._add(begin[inside], outline.low[inside], outline.high[inside])

    def add_crossing(self, outline: _Outline) -> None:
        """The others: they need not be read if they change nothing, whatever is where."""
        # What is outside of the period on one side can matter on the other one only.
        self._low[[0, -1]], self._high[[0, -1]] = -np.inf, np.inf
        begin, end = self._interval(outline.first), self._interval(outline.last)
        matters = (end > begin + 1) | ~(
            (outline.low >= np.maximum(self._low[begin], self._low[end]))
            & (outline.high <= np.minimum(self._high[begin], self._high[end]))
        )
        numbers = np.flatnonzero((begin != end) & matters)
        if len(numbers) * _WORTH > len(begin):
            raise _NotSimple
        self._add_parts(outline, numbers)

    def _add_parts(self, outline: _Outline, numbers: npt.NDArray[np.intp]) -> None:
        """Read sub-blocks, given by their numbers among those of all blocks."""
        of_blocks = np.searchsorted(outline.starts, numbers, "right") - 1
        wanted: dict[int, list[int]] = {}
        places = numbers - outline.starts[of_blocks]
        for block, place in zip(of_blocks.tolist(), places.tolist(), strict=True):
            wanted.setdefault(outline.stored[block].id, []).append(place)
        for block, found in outline.stored[0].partition.values([*wanted]):
            for place in wanted[block]:
                rows = slice(place * SUB_BLOCK, (place + 1) * SUB_BLOCK)
                part = found.columns.part(rows)
                values = part.floats()
                self._add(self._interval(part.stime), values, values)

    def result(self) -> Extremes:
        """The extremes; NaN where nothing is."""
        low, high = self._low[1:-1], self._high[1:-1]
        none = low > high
        low[none] = high[none] = np.nan
        return Extremes(low, high, self._whole, self._first)
