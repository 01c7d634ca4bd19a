"""Archived samples to the columns that a period query asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import TypeAlias

from twisted.internet.defer import Deferred

from oagw.errors import (
    DatapointNotFoundError,
    ElementNotFoundError,
    IllegalCallError,
    OagwError,
    ParameterError,
)
from oagw.interfaces import IArchive, PeriodRequest
from oagw.model.behaviour import online_value
from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample
from oagw.model.values import Value, WireValue
from oagw.query.subject import DatapointState
from oagw.systems.embedded.cells import Cell, Cells
from oagw.systems.embedded.plant import Element
from oagw.wire.series import Series

#: That many samples are read in about a millisecond; more go to a thread.
_SMALL = 1000

#: An attribute that is asked for, at each element whose samples answer.
_Asked: TypeAlias = Sequence[Cell]
#: Attributes of one element, and its samples.
_Part: TypeAlias = tuple[Sequence[Cell], Sequence[Sample]]


async def read_period(
    request: PeriodRequest,
    cells: Cells,
    archive: IArchive,
    offload: Callable[[Callable[[], object]], Deferred[object]],
) -> tuple[dict[str, Series], dict[str, OagwError]]:
    """Answer a period query: a series by name, and an error by name.

    :raises ParameterError: there are more values than the limit.
    """
    wanted, errors = _wanted(request.names, cells)
    found: dict[str, Series] = {}
    room = request.limit
    for asked in wanted.values():
        parts: list[_Part] = []
        # Of elements that are no more there may have been several of one name.
        for columns in zip(*asked, strict=True):
            samples = await archive.read(
                columns[0].element.number,
                request.first,
                request.last,
                request.bonus,
                room // len(columns) + 1,
            )
            room -= len(samples) * len(columns)
            if room < 0:
                raise ParameterError(
                    f"the period has more than {request.limit} values; ask for a "
                    "shorter one or for fewer names, or raise [archive] "
                    "max_period_values"
                )
            if samples:
                parts.append((columns, samples))
        if parts:
            found |= await _read_columns(parts, offload)
    return {name: found[name] for name in request.names if name in found}, errors


def _wanted(
    names: Sequence[str], cells: Cells
) -> tuple[dict[str, list[_Asked]], dict[str, OagwError]]:
    """What to read of each element, by its name; and what is wrong with other names."""
    wanted: dict[str, list[_Asked]] = {}
    errors: dict[str, OagwError] = {}
    for name in names:
        try:
            asked = _ask(name, cells)
            _check_historical(asked[0])
            wanted.setdefault(asked[0].element.name, []).append(asked)
        except OagwError as error:
            errors[name] = error
    return wanted, errors


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


class PastState:
    """An element as it was; a stored config has no past, but is what it is now.

    :ivar datapoint: the datapoint that it belongs to, or what that was then.
    """

    __slots__ = ("_element", "datapoint", "sample")

    def __init__(
        self, sample: Sample, element: Element, datapoint: DatapointState | None = None
    ) -> None:
        self.sample = sample
        self._element = element
        self.datapoint: DatapointState = datapoint or element.datapoint

    @property
    def type(self) -> ElementType:
        """What the element holds."""
        return self._element.type

    @property
    def online(self) -> Value:
        """The online value; of a substitute value, the present one is known."""
        return online_value(self.sample, self._element.behaviour)

    def stored(self, config: str) -> Mapping[str, Value]:
        """What is set of a stored config."""
        return self._element.stored(config)


async def _read_columns(
    parts: Sequence[_Part], offload: Callable[[Callable[[], object]], Deferred[object]]
) -> dict[str, Series]:
    """A series for each attribute, by its complete name."""
    if sum(len(samples) for _, samples in parts) <= _SMALL:
        return _merged(parts)
    series = await offload(lambda: _merged(parts))
    assert isinstance(series, dict)
    return series


def _merged(parts: Sequence[_Part]) -> dict[str, Series]:
    """The series of all parts, ordered by time."""
    if len(parts) == 1:
        return _series(*parts[0])
    rows: dict[str, list[tuple[int, WireValue]]] = {}
    for cells, samples in parts:
        for name, one in _series(cells, samples).items():
            rows.setdefault(name, []).extend(zip(one.times, one.values, strict=True))
    found = {}
    for name, pairs in rows.items():
        pairs.sort(key=itemgetter(0))
        found[name] = Series([time for time, _ in pairs], [value for _, value in pairs])
    return found


def _series(cells: Sequence[Cell], samples: Sequence[Sample]) -> dict[str, Series]:
    times = [sample.stime for sample in samples]
    element = cells[0].element
    states = [PastState(sample, element) for sample in samples]
    return {cell.name: Series(times, _column(cell, states)) for cell in cells}


def _column(cell: Cell, states: Sequence[PastState]) -> list[WireValue]:
    read, encode = cell.attribute.read, cell.encode
    if encode is None:
        return [read(state) for state in states]  # type: ignore[misc]
    # What has a history always has a value.
    return [encode(read(state)) for state in states]  # type: ignore[arg-type]
