"""Archived samples to an aggregate, a piece at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias, cast

from twisted.internet.defer import Deferred
from zope.interface import implementer

from oagw.aggregates.aggregate import Aggregate
from oagw.aggregates.folding import AggregateRows, Reduction
from oagw.aggregates.piecemerger import Merger
from oagw.errors import ConversionError
from oagw.interfaces.archives import IScan
from oagw.interfaces.systems import IReading
from oagw.model.columns import Columns
from oagw.plant.cells import Cell
from oagw.plant.periods.attributecolumns import (
    has_numbers,
    piece,
)
from oagw.plant.periods.sharedscans import Scans
from oagw.wire.series import Series, joined

#: So few samples, intervals and functions take less than a millisecond.
_SMALL = 500
#: So many results are gathered before they are given on.
_BATCH = 1 << 13
#: Results, and whether they are the last that the samples make.
_Worked: TypeAlias = tuple[list[Series], bool]


def check_numbers(cells: Sequence[Cell], aggregate: Aggregate) -> None:
    """Refuse functions that the attribute's values are not made for.

    :raises ConversionError: says which function it is.
    """
    for cell in cells:
        if has_numbers(cell):
            continue
        for function in aggregate.functions:
            if not function.takes_all:
                raise ConversionError(
                    f"'{cell.name}' holds no numbers, which '{function}' needs; count, "
                    "first and last take any values"
                )


@implementer(IReading)
class AggregateReading:
    """Reads one attribute, at one element or at several that had its name."""

    def __init__(
        self,
        cells: Sequence[Cell],
        scans: Sequence[Scans],
        aggregate: Aggregate,
        now: int,
        offload: Callable[[Callable[[], object]], Deferred[object]],
    ) -> None:
        self._cells = cells
        self._scans = scans
        self._aggregate = aggregate
        self._now = now
        self._offload = offload
        for one in scans:
            one.join()
        self._begin()

    def _begin(self) -> None:
        self._reduction: Reduction = self._aggregate.reduction(self._now)
        self._opened: list[IScan] = []
        self._merger = Merger(len(self._scans))
        self._has_more = True
        self._read = 0
        self._ready: deque[Series] = deque()
        #: How many results there were, and the first: most aggregates have no other.
        self._made = 0
        self._first: Series | None = None

    def next(self) -> Deferred[Series | None]:
        """The next results; see :class:`oagw.interfaces.systems.IReading`."""
        return Deferred.fromCoroutine(self._next())

    async def _next(self) -> Series | None:
        while not self._ready and self._has_more:
            self._take(await self._gather())
        return self._ready.popleft() if self._ready else None

    def _take(self, gathered: list[Series]) -> None:
        for series in _in_batches(gathered):
            self._first = self._first or series
            self._made += 1
            self._ready.append(series)

    async def _gather(self) -> list[Series]:
        """Results that are worth giving on."""
        gathered: list[Series] = []
        while self._has_more and sum(len(one) for one in gathered) < _BATCH:
            gathered += await self._advance()
        return gathered

    async def _advance(self) -> list[Series]:
        """Read a piece, and go on to it."""
        if not self._opened:
            self._opened = [await one.begin() for one in self._scans]
        got: dict[int, Columns | None] = {}
        for number in self._merger.wanted():
            got[number] = await self._opened[number].next()
        # What is done at the end depends on all that was read before.
        self._read += sum(len(one) for one in got.values() if one is not None)
        work = partial(self._work, got)
        if self._read + self._aggregate.rows * len(self._aggregate.functions) <= _SMALL:
            found, is_end = work()
        else:
            found, is_end = cast(_Worked, await self._offload(work))
        if is_end:
            self._has_more = self._reduction.goes_on
            self._merger = Merger(len(self._scans))
            self._opened = []
        return found

    def _work(self, got: dict[int, Columns | None]) -> _Worked:
        """What the next samples make, and whether there were no more."""
        for number, columns in got.items():
            cell = self._cells[number]
            self._merger.put(number, None if columns is None else piece(cell, columns))
        samples = self._merger.take()
        if samples is None:
            return series_of(self._reduction.end(), self._aggregate), True
        return series_of(self._reduction.feed(samples), self._aggregate), False

    def rewind(self) -> None:
        """Begin anew; see :class:`oagw.interfaces.systems.IReading`."""
        if self._has_more or self._made != 1 or self._first is None:
            self._begin()
        else:
            self._ready = deque([self._first])

    def close(self) -> None:
        """Read no more; see :class:`oagw.interfaces.systems.IReading`."""
        scans, self._scans = self._scans, ()
        for one in scans:
            one.leave()


def _in_batches(found: Sequence[Series]) -> Iterator[Series]:
    """Few large series instead of many small ones."""
    batch: list[Series] = []
    for series in found:
        batch.append(series)
        if sum(len(one) for one in batch) >= _BATCH:
            yield joined(batch)
            batch = []
    if batch:
        yield joined(batch)


def series_of(found: Sequence[AggregateRows], aggregate: Aggregate) -> list[Series]:
    """Results as series."""
    return [
        Series(
            rows.times,
            list(map(list, zip(*rows.columns, strict=True)))
            if aggregate.is_list
            else rows.columns[0],  # type: ignore[arg-type]
            rows.quality if aggregate.quality else None,
        )
        for rows in found
    ]
