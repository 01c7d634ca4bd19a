"""Reading an archive's files past the gateway that uses them: month by month, in order.

What is hot is read first. If it is sealed meanwhile, the partition that has it too says so,
and nothing is doubled or lost; each month is of one moment.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from oagw.archives.blocks import Block, decode, series_of
from oagw.archives.chunks import Chunk, Lists, ordered, unordered
from oagw.archives.directory import files
from oagw.archives.grouping import Grouping
from oagw.archives.hot import decode_lists
from oagw.archives.merging import Loaded, Part, merge
from oagw.archives.months import months, start_of
from oagw.errors import DataManagerError
from oagw.model.columns import Columns, Numbers, cut
from oagw.storage.sqlite import connect_to_read, moment

_RUNS = "SELECT id FROM run WHERE NOT replaced ORDER BY position"
_KINDS = "SELECT DISTINCT kind FROM block WHERE run = ?"
_PLACES = (
    "SELECT id, first_series, last_series, first, last, samples FROM block "
    "WHERE run = ? AND kind = ? ORDER BY last_series, place"
)
_T = TypeVar("_T")
#: Where the blocks of a run are that are of one kind, in order.
_Places: TypeAlias = npt.NDArray[Any]
_PLACE = np.dtype([(name, "<i8") for name in ("id", "low", "high", "first", "last", "n")])
#: Shared blocks that stay decoded, for each place that is read: names that stand side by
#: side are mostly of datapoints that were made one after the other.
_KEPT = 8


class Snapshot:
    """An archive to be read; what was acknowledged before is in it, once.

    :param directory: the archive's.
    :raises DataManagerError: what is hot is damaged.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._hot = _Hot(directory / "hot.sqlite")

    def months(self, first: int, last: int) -> list[int]:
        """The months that may have values of a period (ns, both ends included)."""
        known = {key.month for key, _ in files(self._directory)} | self._hot.months
        return sorted(
            month
            for month in known
            if start_of(month) <= last and start_of(month + 1) > first
        )

    def size(self, month: int) -> int:
        """About how much there is to read."""
        paths = [path for _, path in self._partitions(month)]
        return 1 + sum(path.stat().st_size for path in paths if path.exists())

    def _partitions(self, month: int) -> list[tuple[str, Path]]:
        found = files(self._directory)
        return [(key.group, path) for key, path in found if key.month == month]

    @contextmanager
    def month(self, month: int) -> Iterator[Month]:
        """A month, to be read before the next one is asked for."""
        with ExitStack() as opened:
            partitions: list[_Partition] = []
            sealed: dict[str, int] = {}
            for group, path in self._partitions(month):
                try:
                    connection = connect_to_read(path)
                except FileNotFoundError:
                    # It need not be kept any more.
                    continue
                opened.enter_context(moment(connection))
                [sealed[group]] = connection.execute("SELECT batch FROM sealed").fetchone()
                partitions.append(_Partition(path, connection))
            yield Month(partitions, self._hot.rest(month, sealed))


