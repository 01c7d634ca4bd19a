"""Reading an archive month by month while a gateway may use it.

The hot store is read first. If its samples are sealed meanwhile, the partition says so, and
nothing is doubled or lost. Each month is read as it is at one moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import numpy as np

from oagw.archives.blocks.chunks import Chunk, Lists, ordered, unordered
from oagw.archives.blocks.months import months, start_of
from oagw.archives.blocks.parts import LoadedPart, SeriesPart, merged_parts
from oagw.archives.hot.grouping import Grouping
from oagw.archives.hot.hotstore import decode_lists
from oagw.archives.sealed.blockviews import BlockPart
from oagw.archives.sealed.partitionviews import PartitionSource, PartitionView
from oagw.errors import DataManagerError
from oagw.model.columns import Columns, cut
from oagw.storage.damage import explained
from oagw.storage.sqlite import connect_to_read, read_transaction


class Snapshot:
    """An archive with all samples that were acknowledged before, each once.

    :param directory: of the archive.
    :param source: its sealed samples.
    :raises DataManagerError: the hot store is damaged.
    """

    def __init__(self, directory: Path, source: PartitionSource) -> None:
        self._hot = _HotSamples(directory / "hot.sqlite")
        self._source = source

    def months(self, first: int, last: int) -> list[int]:
        """The months that may have values of a period (ns, both ends included)."""
        known = self._source.months() | self._hot.months
        return sorted(
            month
            for month in known
            if start_of(month) <= last and start_of(month + 1) > first
        )

    def size(self, month: int) -> int:
        """The size of a month in bytes, approximately; never 0."""
        return 1 + self._source.size(month)

    @contextmanager
    def month(self, month: int) -> Iterator[MonthSnapshot]:
        """A month, to be read inside of the context only."""
        with self._source.month(month) as partitions:
            sealed = {one.group: one.sealed for one in partitions}
            yield MonthSnapshot(partitions, self._hot.rest(month, sealed))


class _HotSamples:
    """The samples of the hot store at one moment, each with its batch."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lists: Lists = ([], [], [], [], [])
        batches: list[int] = []
        with (
            explained(path, DataManagerError),
            read_transaction(connect_to_read(path)) as connection,
        ):
            rows = connection.execute("SELECT id, samples FROM batch ORDER BY id")
            for number, data in rows:
                try:
                    found = decode_lists(data)
                except ValueError as error:
                    raise DataManagerError(f"{path}, batch {number}: {error}") from error
                for column, more in zip(lists, found, strict=True):
                    column += more  # type: ignore[operator]
                batches += [number] * len(found[0])
        self._batches = np.array(batches, np.int64)
        self._samples = unordered(lists)
        self._months = months(self._samples.stime)
        self.months: set[int] = set(np.unique(self._months).tolist())

    def rest(self, month: int, sealed: Mapping[str, int]) -> Chunk:
        """The samples of a month that none of its partitions has.

        :param sealed: by group, the batch up to which its partition has its samples.
        """
        mine = self._months == month
        last = max(sealed.values(), default=0)
        doubtful = np.flatnonzero(mine & (self._batches <= last))
        if len(doubtful):
            # The groups of a batch are decided before it is sealed.
            with read_transaction(connect_to_read(self._path)) as connection:
                group_of = Grouping(connection).of
            pairs = zip(
                doubtful.tolist(),
                self._samples.series[doubtful].tolist(),
                self._batches[doubtful].tolist(),
                strict=True,
            )
            there = [
                row
                for row, series, batch in pairs
                if sealed.get(group_of(series, batch), 0) >= batch
            ]
            mine[there] = False
        return ordered(self._samples.part(np.flatnonzero(mine)))


class MonthSnapshot:
    """The samples of a month at one moment.

    :param hot: samples that are in none of the partitions.
    """

    def __init__(self, partitions: Sequence[PartitionView], hot: Chunk) -> None:
        self._partitions = partitions
        self._hot = hot

    def series(self, first: int, last: int) -> list[int]:
        """The series that may have samples in a period, ascending."""
        found = set(np.unique(self._hot.series).tolist())
        for one in self._partitions:
            found |= one.series(first, last)
        return sorted(found)

    def read(
        self, series: Sequence[int], first: int, last: int
    ) -> Iterator[tuple[int, Columns]]:
        """The samples of some series in a period, series by series, in pieces.

        Those of a series are ordered by source time, and equal times by arrival.

        :raises DataManagerError: a block is damaged.
        """
        for number, sources in self._sources(series, first, last):
            for part in merged_parts(sources):
                columns = part.load()
                if part.first < first or part.last > last:
                    columns = cut(columns, first, last)
                if len(columns):
                    yield number, columns

    def count(self, series: Sequence[int], first: int, last: int) -> dict[int, int]:
        """The number of samples of each series in a period, for series that have any.

        Blocks that lie within the period are not read.
        """
        counts = {}
        for number, sources in self._sources(series, first, last):
            count = 0
            for part in chain(*sources):
                is_inside = first <= part.first and part.last <= last
                if is_inside and isinstance(part, BlockPart):
                    count += part.samples
                else:
                    count += len(cut(part.load(), first, last))
            if count:
                counts[number] = count
        return counts

    def _sources(
        self, series: Sequence[int], first: int, last: int
    ) -> Iterator[tuple[int, list[Iterable[SeriesPart]]]]:
        """For each series its parts, by run in order of arrival."""
        numbers = np.array(series, np.int64)
        find = [
            parts for one in self._partitions for parts in one.sources(numbers, first, last)
        ]
        for at, number in enumerate(series):
            sources: list[Iterable[SeriesPart]] = [parts(at) for parts in find]
            hot = self._hot.of(number)
            if hot is not None:
                sources.append([LoadedPart(hot)])
            yield number, sources
