"""Deleting a period: which samples are left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from oagw.archives.blocks.parts import LoadedPart, SeriesPart
from oagw.model.times import LAST

#: A period without any time.
_NOTHING = (LAST, -LAST)


@dataclass(frozen=True, slots=True)
class Deletion:
    """The samples to delete.

    :ivar first: the first source time (ns).
    :ivar last: the last source time (ns), included.
    :ivar periods: first and last time by series, within ``first`` and ``last``; only these
        series are affected. ``None`` stands for all series.
    """

    first: int
    last: int
    periods: Mapping[int, tuple[int, int]] | None = None

    def rest(self, series: int, part: SeriesPart) -> Iterator[SeriesPart]:
        """What is left of a part; it is read only if some of its samples are deleted."""
        period = (self.first, self.last)
        if self.periods is not None:
            period = self.periods.get(series, _NOTHING)
        first, last = period
        if part.first > last or part.last < first:
            yield part
            return
        if first <= part.first and part.last <= last:
            return
        columns = part.load()
        stays = (columns.stime < first) | (columns.stime > last)
        if stays.any():
            yield LoadedPart(columns.part(np.flatnonzero(stays)))


def of_series(periods: Mapping[int, tuple[int, int]]) -> Deletion:
    """A deletion of one period for each of at least one series."""
    first = min(first for first, _ in periods.values())
    return Deletion(first, max(last for _, last in periods.values()), periods)
