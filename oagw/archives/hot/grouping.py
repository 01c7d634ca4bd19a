"""Which archive group samples are sealed to: decided once, and written down.

The group of an element may change at any time. The group of a sample is decided just
before its batch is sealed. If the process is killed while it seals, the next start knows
which partition has to be searched for the sample.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterator, Mapping

import numpy as np

from oagw.archives.blocks.chunks import Chunk
from oagw.storage.sqlite import transaction


class Grouping:
    """The groups of series by batch, in the hot store's file.

    :ivar decided: the groups are decided for batches up to this one.
    :ivar until: the latest source time (ns) of all samples in these batches.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.decided, self.until = connection.execute(
            "SELECT batch, until FROM decided"
        ).fetchone()
        self._names: dict[int, list[tuple[int, str]]] = {}
        rows = connection.execute(
            "SELECT series, batch, name FROM archive_group ORDER BY series, batch"
        )
        for series, batch, name in rows:
            self._names.setdefault(series, []).append((batch, name))

    def of(self, series: int, batch: int) -> str:
        """The group that a batch's samples of a series are sealed to; empty for none."""
        names = self._names.get(series)
        if names is None:
            return ""
        # Only rows of earlier batches apply; batches begin at 1.
        at = bisect_left(names, (batch, ""))
        return names[at - 1][1] if at else ""

    def split(self, samples: Chunk, batch: int) -> Iterator[tuple[str, Chunk]]:
        """A batch's samples by the group that they are sealed to."""
        groups = [self.of(one, batch) for one in samples.numbers.tolist()]
        names = sorted(set(groups))
        if len(names) == 1:
            yield names[0], samples
            return
        numbers = np.array([names.index(one) for one in groups], np.int64)
        of_samples = np.repeat(numbers, samples.lengths)
        for number, name in enumerate(names):
            yield name, samples.part(np.flatnonzero(of_samples == number))

    def decide(self, groups: Mapping[int, str], batch: int, until: int) -> None:
        """Decide the groups for batches up to one, before any of these is sealed.

        :param groups: the groups of the series that have samples in these batches.
        :param until: the latest source time (ns) of these samples.
        """
        before = self.decided
        changed = {
            series: name
            for series, name in groups.items()
            if self.of(series, before + 1) != name
        }
        with transaction(self._connection):
            self._connection.execute(
                "UPDATE decided SET batch = ?, until = max(until, ?)", (batch, until)
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO archive_group VALUES (?, ?, ?)",
                [(series, before, name) for series, name in changed.items()],
            )
        self.decided = batch
        self.until = max(self.until, until)
        for series, name in changed.items():
            self._names.setdefault(series, []).append((before, name))
