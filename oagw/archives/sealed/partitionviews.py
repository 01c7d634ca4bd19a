"""Sealed samples as they were at one moment, read past the gateway that writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from oagw.archives.blocks.parts import SeriesPart
from oagw.archives.sealed.partitions import PartitionKey
from oagw.model.columns import Numbers


class PartitionEntry(NamedTuple):
    """A partition that exists.

    :ivar name: its name in messages.
    :ivar owner: the identity of the hot store that fills it; empty if unknown.
    :ivar sealed: the last batch of the hot store that is sealed here.
    """

    name: str
    owner: str
    sealed: int


class PartitionView(Protocol):
    """The sealed samples of a partition at one moment."""

    @property
    def group(self) -> str:
        """The archive group; empty for elements without one."""

    @property
    def sealed(self) -> int:
        """The last batch of the hot store that is sealed here."""

    def series(self, first: int, last: int) -> set[int]:
        """The series that may have samples in a period (ns, both ends included)."""

    def sources(
        self, series: Numbers, first: int, last: int
    ) -> Iterator[Callable[[int], Iterable[SeriesPart]]]:
        """Functions that find the parts of a series, in order of arrival.

        Their argument is the index of the series in ``series``. Of equal times, samples of
        an earlier function come first.

        :raises DataManagerError: when a part is read, if it is damaged.
        """


class PartitionSource(Protocol):
    """The sealed samples of an archive, read while a gateway may write them."""

    def months(self) -> set[int]:
        """The months that have partitions."""

    def size(self, month: int) -> int:
        """The size of a month in bytes, approximately."""

    def entries(self) -> dict[PartitionKey, PartitionEntry]:
        """All partitions."""

    def month(self, month: int) -> AbstractContextManager[Sequence[PartitionView]]:
        """The partitions of a month, each at one moment."""
