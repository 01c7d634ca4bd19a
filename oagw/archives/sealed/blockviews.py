"""A partition in blocks at one moment, wherever the blocks are stored."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from oagw.archives.blocks.blockcodec import Block, decode, series_of
from oagw.archives.blocks.parts import LoadedPart, SeriesPart
from oagw.errors import DataManagerError
from oagw.model.columns import Columns, Numbers

_T = TypeVar("_T")
#: The blocks of a run that are of one kind, in order: rows of :data:`BLOCK_PLACE`.
BlockPlaces: TypeAlias = npt.NDArray[Any]
BLOCK_PLACE = np.dtype(
    [(name, "<i8") for name in ("id", "low", "high", "first", "last", "n")]
)
#: Shared blocks that stay decoded, for each run and kind: elements that are read one after
#: the other were mostly created one after the other, and share blocks.
_KEPT = 8


@dataclass(frozen=True, slots=True)
class BlockPart:
    """The samples of a block with one series only, read on demand."""

    partition: BlockPartitionView
    id: int
    first: int
    last: int
    samples: int

    def load(self) -> Columns:
        """Read and decode the block.

        :raises DataManagerError: it is damaged.
        """
        return self.partition.block(self.id).columns


class BlockPartitionView:
    """A partition whose runs are blocks; see :class:`PartitionView`.

    :param name: its name in errors.
    :param places: the blocks of each run and kind, by arrival: of equal times those of an
        earlier run come first.
    :param read: reads the bytes of a block, given by its number.
    """

    def __init__(
        self,
        name: str,
        group: str,
        sealed: int,
        places: Sequence[BlockPlaces],
        read: Callable[[int], bytes],
    ) -> None:
        self.group = group
        self.sealed = sealed
        self.places = places
        self._name = name
        self._data = read
        self._kept: OrderedDict[int, Block] = OrderedDict()

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
    ) -> Iterator[Callable[[int], list[SeriesPart]]]:
        """For each run and kind, a function that finds the parts of a series.

        Its argument is the index of the series in ``series``.
        """
        for places in self.places:
            begins = np.searchsorted(places["high"], series, "left").tolist()
            ends = np.searchsorted(places["low"], series, "right").tolist()

            def parts(
                at: int,
                places: BlockPlaces = places,
                begins: list[int] = begins,
                ends: list[int] = ends,
            ) -> list[SeriesPart]:
                if begins[at] >= ends[at]:
                    return []
                rows = places[begins[at] : ends[at]].tolist()
                return list(self._parts(rows, int(series[at]), first, last))

            yield parts

    def _parts(
        self, rows: list[tuple[int, ...]], series: int, first: int, last: int
    ) -> Iterator[SeriesPart]:
        for number, low, high, begin, end, samples in rows:
            if begin > last or end < first:
                continue
            if low == high:
                yield BlockPart(self, number, begin, end, samples)
                continue
            columns = self._shared(number).of(series)
            if columns is not None:
                yield LoadedPart(columns)

    def _shared(self, number: int) -> Block:
        """A block of several series: the others are likely to be read soon."""
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
        try:
            return decoded(self._data(number))
        except ValueError as error:
            raise DataManagerError(f"{self._name}, block {number}: {error}") from error
