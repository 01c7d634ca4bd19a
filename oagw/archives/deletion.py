"""Deleting a period: a run becomes another one that lacks some of its samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from oagw.archives.compaction import compacted
from oagw.archives.merging import Loaded, Part
from oagw.archives.sealed import Partition, Run


@dataclass(frozen=True, slots=True)
class Deletion:
    """What is to be deleted.

    :ivar series: of these series; ``None`` is of all.
    :ivar first: from this source time (ns) on.
    :ivar last: up to this one, itself included.
    """

    series: frozenset[int] | None
    first: int
    last: int

    def may_hit(self, partition: Partition, run: Run) -> bool:
        """Whether something of a run may have to go."""
        if self.series is None:
            return partition.has_any(run, self.first, self.last)
        return any(partition.parts(run, one, self.first, self.last) for one in self.series)

    def rest(self, series: int, part: Part) -> Iterator[Part]:
        """What is left of a part; one that stays as it is need not be read."""
        is_mine = self.series is None or series in self.series
        if not is_mine or part.first > self.last or part.last < self.first:
            yield part
            return
        if self.first <= part.first and part.last <= self.last:
            return
        columns = part.load()
        stays = (columns.stime < self.first) | (columns.stime > self.last)
        if stays.any():
            yield Loaded(columns.part(np.flatnonzero(stays)))


def delete(partition: Partition, run: Run, deletion: Deletion) -> Run | None:
    """Write a run that lacks what is deleted, at once; ``None`` if it has none of it."""
    if not deletion.may_hit(partition, run):
        return None
    return partition.replace([run], compacted(partition, [run], deletion.rest))
