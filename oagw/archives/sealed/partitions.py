"""Sealed samples: what the stores of all engines have in common.

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

#: No time is earlier.
EARLIEST = -(1 << 63)


class StoreAwayError(DataManagerError):
    """The store cannot be reached now; it may be back at any time."""


class PartitionKey(NamedTuple):
    """What a partition is for.

    :ivar month: how many there are from January 1970 on; in UTC.
    :ivar group: the archive group; empty for elements of none.
    """

    month: int
    group: str


@dataclass(frozen=True, slots=True)
class Run:
    """Samples ordered by series and time.

    :ivar position: where it stands among the others, by arrival.
    :ivar first: no sample is earlier, as far as that is known without reading.
    :ivar last: no sample is later.
    :ivar size: bytes on the disk, where the store counts them by run.
    """

    id: int
    position: int
    samples: int
    first: int = EARLIEST
    last: int = LAST
    size: int = 0


class BlockReader(Protocol):
    """Where blocks are read."""

    @property
    def name(self) -> str:
        """What it is called in the log."""

    def summaries(self, numbers: Sequence[int]) -> Mapping[int, bytes]:
        """The summaries of those of some blocks that have one.

        :raises DataManagerError: one is damaged.
        """

    def values(self, numbers: Sequence[int]) -> Iterator[tuple[int, Block]]:
        """Read the times and values of some blocks; status and users are all 0.

        :raises DataManagerError: one is damaged.
        """

    def block(self, number: int) -> Block:
        """Read a block.

        :raises DataManagerError: it is damaged.
        """

    def all_parts(self, run: Run, kind: Kind) -> Iterator[tuple[int, SeriesPart]]:
        """All that a run has of one kind: parts with the series that they are of."""


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """The samples of a series that are in a block of a store.

    :ivar shared: there are other series in the block too.
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
        """Whether what a block has of the series is what is known of it."""
        return found is not None and (
            self.samples,
            self.first,
            self.last,
        ) == (len(found), int(found.stime[0]), int(found.stime[-1]))


#: A block that another run had, to be moved by its id, or a new one.
Content: TypeAlias = StoredBlock | Block


class Partition(Protocol):
    """A month of a group; written by one thread at a time, read by any.

    :ivar start: the first time (ns) that belongs to it.
    :ivar end: the first time that does not any more.
    :ivar runs: what there is to read, in the order of arrival.
    :ivar replaced: runs that are here though others have their samples, of before it was
        opened.
    :ivar sealed: what the hot store has up to this batch, and belongs here, is here.
    :ivar owner: the identity of the hot store that it is filled from; empty is not known.
    """

    start: int
    end: int
    runs: tuple[Run, ...]
    replaced: tuple[Run, ...]
    sealed: int
    owner: str

    @property
    def name(self) -> str:
        """What it is called in the log."""

    @property
    def size(self) -> int:
        """Bytes on the disk."""

    def adopt(self, owner: str) -> None:
        """Belong to a hot store from now on, by its identity."""

    def last_run(self) -> Run:
        """What was sealed last."""

    def seal(self, samples: Chunk, batch: int) -> Run:
        """Write samples that have arrived after all others; they are not read yet.

        :param batch: what the hot store has up to this one is here then.
        """

    def show(self, run: Run) -> None:
        """Have what was sealed read from now on."""

    def merge(self, runs: Sequence[Run]) -> Run:
        """Write one run for several; theirs stay readable until they are removed."""

    def without(self, run: Run, deletion: Deletion) -> Run | None:
        """Write a run that lacks what is deleted of one; ``None`` if it has none of it."""

    def remove_replaced(self, runs: Sequence[Run]) -> None:
        """Remove runs that nobody reads any more, for others have their samples."""

    def parts(
        self, run: Run, series: int, first: int, last: int
    ) -> Sequence[Iterable[SeriesPart]]:
        """Where a run has samples of a series in a period; of times near it, perhaps.

        From several places, the parts of each in order.
        """

    def last_before(self, run: Run, series: int, time: int, count: int) -> Columns:
        """The last samples that a run has of a series before a time."""

    def count(self, run: Run, series: int, first: int, last: int) -> int:
        """How many samples a run has of a series in a period."""

    def remove(self) -> None:
        """Remove it with all that it has; nobody may read any more."""

    def close(self) -> None:
        """Be read no more."""


class PartitionStore(Protocol):
    """Where sealed samples are.

    :ivar name: what it is called in the log.
    :ivar asks_names: whether it has use for the names of series.
    """

    asks_names: bool

    @property
    def name(self) -> str:
        """What it is called in the log."""

    def load(
        self, identity: str, name_of: Callable[[int], str]
    ) -> Mapping[PartitionKey, Partition]:
        """What there is, when the archive begins and each time the store is back.

        :param identity: of the hot store, to which the numbers of batches belong.
        :param name_of: the present name of a series; empty if it has none.
        :raises StoreAwayError: it cannot be reached now.
        :raises StorageError: it must not be used.
        """

    def name_of(self, key: PartitionKey) -> str:
        """What a partition is called, or would be."""

    def open(self, key: PartitionKey) -> Partition:
        """A partition, made if it is not there; in a thread.

        :raises StorageError: it cannot be used.
        """

    def close(self) -> None:
        """Be used no more."""
