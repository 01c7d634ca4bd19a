"""A partition whose runs consist of blocks, wherever these are stored."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from oagw.archives.blocks.blockcodec import Block, decode, read_summary
from oagw.archives.blocks.parts import LoadedPart, SeriesPart, last_before
from oagw.archives.sealed.compaction import compacted
from oagw.archives.sealed.deletion import Deletion
from oagw.archives.sealed.partitions import EARLIEST, Content, Run, StoredBlock
from oagw.errors import DataManagerError
from oagw.model.columns import Columns, Kind, cut, in_order


class BlockPartition(ABC):
    """A partition in blocks; see :class:`Partition`.

    One thread at a time writes; any thread may read.
    """

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end
        self.runs: tuple[Run, ...] = ()
        self.replaced: tuple[Run, ...] = ()
        self.sealed = 0
        self.owner = ""

    @property
    @abstractmethod
    def name(self) -> str:
        """Its name in the log."""

    @abstractmethod
    def places(
        self, run: Run, series: int, first: int, last: int
    ) -> list[list[StoredBlock]]:
        """The blocks of a run that may have samples of a series in or near a period.

        A list for each kind that has such blocks, ordered by time. A run has the samples of
        a series in one kind only; a list of another kind has shared blocks of series around
        it.
        """

    @abstractmethod
    def all_places(self, run: Run, kind: Kind) -> Iterable[StoredBlock]:
        """All blocks of a kind; the series of a shared block is its first one."""

    @abstractmethod
    def has_any(self, run: Run, first: int, last: int) -> bool:
        """Whether a run may have samples of any series in a period."""

    @abstractmethod
    def replace(self, replaced: Sequence[Run], contents: Iterable[Content]) -> Run:
        """Write one run that replaces several; those stay readable until removed."""

    @abstractmethod
    def stored_summaries(self, numbers: Sequence[int]) -> Mapping[int, bytes]:
        """The stored bytes of the summaries of blocks, for blocks that have one."""

    @abstractmethod
    def data(self, numbers: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """The bytes of some blocks, with their numbers."""

    def summaries(self, numbers: Sequence[int]) -> Mapping[int, bytes]:
        """The summaries of blocks, for blocks that have one.

        :raises DataManagerError: one is damaged.
        """
        found = {}
        for number, data in self.stored_summaries(numbers).items():
            try:
                found[number] = read_summary(data)
            except ValueError as error:
                raise DataManagerError(f"{self.name}, block {number}: {error}") from error
        return found

    def show(self, run: Run) -> None:
        """Let readers see a run that was sealed."""
        if run not in self.runs:
            self.runs = (*self.runs, run)

    def merge(self, runs: Sequence[Run]) -> Run:
        """Write one run that replaces several; those stay readable until removed."""
        return self.replace(runs, compacted(self, runs))

    def without(self, run: Run, deletion: Deletion) -> Run | None:
        """Write a run without the deleted samples; ``None`` if it has none of them."""
        if not self._may_hit(run, deletion):
            return None
        return self.replace([run], compacted(self, [run], deletion.rest))

    def _may_hit(self, run: Run, deletion: Deletion) -> bool:
        """Whether a run may have samples to delete."""
        if not self.has_any(run, deletion.first, deletion.last):
            return False
        periods = deletion.periods
        return periods is None or any(
            self.places(run, series, *period) for series, period in periods.items()
        )

    def parts(
        self, run: Run, series: int, first: int, last: int
    ) -> Sequence[Iterable[SeriesPart]]:
        """Parts of a run that may have samples of a series in or near a period."""
        return self.places(run, series, first, last)

    def last_before(self, run: Run, series: int, time: int, count: int) -> Columns:
        """The last samples that a run has of a series before a time."""
        found: list[Columns] = []
        room = count
        parts = chain(*self.places(run, series, EARLIEST, time - 1))
        for part in reversed(list(parts)):
            found.insert(0, last_before(part.load(), time, room))
            room = count - sum(map(len, found))
            if room <= 0:
                break
        return in_order(found)

    def count(self, run: Run, series: int, first: int, last: int) -> int:
        """The number of samples. Blocks that lie within the period are not read."""
        count = 0
        for part in chain(*self.places(run, series, first, last)):
            if part.shared or part.first < first or part.last > last:
                count += len(cut(part.load(), first, last))
            else:
                count += part.samples
        return count

    def all_parts(self, run: Run, kind: Kind) -> Iterator[tuple[int, SeriesPart]]:
        """All parts of a kind in a run, each with its series."""
        for place in self.all_places(run, kind):
            if not place.shared:
                yield place.series, place
                continue
            for series, columns in self.block(place.id).each():
                yield series, LoadedPart(columns)

    def values(self, numbers: Sequence[int]) -> Iterator[tuple[int, Block]]:
        """Read the times and values of blocks; their status and users are all 0.

        :raises DataManagerError: a block is damaged.
        """
        for number, data in self.data(numbers):
            yield number, self._decoded(number, data, values_only=True)

    def block(self, number: int) -> Block:
        """Read a block.

        :raises DataManagerError: it is damaged or missing.
        """
        found = dict(self.data([number]))
        if number not in found:
            raise DataManagerError(f"{self.name}, block {number}: it is missing")
        return self._decoded(number, found[number])

    def _decoded(self, number: int, data: bytes, values_only: bool = False) -> Block:
        try:
            return decode(data, values_only)
        except ValueError as error:
            raise DataManagerError(f"{self.name}, block {number}: {error}") from error
