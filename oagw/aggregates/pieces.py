"""Samples on their way into an aggregate, and how they fall into intervals."""

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
    :ivar values: numbers as an array, anything else as a list.
    :ivar good: whether each may take part.
    """

    times: Times
    values: Numbers | list[object]
    good: Flags

    def __len__(self) -> int:
        return len(self.times)

    def part(self, begin: int, end: int | None = None) -> Piece:
        """The samples from one place to another."""
        span = slice(begin, end)
        return Piece(self.times[span], self.values[span], self.good[span])

    def numbers(self) -> Numbers:
        """The values as numbers; bools are 0 and 1.

        :raises ValueError: the values are no numbers.
        """
        if isinstance(self.values, list):
            raise ValueError("texts and lists are not numbers")
        return self.values.astype(np.int64) if self.values.dtype == bool else self.values

    def floats(self) -> Floats:
        """The values as floats.

        :raises ValueError: the values are no numbers.
        """
        return self.numbers().astype(np.float64, copy=False)


def no_samples() -> Piece:
    """None at all."""
    return Piece(np.empty(0, np.int64), np.empty(0), np.empty(0, np.bool_))


def joined(pieces: list[Piece]) -> Piece:
    """Several pieces as one by time; of equal times those of an earlier piece first."""
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
    """The good samples of a piece by the interval that they lie in.

    :param cuts: where in the piece each interval but the first begins.
    :ivar counts: how many samples each interval has.
    :ivar filled: the numbers of the intervals that have any.
    """

    def __init__(self, piece: Piece, cuts: npt.NDArray[np.intp]) -> None:
        bounds = np.concatenate(([0], cuts, [len(piece)]))
        if not piece.good.all():
            bounds = np.concatenate(([0], piece.good.cumsum()))[bounds]
            piece = _chosen(piece)
        self.samples = piece
        self.counts: Counts = np.diff(bounds)
        self.filled = np.flatnonzero(self.counts)
        #: Where in the samples each filled interval begins.
        self.starts = bounds[self.filled]

    @property
    def ends(self) -> npt.NDArray[np.intp]:
        """Behind the last sample of each filled interval."""
        return self.starts + self.counts[self.filled]

    @cached_property
    def sums(self) -> Floats:
        """The sum of each interval's values."""
        return self.totals(self.samples.floats())

    def totals(self, values: Floats) -> Floats:
        """The sum for each interval of some numbers beside the samples."""
        found = np.zeros(len(self.counts))
        if len(self.filled):
            found[self.filled] = np.add.reduceat(values, self.starts)
        return found

    def spread(self, found: list[Any]) -> list[Any]:
        """What the filled intervals have, with ``None`` for the others between."""
        if len(found) == len(self.counts):
            return found
        every: list[Any] = [None] * len(self.counts)
        for at, one in zip(self.filled.tolist(), found, strict=True):
            every[at] = one
        return every

    def pick(self, places: npt.NDArray[np.intp]) -> list[Any]:
        """The values at some places of the samples."""
        values = self.samples.values
        if isinstance(values, list):
            return [values[at] for at in places.tolist()]
        picked: list[Any] = values[places].tolist()
        return picked

    def reduced(self, reduce: Callable[[Numbers, Any], Numbers]) -> list[Any]:
        """What a ufunc's ``reduceat`` makes of each filled interval."""
        if not len(self.filled):
            return []
        found: list[Any] = reduce(self.samples.numbers(), self.starts).tolist()
        return found


def _chosen(piece: Piece) -> Piece:
    """The good samples alone."""
    good, values = piece.good, piece.values
    if isinstance(values, list):
        values = [value for value, fine in zip(values, good.tolist(), strict=True) if fine]
    else:
        values = values[good]
    return Piece(piece.times[good], values, good[good])
