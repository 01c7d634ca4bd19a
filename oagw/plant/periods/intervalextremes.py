"""Minimum and maximum by interval, from what the archive knows without reading all."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import numpy.typing as npt
from twisted.internet.defer import Deferred
from zope.interface import implementer

from oagw.aggregates.aggregate import Aggregate
from oagw.aggregates.functiontable import AggregateFunction
from oagw.interfaces.archives import (
    Extremes,
    IArchive,
)
from oagw.interfaces.systems import IReading
from oagw.plant.cells import Cell
from oagw.plant.periods.attributecolumns import is_kept_number
from oagw.wire.series import Series

#: So few intervals take less than a millisecond.
_SMALL = 500


def are_extremes(cell: Cell, aggregate: Aggregate) -> bool:
    """Whether the archive may know an aggregate of an attribute."""
    return (
        set(aggregate.functions) <= {AggregateFunction.MINIMUM, AggregateFunction.MAXIMUM}
        # What is shown may be a substitute value, which is judged in another way.
        and cell.config.name != "_online"
        and is_kept_number(cell)
    )


@implementer(IReading)
class ExtremesReading:
    """Asks the archive for all at once.

    :param others: reads the samples, if the archive cannot tell.
    """

    def __init__(
        self,
        cell: Cell,
        archive: IArchive,
        aggregate: Aggregate,
        now: int,
        offload: Callable[[Callable[[], object]], Deferred[object]],
        others: IReading,
    ) -> None:
        self._cell = cell
        self._archive = archive
        self._aggregate = aggregate
        self._now = now
        self._offload = offload
        self._others = others
        self._is_asked = False
        self._is_known = False
        self._found: Series | None = None
        self._is_given = False

    def next(self) -> Deferred[Series | None]:
        """All results; see :class:`oagw.interfaces.systems.IReading`."""
        return Deferred.fromCoroutine(self._next())

    async def _next(self) -> Series | None:
        if not self._is_asked:
            self._is_asked = True
            await self._ask()
        if not self._is_known:
            return await self._others.next()
        given, self._is_given = self._is_given, True
        return None if given else self._found

    async def _ask(self) -> None:
        edges = self._aggregate.edges
        extremes = await self._archive.extremes(self._cell.element.number, edges)
        if extremes is None:
            return
        self._is_known = True
        if extremes.first is None:
            return
        if len(edges) <= _SMALL:
            self._found = self._series(extremes, extremes.first)
        else:
            first = extremes.first
            found = await self._offload(lambda: self._series(extremes, first))
            self._found = cast(Series, found)

    def _series(self, extremes: Extremes, first: int) -> Series:
        by_function = {
            AggregateFunction.MINIMUM: _values(extremes.low, extremes.whole),
            AggregateFunction.MAXIMUM: _values(extremes.high, extremes.whole),
        }
        columns = [by_function[one] for one in self._aggregate.functions]
        values: list[object] = columns[0]
        if self._aggregate.is_list:
            values = list(map(list, zip(*columns, strict=True)))
        quality = self._quality(first) if self._aggregate.quality else None
        return Series(self._aggregate.edges[:-1], values, quality)  # type: ignore[arg-type]

    def _quality(self, first: int) -> npt.NDArray[np.float64]:
        """From the first value on there is always a good one."""
        ends = np.minimum(self._aggregate.edges, self._now)
        good = np.diff(np.maximum(ends, first))
        return good / np.maximum(np.diff(ends), 1)

    def rewind(self) -> None:
        """Begin anew; see :class:`oagw.interfaces.systems.IReading`."""
        self._is_given = False
        if self._is_asked and not self._is_known:
            self._others.rewind()

    def close(self) -> None:
        """Read no more; see :class:`oagw.interfaces.systems.IReading`."""
        self._others.close()


def _values(numbers: npt.NDArray[np.float64], whole: bool) -> list[object]:
    """The values as they were archived; ``None`` where there is none."""
    values: list[float] = numbers.tolist()
    if whole:
        return [None if value != value else int(value) for value in values]
    return [None if value != value else value for value in values]
