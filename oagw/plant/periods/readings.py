"""Readings of a period query: each reads one attribute from the archive in pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from twisted.internet.defer import Deferred
from zope.interface import implementer

from oagw.errors import (
    DatapointNotFoundError,
    ElementNotFoundError,
    IllegalCallError,
    NoArchivedValuesError,
    OagwError,
    ParameterError,
)
from oagw.interfaces.archives import (
    IArchive,
    IScan,
)
from oagw.interfaces.systems import (
    IReading,
    PeriodRequest,
)
from oagw.model.columns import Columns
from oagw.plant.cells import (
    Cell,
    Cells,
)
from oagw.plant.element import Element
from oagw.plant.periods.aggregatereading import (
    AggregateReading,
    check_numbers,
)
from oagw.plant.periods.attributecolumns import (
    numbers,
    values,
)
from oagw.plant.periods.intervalextremes import (
    ExtremesReading,
    are_extremes,
)
from oagw.plant.periods.sharedscan import SharedScan
from oagw.wire.series import Series

#: Samples that are converted in about a millisecond; more are converted in a thread.
_SMALL = 1000

#: An attribute that is asked for, at each element whose samples answer: several deleted
#: elements may have had one name.
_Asked: TypeAlias = Sequence[Cell]


async def open_period(
    request: PeriodRequest,
    cells: Cells,
    archive: IArchive,
    offload: Callable[[Callable[[], object]], Deferred[object]],
    now: int,
) -> tuple[dict[str, IReading], dict[str, OagwError]]:
    """Answer a period query: a reading or an error for each name.

    :param now: in ns since the epoch.
    :raises ParameterError: the period has more values than the limit.
    """
    aggregate = request.aggregate
    asked, errors = _find(request, cells)
    if aggregate is None:
        every = [cell for one in asked.values() for cell in one]
        await _check_limit(request, every, archive)
    elif not aggregate.is_choice:
        # The value before the period holds at its start.
        request = replace(request, bonus=1)
    errors |= await _not_archived(request, asked, archive)
    scans: dict[int, SharedScan] = {}
    readings: dict[str, IReading] = {}
    for name, one in asked.items():
        if name in errors:
            continue
        # All attributes of an element are read at one moment.
        shared = [
            scans.setdefault(cell.element.number, SharedScan(archive, cell, request))
            for cell in one
        ]
        if aggregate is None:
            readings[name] = _AttributeReading(one, shared, offload)
            continue
        reading = AggregateReading(one, shared, aggregate, now, offload)
        readings[name] = reading
        if len(one) == 1 and are_extremes(one[0], aggregate):
            readings[name] = ExtremesReading(
                one[0], archive, aggregate, now, offload, reading
            )
    return readings, errors


def _find(
    request: PeriodRequest, cells: Cells
) -> tuple[dict[str, _Asked], dict[str, OagwError]]:
    """The attributes to read by name, and the errors of the other names."""
    asked: dict[str, _Asked] = {}
    errors: dict[str, OagwError] = {}
    for name in request.names:
        try:
            found = _ask(name, cells)
            _check_historical(found[0])
            if request.aggregate is not None:
                check_numbers(found, request.aggregate)
            asked[name] = found
        except OagwError as error:
            errors[name] = error
    return asked, errors


def _ask(name: str, cells: Cells) -> _Asked:
    try:
        return [cells.find(name)]
    except (DatapointNotFoundError, ElementNotFoundError):
        deleted = cells.find_deleted(name)
        if not deleted:
            raise
        return deleted


def _check_historical(cell: Cell) -> None:
    """Refuse attributes without a history.

    :raises IllegalCallError: the attribute has no history.
    """
    if not cell.config.historical:
        raise IllegalCallError(f"'{cell.name}': config '{cell.config.name}' has no history")


async def _check_limit(
    request: PeriodRequest, asked: Sequence[Cell], archive: IArchive
) -> None:
    numbers = [cell.element.number for cell in asked]
    if not numbers:
        return
    count = await archive.most(
        numbers, request.first, request.last, request.bonus, request.limit
    )
    if count > request.limit:
        raise ParameterError(
            f"the period has more than {request.limit} values; ask for a shorter one or "
            "for fewer names, or raise [archive] max_period_values"
        )


async def _not_archived(
    request: PeriodRequest, asked: Mapping[str, _Asked], archive: IArchive
) -> dict[str, OagwError]:
    """Errors of the elements that are not archived and have no values in the period.

    An element that was archived before can still be read.
    """
    silent = {
        name: cells[0].element
        for name, cells in asked.items()
        # Deleted elements are only known because they have archived values.
        if not cells[0].element.archived and cells[0].element.datapoint.elements
    }

    async def are_empty(elements: Sequence[Element]) -> bool:
        numbers = [element.number for element in elements]
        period = (request.first, request.last, request.bonus)
        return await archive.most(numbers, *period, 0) == 0

    if not silent:
        return {}
    # In most cases this one test is enough for all of them.
    if not await are_empty(list(silent.values())):
        silent = {name: one for name, one in silent.items() if await are_empty([one])}
    return {
        name: NoArchivedValuesError(
            f"'{name}': the element is not archived and has no archived values in this "
            "period; to archive values from now on, set its '_archive.._archive' to true"
        )
        for name in silent
    }


@implementer(IReading)
class _AttributeReading:
    """Reads one attribute of one element, or of several deleted ones that had its name."""

    def __init__(
        self,
        cells: _Asked,
        scans: Sequence[SharedScan],
        offload: Callable[[Callable[[], object]], Deferred[object]],
    ) -> None:
        self._cells = cells
        self._scans = scans
        self._offload = offload
        self._scan: IScan | None = None
        self._is_done = False
        for one in scans:
            one.join()

    def next(self) -> Deferred[Series | None]:
        """The next values; see :class:`oagw.interfaces.systems.IReading`."""
        return Deferred.fromCoroutine(self._next())

    async def _next(self) -> Series | None:
        if self._is_done:
            return None
        if len(self._cells) > 1:
            self._is_done = True
            return await self._all()
        if self._scan is None:
            self._scan = await self._scans[0].begin()
        columns = await self._scan.next()
        return None if columns is None else await self._series(self._cells[0], columns)

    async def _all(self) -> Series | None:
        """All values of several elements, sorted by time."""
        parts: list[Series] = []
        for cell, scans in zip(self._cells, self._scans, strict=True):
            scan = await scans.begin()
            while (columns := await scan.next()) is not None:
                parts.append(await self._series(cell, columns))
        if not parts:
            return None
        times = np.concatenate([part.times for part in parts])
        every = [value for part in parts for value in part.value_list()]
        order = np.argsort(times, kind="stable")
        return Series(times[order], [every[number] for number in order.tolist()])

    async def _series(self, cell: Cell, columns: Columns) -> Series:
        kept = numbers(cell, columns)
        if kept is not None:
            return Series(columns.stime, kept)
        if len(columns) <= _SMALL:
            return Series(columns.stime, values(cell, columns))
        found = await self._offload(lambda: values(cell, columns))
        assert isinstance(found, list)
        return Series(columns.stime, found)

    def rewind(self) -> None:
        """Start again; see :class:`oagw.interfaces.systems.IReading`."""
        self._is_done = False
        # The scan is shared: another reading may have read it to its end by now.
        self._scan = None

    def close(self) -> None:
        """End the reading; see :class:`oagw.interfaces.systems.IReading`."""
        scans, self._scans = self._scans, ()
        for one in scans:
            one.leave()
