"""Stores of sealed samples: what every engine provides.

A store has partitions, one for each month (UTC) and archive group. A partition has runs,
and a run has samples ordered by series and time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from oagw.archives.blocks.blockcodec import Block
from oagw.archives.blocks.chunks import Chunk
from oagw.archives.blocks.parts import SeriesPart
from oagw.archives.sealed.deletion import Deletion
from oagw.errors import DataManagerError
from oagw.model.columns import Columns, Kind
from oagw.model.times import LAST

#: The earliest time.
EARLIEST = -(1 << 63)


class StoreAwayError(DataManagerError):
    """The store is unavailable; it may be back at any time."""


class PartitionKey(NamedTuple):
    """The month and the archive group of a partition.

    :ivar month: months since January 1970, in UTC.
    :ivar group: the archive group; empty for elements without one.
    """

    month: int
    group: str


@dataclass(frozen=True, slots=True)
class Run:
    """Samples ordered by series and time.

    :ivar position: its place among the runs of the partition, by arrival.
    :ivar samples: their number.
    :ivar first: a lower limit of the times (ns), as far as known without reading.
    :ivar last: an upper limit of the times.
    :ivar size: bytes on the disk; 0 if the store does not count them by run.
    """

    id: int
    position: int
    samples: int
    first: int = EARLIEST
    last: int = LAST
    size: int = 0


class BlockReader(Protocol):
    """Reads the blocks of a partition."""

    @property
    def name(self) -> str:
        """Its name in the log."""

    def summaries(self, numbers: Sequence[int]) -> Mapping[int, bytes]:
        """The summaries of blocks, for blocks that have one.

        :raises DataManagerError: a summary is damaged.
        """

    def values(self, numbers: Sequence[int]) -> Iterator[tuple[int, Block]]:
        """Read the times and values of blocks; their status and users are all 0.

        :raises DataManagerError: a block is damaged.
        """

    def block(self, number: int) -> Block:
        """Read a block.

        :raises DataManagerError: it is damaged.
        """

    def all_parts(self, run: Run, kind: Kind) -> Iterator[tuple[int, SeriesPart]]:
        """All parts of a kind in a run, each with its series."""


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """The samples of a series in a stored block.

    :ivar first: the first time (ns), of all series in the block; ``last`` is the last one.
    :ivar samples: the number of samples of all series in the block.
    :ivar shared: whether the block has other series too.
    """

    partition: BlockReader
    id: int
    kind: Kind
    series: int
    first: int
    last: int
    samples: int
    shared: bool

    def load(self) -> Columns:
        """Read and decode the block.

        :raises DataManagerError: it is damaged.
        """
        block = self.partition.block(self.id)
        found = block.of(self.series)
        if not self.shared and not self._is_all(found):
            raise DataManagerError(
                f"{self.partition.name}, block {self.id}: it does not hold what the "
                "index says; the index or the block is damaged"
            )
        return block.columns.part(slice(0)) if found is None else found

    def _is_all(self, found: Columns | None) -> bool:
        """Whether samples in a block are those that the index lists."""
        return found is not None and (
            self.samples,
            self.first,
            self.last,
        ) == (len(found), int(found.stime[0]), int(found.stime[-1]))


#: What a run is written from: a stored block, copied by its number, or a new block.
Content: TypeAlias = StoredBlock | Block


class Partition(Protocol):
    """The sealed samples of a month and a group.

    One thread at a time writes; any thread may read.

    :ivar start: the first time (ns) of the month.
    :ivar end: the first time of the next month.
    :ivar runs: the runs to read, in order of arrival.
    :ivar replaced: runs that were replaced by others, but not removed, before the partition
        was opened.
    :ivar sealed: the last batch of the hot store that is sealed here.
    :ivar owner: the identity of the hot store that fills it; empty if unknown.
    """

    start: int
    end: int
    runs: tuple[Run, ...]
    replaced: tuple[Run, ...]
    sealed: int
    owner: str

    @property
    def name(self) -> str:
        """Its name in the log."""

    @property
    def size(self) -> int:
        """Bytes on the disk."""

    def adopt(self, owner: str) -> None:
        """Make it belong to a hot store, given by its identity."""

    def last_run(self) -> Run:
        """The run that was sealed last."""

    def seal(self, samples: Chunk, batch: int) -> Run:
        """Write samples as the last run; readers see it after :meth:`show`.

        :param batch: the last batch of the hot store that the samples belong to.
        """

    def show(self, run: Run) -> None:
        """Let readers see a run that was sealed."""

    def merge(self, runs: Sequence[Run]) -> Run:
        """Write one run that replaces several; those stay readable until removed."""

    def without(self, run: Run, deletion: Deletion) -> Run | None:
        """Write a run without the deleted samples; ``None`` if it has none of them."""

    def remove_replaced(self, runs: Sequence[Run]) -> None:
        """Remove replaced runs that nothing reads any longer."""

    def parts(
        self, run: Run, series: int, first: int, last: int
    ) -> Sequence[Iterable[SeriesPart]]:
        """Parts of a run that may have samples of a series in or near a period.

        Returns several sequences of parts, each ordered by time.
        """

    def last_before(self, run: Run, series: int, time: int, count: int) -> Columns:
        """The last samples that a run has of a series before a time."""

    def count(self, run: Run, series: int, first: int, last: int) -> int:
        """The number of samples that a run has of a series in a period."""

    def remove(self) -> None:
        """Remove the partition and its samples; nothing may read it any longer."""

    def close(self) -> None:
        """Close the partition; nothing may read it any longer."""


class PartitionStore(Protocol):
    """The partitions of one archive.

    :ivar asks_names: whether it uses the names of series.
    """

    asks_names: bool

    @property
    def name(self) -> str:
        """Its name in the log."""

    def load(
        self, identity: str, name_of: Callable[[int], str]
    ) -> Mapping[PartitionKey, Partition]:
        """All partitions. Called when the archive is opened, and when the store is back.

        :param identity: of the hot store, which the numbers of batches belong to.
        :param name_of: the present name of a series; empty if it has none.
        :raises StoreAwayError: the store cannot be reached.
        :raises StorageError: the store must not be used.
        """

    def name_of(self, key: PartitionKey) -> str:
        """The name of a partition, whether it exists or not."""

    def open(self, key: PartitionKey) -> Partition:
        """Open a partition; it is created if it does not exist. Called in a thread.

        :raises StorageError: it cannot be used.
        """

    def close(self) -> None:
        """Close the store; nothing may use it any longer."""
