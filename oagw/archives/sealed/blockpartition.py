"""A partition whose runs are blocks: what is the same wherever the blocks are."""

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
    """A month of a group in blocks; written by one thread at a time, read by any.

    :ivar start: the first time (ns) that belongs to it.
    :ivar end: the first time that does not any more.
    :ivar runs: what there is to read, in the order of arrival.
    :ivar replaced: runs that are here though others have their samples, of before it was
        opened.
    :ivar sealed: what the hot store has up to this batch, and belongs here, is here.
    :ivar owner: the identity of the hot store that it is filled from; empty is not known.
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
        """What it is called in the log."""

    @abstractmethod
    def places(
        self, run: Run, series: int, first: int, last: int
    ) -> list[list[StoredBlock]]:
        """Where a run has blocks with samples of a series in a period, or near it.

        For each kind in which it may have some, in order. It has them in one kind only: of
        the others there may be blocks of other series around it.
        """

    @abstractmethod
    def all_places(self, run: Run, kind: Kind) -> Iterable[StoredBlock]:
        """All blocks of a kind; of a shared one the series is its first."""

    @abstractmethod
    def has_any(self, run: Run, first: int, last: int) -> bool:
        """Whether a run may have samples of any series in a period."""

    @abstractmethod
    def replace(self, replaced: Sequence[Run], contents: Iterable[Content]) -> Run:
        """Write one run for several; theirs stay readable until they are removed."""

    @abstractmethod
    def stored_summaries(self, numbers: Sequence[int]) -> Mapping[int, bytes]:
        """The summaries of those of some blocks that have one, as they are stored."""

    @abstractmethod
    def data(self, numbers: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """The bytes of some blocks, with their numbers."""

    def summaries(self, numbers: Sequence[int]) -> Mapping[int, bytes]:
        """The summaries of those of some blocks that have one.

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
        """Have what was sealed read from now on."""
        if run not in self.runs:
            self.runs = (*self.runs, run)

    def merge(self, runs: Sequence[Run]) -> Run:
        """Write one run for several; theirs stay readable until they are removed."""
        return self.replace(runs, compacted(self, runs))

    def without(self, run: Run, deletion: Deletion) -> Run | None:
        """Write a run that lacks what is deleted of one; ``None`` if it has none of it."""
        if not self._may_hit(run, deletion):
            return None
        return self.replace([run], compacted(self, [run], deletion.rest))

    def _may_hit(self, run: Run, deletion: Deletion) -> bool:
        """Whether something of a run may have to go."""
        if not self.has_any(run, deletion.first, deletion.last):
            return False
        periods = deletion.periods
        return periods is None or any(
            self.places(run, series, *period) for series, period in periods.items()
        )

    def parts(
        self, run: Run, series: int, first: int, last: int
    ) -> Sequence[Iterable[SeriesPart]]:
        """Where a run has samples of a series in a period; of times near it, perhaps."""
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
        """How many samples there are; blocks that are all in the period are not read."""
        count = 0
        for part in chain(*self.places(run, series, first, last)):
            if part.shared or part.first < first or part.last > last:
                count += len(cut(part.load(), first, last))
            else:
                count += part.samples
        return count

    def all_parts(self, run: Run, kind: Kind) -> Iterator[tuple[int, SeriesPart]]:
        """All that a run has of one kind: parts with the series that they are of."""
        for place in self.all_places(run, kind):
            if not place.shared:
                yield place.series, place
                continue
            for series, columns in self.block(place.id).each():
                yield series, LoadedPart(columns)

    def values(self, numbers: Sequence[int]) -> Iterator[tuple[int, Block]]:
        """Read the times and values of some blocks; status and users are all 0.

        :raises DataManagerError: one is damaged.
        """
        for number, data in self.data(numbers):
            yield number, self._decoded(number, data, values_only=True)

    def block(self, number: int) -> Block:
        """Read a block.

        :raises DataManagerError: it is damaged, or not there.
        """
        found = dict(self.data([number]))
        if number not in found:
            raise DataManagerError(f"{self.name}, block {number}: it is not there")
        return self._decoded(number, found[number])

    def _decoded(self, number: int, data: bytes, values_only: bool = False) -> Block:
        try:
            return decode(data, values_only)
        except ValueError as error:
            raise DataManagerError(f"{self.name}, block {number}: {error}") from error
