"""Aggregates of archived samples, one piece of samples at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias, cast

from twisted.internet.defer import Deferred
from zope.interface import implementer

from oagw.aggregates.aggregate import Aggregate
from oagw.aggregates.piecemerger import Merger
from oagw.aggregates.reduction import (
    AggregateRows,
    Reduction,
)
from oagw.errors import ConversionError
from oagw.interfaces.archives import IScan
from oagw.interfaces.systems import IReading
from oagw.model.columns import Columns
from oagw.plant.cells import Cell
from oagw.plant.periods.attributecolumns import (
    has_numbers,
    piece,
)
from oagw.plant.periods.sharedscan import SharedScan
from oagw.wire.series import Series, joined

#: Samples, intervals and functions that take less than a millisecond; more go to a thread.
_SMALL = 500
#: Results that are gathered before they are sent.
_BATCH = 1 << 13
#: Results, and whether they are the last ones.
_Worked: TypeAlias = tuple[list[Series], bool]


def check_numbers(cells: Sequence[Cell], aggregate: Aggregate) -> None:
    """Refuse functions that cannot be applied to the attribute's values.

    :raises ConversionError: a function needs numbers; the error says which.
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
    """Reads one attribute of one element, or of several deleted ones that had its name."""

    def __init__(
        self,
        cells: Sequence[Cell],
        scans: Sequence[SharedScan],
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
        #: The number of results, and the first one: most aggregates have only one.
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
        """At least a batch of results; fewer only at the end."""
        gathered: list[Series] = []
        while self._has_more and sum(len(one) for one in gathered) < _BATCH:
            gathered += await self._advance()
        return gathered

    async def _advance(self) -> list[Series]:
        """Read and process a piece."""
        if not self._opened:
            self._opened = [await one.begin() for one in self._scans]
        got: dict[int, Columns | None] = {}
        for number in self._merger.wanted():
            got[number] = await self._opened[number].next()
        # The work at the end depends on all that was read before.
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
        """The results of the next samples, and whether the samples have ended."""
        for number, columns in got.items():
            cell = self._cells[number]
            self._merger.put(number, None if columns is None else piece(cell, columns))
        samples = self._merger.take()
        if samples is None:
            return series_of(self._reduction.end(), self._aggregate), True
        return series_of(self._reduction.feed(samples), self._aggregate), False

    def rewind(self) -> None:
        """Start again; see :class:`oagw.interfaces.systems.IReading`."""
        if self._has_more or self._made != 1 or self._first is None:
            self._begin()
        else:
            self._ready = deque([self._first])

    def close(self) -> None:
        """End the reading; see :class:`oagw.interfaces.systems.IReading`."""
        scans, self._scans = self._scans, ()
        for one in scans:
            one.leave()


def _in_batches(found: Sequence[Series]) -> Iterator[Series]:
    """Join small series to series of at least a batch."""
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
