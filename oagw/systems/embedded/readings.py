"""Archived samples to the columns that a period query asks for, a piece at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from twisted.internet.defer import Deferred
from zope.interface import implementer

from oagw.errors import (
    DatapointNotFoundError,
    ElementNotFoundError,
    IllegalCallError,
    OagwError,
    ParameterError,
)
from oagw.interfaces import IArchive, IReading, IScan, PeriodRequest
from oagw.model.columns import Columns, Kind
from oagw.model.configs.values import ORIGINAL
from oagw.model.times import NS_PER_MS
from oagw.model.values import WireValue
from oagw.systems.embedded.cells import Cell, Cells
from oagw.systems.embedded.past import PastState
from oagw.wire.series import Numbers, Series

#: That many samples are made values in about a millisecond; more go to a thread.
_SMALL = 1000
_VALUE = ORIGINAL.attributes["_value"].read
_STIME = ORIGINAL.attributes["_stime"].read

#: An attribute that is asked for, at each element whose samples answer: of elements that
#: are no more there may have been several of one name.
_Asked: TypeAlias = Sequence[Cell]


async def open_period(
    request: PeriodRequest,
    cells: Cells,
    archive: IArchive,
    offload: Callable[[Callable[[], object]], Deferred[object]],
) -> tuple[dict[str, IReading], dict[str, OagwError]]:
    """Answer a period query: a reading by name, and an error by name.

    :raises ParameterError: there are more values than the limit.
    """
    asked, errors = _find(request.names, cells)
    await _check_limit(request, [cell for one in asked.values() for cell in one], archive)
    scans: dict[int, _Scans] = {}
    readings: dict[str, IReading] = {}
    for name, one in asked.items():
        # Attributes of an element are of one moment.
        shared = [
            scans.setdefault(cell.element.number, _Scans(archive, cell, request))
            for cell in one
        ]
        readings[name] = _Reading(one, shared, offload)
    return readings, errors


def _find(
    names: Sequence[str], cells: Cells
) -> tuple[dict[str, _Asked], dict[str, OagwError]]:
    """What to read by name, and what is wrong with other names."""
    asked: dict[str, _Asked] = {}
    errors: dict[str, OagwError] = {}
    for name in names:
        try:
            found = _ask(name, cells)
            _check_historical(found[0])
            asked[name] = found
        except OagwError as error:
            errors[name] = error
    return asked, errors


def _ask(name: str, cells: Cells) -> _Asked:
    try:
        return [cells.find(name)]
    except (DatapointNotFoundError, ElementNotFoundError):
        former = cells.find_former(name)
        if not former:
            raise
        return former


def _check_historical(cell: Cell) -> None:
    """Refuse what a period query cannot ask for.

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


class _Scans:
    """The scan of one element, for all of its attributes that are asked for."""

    def __init__(self, archive: IArchive, cell: Cell, request: PeriodRequest) -> None:
        self._archive = archive
        self._number = cell.element.number
        self._request = request
        self._scan: IScan | None = None
        self._readers = 0

    def join(self) -> None:
        """Somebody will read."""
        self._readers += 1

    async def begin(self) -> IScan:
        """The scan from its start on."""
        if self._scan is None:
            request = self._request
            self._scan = await self._archive.scan(
                self._number, request.first, request.last, request.bonus
            )
        self._scan.rewind()
        return self._scan

    def leave(self) -> None:
        """Somebody reads no more; the last one closes the scan."""
        self._readers -= 1
        if not self._readers and self._scan is not None:
            self._scan.close()


@implementer(IReading)
class _Reading:
    """Reads one attribute."""

    def __init__(
        self,
        cells: _Asked,
        scans: Sequence[_Scans],
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
        """The next values; see :class:`oagw.interfaces.IReading`."""
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
        """All values of several elements, by time."""
        parts: list[Series] = []
        for cell, scans in zip(self._cells, self._scans, strict=True):
            scan = await scans.begin()
            while (columns := await scan.next()) is not None:
                parts.append(await self._series(cell, columns))
        if not parts:
            return None
        times = np.concatenate([part.times for part in parts])
        values = [value for part in parts for value in part.value_list()]
        order = np.argsort(times, kind="stable")
        return Series(times[order], [values[number] for number in order.tolist()])

    async def _series(self, cell: Cell, columns: Columns) -> Series:
        numbers = _numbers(cell, columns)
        if numbers is not None:
            return Series(columns.stime, numbers)
        if len(columns) <= _SMALL:
            return Series(columns.stime, _column(cell, columns))
        values = await self._offload(lambda: _column(cell, columns))
        assert isinstance(values, list)
        return Series(columns.stime, values)

    def rewind(self) -> None:
        """Begin anew; see :class:`oagw.interfaces.IReading`."""
        self._is_done = False
        if self._scan is not None:
            self._scan.rewind()

    def close(self) -> None:
        """Read no more; see :class:`oagw.interfaces.IReading`."""
        scans, self._scans = self._scans, ()
        for one in scans:
            one.leave()


def _numbers(cell: Cell, columns: Columns) -> Numbers | None:
    """A column that is numbers as they are kept, if it is one."""
    read = cell.attribute.read
    if read is _STIME:
        return Numbers(columns.stime // NS_PER_MS)
    if read is not _VALUE or cell.encode is not None or columns.kind is Kind.OTHER:
        return None
    if columns.digits is not None:
        return Numbers(columns.bits, columns.digits)
    return Numbers(columns.array())


def _column(cell: Cell, columns: Columns) -> list[WireValue]:
    read, encode, element = cell.attribute.read, cell.encode, cell.element
    states = [PastState(sample, element) for sample in columns.samples()]
    if encode is None:
        return [read(state) for state in states]  # type: ignore[misc]
    # What has a history always has a value.
    return [encode(read(state)) for state in states]  # type: ignore[arg-type]