class _Hot:
    """What was hot at one moment, with the batch of each sample."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lists: Lists = ([], [], [], [], [])
        batches: list[int] = []
        with moment(connect_to_read(path)) as connection:
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
        """What no partition of the month has.

        :param sealed: up to which batch the partition of each group has what is its own.
        """
        mine = self._months == month
        last = max(sealed.values(), default=0)
        doubtful = np.flatnonzero(mine & (self._batches <= last))
        if len(doubtful):
            # To which group a batch goes is decided before it is sealed.
            with moment(connect_to_read(self._path)) as connection:
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


@dataclass(frozen=True, slots=True)
class _Stored:
    """The samples of a block that has one series only, read when they are needed."""

    partition: _Partition
    id: int
    first: int
    last: int
    samples: int

    def load(self) -> Columns:
        """Read and decode the block.

        :raises DataManagerError: it is damaged.
        """
        return self.partition.block(self.id).columns


class _Partition:
    """A file at one moment.

    :ivar places: by arrival: of equal times those of an earlier run are the earlier.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self.places = list(self._find_places())
        self._kept: OrderedDict[int, Block] = OrderedDict()

    def _find_places(self) -> Iterator[_Places]:
        select = self._connection.execute
        for [run] in select(_RUNS).fetchall():
            for [kind] in select(_KINDS, (run,)).fetchall():
                yield np.fromiter(select(_PLACES, (run, kind)), _PLACE)

    def series(self, first: int, last: int) -> set[int]:
        """The series that may have samples in a period."""
        found: set[int] = set()
        for places in self.places:
            near = places[(places["first"] <= last) & (places["last"] >= first)]
            alone = near["low"] == near["high"]
            found.update(np.unique(near["low"][alone]).tolist())
            for number in near["id"][~alone].tolist():
                found.update(self._read(number, series_of).tolist())
        return found

    def sources(
        self, series: Numbers, first: int, last: int
    ) -> Iterator[Callable[[int], list[Part]]]:
        """For each run and kind, what finds the parts of a series by its place in these."""
        for places in self.places:
            begins = np.searchsorted(places["high"], series, "left").tolist()
            ends = np.searchsorted(places["low"], series, "right").tolist()

            def parts(
                at: int,
                places: _Places = places,
                begins: list[int] = begins,
                ends: list[int] = ends,
            ) -> list[Part]:
                if begins[at] >= ends[at]:
                    return []
                rows = places[begins[at] : ends[at]].tolist()
                return list(self._parts(rows, int(series[at]), first, last))

            yield parts

    def _parts(
        self, rows: list[tuple[int, ...]], series: int, first: int, last: int
    ) -> Iterator[Part]:
        for number, low, high, begin, end, samples in rows:
            if begin > last or end < first:
                continue
            if low == high:
                yield _Stored(self, number, begin, end, samples)
                continue
            columns = self._shared(number).of(series)
            if columns is not None:
                yield Loaded(columns)

    def _shared(self, number: int) -> Block:
        """A block of several series: others of them are likely to be wanted soon."""
        block = self._kept.get(number)
        if block is None:
            block = self.block(number)
            if len(self._kept) >= _KEPT * len(self.places):
                self._kept.popitem(last=False)
            self._kept[number] = block
        else:
            self._kept.move_to_end(number)
        return block

    def block(self, number: int) -> Block:
        """Read a block.

        :raises DataManagerError: it is damaged.
        """
        return self._read(number, decode)

    def _read(self, number: int, decoded: Callable[[bytes], _T]) -> _T:
        [data] = self._connection.execute(
            "SELECT data FROM block WHERE id = ?", (number,)
        ).fetchone()
        try:
            return decoded(data)
        except ValueError as error:
            raise DataManagerError(f"{self._path}, block {number}: {error}") from error


class Month:
    """The samples of a month at one moment.

    :param hot: what is in none of the partitions.
    """

    def __init__(self, partitions: Sequence[_Partition], hot: Chunk) -> None:
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
        """The samples of some series in a period, of one series after the other.

        A piece at a time, by source time; of equal times those that came first.
        :raises DataManagerError: a block is damaged.
        """
        for number, sources in self._sources(series, first, last):
            for part in merge(sources):
                columns = part.load()
                if part.first < first or part.last > last:
                    columns = cut(columns, first, last)
                if len(columns):
                    yield number, columns

    def count(self, series: Sequence[int], first: int, last: int) -> dict[int, int]:
        """How many samples of a period series have, if they have any.

        Blocks that belong to it as a whole are not read.
        """
        counts = {}
        for number, sources in self._sources(series, first, last):
            count = 0
            for part in chain(*sources):
                if isinstance(part, _Stored) and first <= part.first <= part.last <= last:
                    count += part.samples
                else:
                    count += len(cut(part.load(), first, last))
            if count:
                counts[number] = count
        return counts

    def _sources(
        self, series: Sequence[int], first: int, last: int
    ) -> Iterator[tuple[int, list[list[Part]]]]:
        """For each series what there is of it, source by source as they arrived."""
        numbers = np.array(series, np.int64)
        find = [
            parts for one in self._partitions for parts in one.sources(numbers, first, last)
        ]
        for at, number in enumerate(series):
            sources = [parts(at) for parts in find]
            hot = self._hot.of(number)
            if hot is not None:
                sources.append([Loaded(hot)])
            yield number, sources
