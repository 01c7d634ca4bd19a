"""Sealed samples as they were at one moment, read past the gateway that writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from oagw.archives.blocks.parts import SeriesPart
from oagw.archives.sealed.partitions import PartitionKey
from oagw.model.columns import Numbers


class PartitionEntry(NamedTuple):
    """A partition that is there.

    :ivar owner: the identity of the hot store that it is filled from; empty is not known.
    :ivar sealed: what the hot store has up to this batch, and belongs here, is here.
    """

    name: str
    owner: str
    sealed: int


class PartitionView(Protocol):
    """The sealed samples of a partition at one moment.

    :ivar group: the archive group.
    :ivar sealed: what the hot store has up to this batch, and belongs here, is here.
    """

    @property
    def group(self) -> str:
        """The archive group."""

    @property
    def sealed(self) -> int:
        """What the hot store has up to this batch, and belongs here, is here."""

    def series(self, first: int, last: int) -> set[int]:
        """The series that may have samples in a period."""

    def sources(
        self, series: Numbers, first: int, last: int
    ) -> Iterator[Callable[[int], Iterable[SeriesPart]]]:
        """What finds the parts of a series by its place in these.

        In the order of arrival: of equal times those of an earlier one are the earlier.
        :raises DataManagerError: when they are read, if something is damaged.
        """


class PartitionSource(Protocol):
    """Where the sealed samples of an archive are."""

    def months(self) -> set[int]:
        """The months of which there is something."""

    def size(self, month: int) -> int:
        """About how many bytes a month has."""

    def entries(self) -> dict[PartitionKey, PartitionEntry]:
        """All partitions."""

    def month(self, month: int) -> AbstractContextManager[Sequence[PartitionView]]:
        """The partitions of a month, each at one moment."""
