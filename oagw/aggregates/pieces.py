"""Pieces: samples for an aggregate, and how they fall into intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Times: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]
Counts: TypeAlias = npt.NDArray[np.int64]
Numbers: TypeAlias = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some samples of one attribute, ordered by time.

    :ivar times: source times in ns.
    :ivar values: numbers as an array, other values as a list.
    :ivar good: whether each sample is used.
    """

    times: Times
    values: Numbers | list[object]
    good: Flags

    def __len__(self) -> int:
        return len(self.times)

    def part(self, begin: int, end: int | None = None) -> Piece:
        """Return the samples from one index to another."""
        span = slice(begin, end)
        return Piece(self.times[span], self.values[span], self.good[span])

    def numbers(self) -> Numbers:
        """Return the values as numbers; bools become 0 and 1.

        :raises ValueError: the values are texts or lists.
        """
        if isinstance(self.values, list):
            raise ValueError("texts and lists are not numbers")
        return self.values.astype(np.int64) if self.values.dtype == bool else self.values

    def floats(self) -> Floats:
        """Return the values as floats.

        :raises ValueError: the values are texts or lists.
        """
        return self.numbers().astype(np.float64, copy=False)


def no_samples() -> Piece:
    """Return a piece without samples."""
    return Piece(np.empty(0, np.int64), np.empty(0), np.empty(0, np.bool_))


def joined(pieces: list[Piece]) -> Piece:
    """Merge several pieces by time; at equal times the earlier piece comes first."""
    if len(pieces) == 1:
        return pieces[0]
    times = np.concatenate([one.times for one in pieces])
    order = np.argsort(times, kind="stable")
    good = np.concatenate([one.good for one in pieces])[order]
    types = {None if isinstance(one.values, list) else one.values.dtype for one in pieces}
    if len(types) == 1 and None not in types:
        values: Numbers = np.concatenate([one.values for one in pieces])
        return Piece(times[order], values[order], good)
    every = [value for one in pieces for value in one.values]
    return Piece(times[order], [every[at] for at in order.tolist()], good)


class IntervalGroups:
    """The good samples of a piece, grouped by interval.

    :param cuts: the index in the piece where each interval except the first begins.
    :ivar counts: the number of samples in each interval.
    :ivar filled: the indexes of the intervals with samples.
    """

    def __init__(self, piece: Piece, cuts: npt.NDArray[np.intp]) -> None:
        bounds = np.concatenate(([0], cuts, [len(piece)]))
        if not piece.good.all():
            bounds = np.concatenate(([0], piece.good.cumsum()))[bounds]
            piece = _chosen(piece)
        self.samples = piece
        self.counts: Counts = np.diff(bounds)
        self.filled = np.flatnonzero(self.counts)
        #: The index of the first sample of each filled interval.
        self.starts = bounds[self.filled]

    @property
    def ends(self) -> npt.NDArray[np.intp]:
        """The index after the last sample of each filled interval."""
        return self.starts + self.counts[self.filled]

    @cached_property
    def sums(self) -> Floats:
        """Return the sum of the values of each interval."""
        return self.totals(self.samples.floats())

    def totals(self, values: Floats) -> Floats:
        """Return the sum for each interval of numbers that accompany the samples."""
        found = np.zeros(len(self.counts))
        if len(self.filled):
            found[self.filled] = np.add.reduceat(values, self.starts)
        return found

    def spread(self, found: list[Any]) -> list[Any]:
        """Return the results of filled intervals, with ``None`` for empty intervals."""
        if len(found) == len(self.counts):
            return found
        every: list[Any] = [None] * len(self.counts)
        for at, one in zip(self.filled.tolist(), found, strict=True):
            every[at] = one
        return every

    def pick(self, places: npt.NDArray[np.intp]) -> list[Any]:
        """Return the values at some indexes of the samples."""
        values = self.samples.values
        if isinstance(values, list):
            return [values[at] for at in places.tolist()]
        picked: list[Any] = values[places].tolist()
        return picked

    def reduced(self, reduce: Callable[[Numbers, Any], Numbers]) -> list[Any]:
        """Return the results of a ufunc's ``reduceat`` for each filled interval."""
        if not len(self.filled):
            return []
        found: list[Any] = reduce(self.samples.numbers(), self.starts).tolist()
        return found


def _chosen(piece: Piece) -> Piece:
    """Return only the good samples."""
    good, values = piece.good, piece.values
    if isinstance(values, list):
        values = [value for value, fine in zip(values, good.tolist(), strict=True) if fine]
    else:
        values = values[good]
    return Piece(piece.times[good], values, good[good])
