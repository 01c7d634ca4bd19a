"""Deleting a period: what of a part stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from oagw.archives.blocks.parts import LoadedPart, SeriesPart
from oagw.model.times import LAST

#: A period that has no time.
_NOTHING = (LAST, -LAST)


@dataclass(frozen=True, slots=True)
class Deletion:
    """What is to be deleted.

    :ivar first: from this source time (ns) on.
    :ivar last: up to this one, itself included.
    :ivar periods: of these series only, of each its own period, within the one above;
        ``None`` is of all.
    """

    first: int
    last: int
    periods: Mapping[int, tuple[int, int]] | None = None

    def rest(self, series: int, part: SeriesPart) -> Iterator[SeriesPart]:
        """What is left of a part; one that stays as it is need not be read."""
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
    """A deletion of a period of each series, of which there is at least one."""
    first = min(first for first, _ in periods.values())
    return Deletion(first, max(last for _, last in periods.values()), periods)
