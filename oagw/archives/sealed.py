"""Sealed samples: what the stores of all engines have in common.

A store has partitions, one for each month (UTC) and archive group. A partition has runs,
and a run has samples ordered by series and time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from oagw.archives.blocks import Block
from oagw.archives.chunks import Chunk
from oagw.archives.merging import Part
from oagw.model.columns import Columns, Kind


class Key(NamedTuple):
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
    """

    id: int
    position: int
    samples: int


class Blocks(Protocol):
    """Where blocks are read."""

    def summaries(self, numbers: Sequence[int]) -> Mapping[int, bytes]:
        """The summaries of those of some blocks that have one."""

    def values(self, numbers: Sequence[int]) -> Iterator[tuple[int, Block]]:
        """Read the times and values of some blocks; status and users are all 0.

        :raises DataManagerError: one is damaged.
        """

    def block(self, number: int) -> Block:
        """Read a block.

        :raises DataManagerError: it is damaged.
        """


@dataclass(frozen=True, slots=True)
class Stored:
    """The samples of a series that are in a block of a store.

    :ivar shared: there are other series in the block too.
    """

    partition: Blocks
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
        return block.columns.part(slice(0)) if found is None else found


#: A block that another run had, to be moved by its id, or a new one.
Content: TypeAlias = Stored | Block


class Partition(Protocol):
    """A month of a group; written by one thread at a time, read by any.

    :ivar start: the first time (ns) that belongs to it.
    :ivar end: the first time that does not any more.
    :ivar runs: what there is to read, in the order of arrival.
    :ivar sealed: what the hot store has up to this batch, and belongs here, is here.
    """

    start: int
    end: int
    runs: tuple[Run, ...]
    sealed: int

    @property
    def name(self) -> str:
        """What it is called in the log."""

    @property
    def size(self) -> int:
        """Bytes on the disk."""

    def last_run(self) -> Run:
        """What was sealed last."""

    def seal(self, samples: Chunk, batch: int) -> Run:
        """Write samples that have arrived after all others; they are not read yet.

        :param batch: what the hot store has up to this one is here then.
        """

    def replace(self, replaced: Sequence[Run], contents: Iterable[Content]) -> Run:
        """Write one run for several; theirs stay readable until they are removed."""

    def remove_replaced(self) -> None:
        """Remove runs that nobody reads any more, for others have their samples."""

    def parts(self, run: Run, series: int, first: int, last: int) -> list[list[Stored]]:
        """Where a run has samples of a series in a period; of times near it, perhaps.

        For each kind in which it may have some, in order. It has them in one kind only: of
        the others there may be blocks of other series around it.
        """

    def has_any(self, run: Run, first: int, last: int) -> bool:
        """Whether a run may have samples of any series in a period."""

    def all_parts(self, run: Run, kind: Kind) -> Iterator[tuple[int, Part]]:
        """All that a run has of one kind: parts with the series that they are of."""

    def remove(self) -> None:
        """Remove it with all that it has; nobody may read any more."""

    def close(self) -> None:
        """Be read no more."""


class Store(Protocol):
    """Where sealed samples are."""

    def partitions(self) -> Mapping[Key, Partition]:
        """What there is when the archive begins."""

    def open(self, key: Key) -> Partition:
        """A partition, made if it is not there; in a thread.

        :raises StorageError: it cannot be used.
        """
