"""Archived samples to the columns that a period query asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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
from oagw.systems.embedded.cells import Cell, Cells
from oagw.systems.embedded.plant import Element
from oagw.wire.series import Series

#: That many samples are read in about a millisecond; more go to a thread.
_SMALL = 1000


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
        # Of elements that are no more there may have been several of one name.
        samples: list[Sample] = []
        for element in asked[0].elements:
            samples += await archive.read(
                element.number, request.first, request.last, request.bonus, room + 1
            )
        if len(asked[0].elements) > 1:
            samples.sort(key=lambda sample: sample.stime)
        room -= len(samples) * len(asked)
        if room < 0:
            raise ParameterError(
                f"the period has more than {request.limit} values; ask for a shorter "
                "one or for fewer names, or raise [archive] max_period_values"
            )
        if samples:
            columns = [one.cell for one in asked]
            found |= await _read_columns(columns, samples, offload)
    return {name: found[name] for name in request.names if name in found}, errors


@dataclass(frozen=True, slots=True)
class _Asked:
    """An attribute that is asked for, and the elements whose samples answer."""

    cell: Cell
    elements: Sequence[Element]


def _wanted(
    names: Sequence[str], cells: Cells
) -> tuple[dict[str, list[_Asked]], dict[str, OagwError]]:
    """What to read of each element, by its name; and what is wrong with other names."""
    wanted: dict[str, list[_Asked]] = {}
    errors: dict[str, OagwError] = {}
    for name in names:
        try:
            asked = _ask(name, cells)
            _check_historical(asked.cell)
            wanted.setdefault(asked.cell.element.name, []).append(asked)
        except OagwError as error:
            errors[name] = error
    return wanted, errors


def _ask(name: str, cells: Cells) -> _Asked:
    try:
        cell = cells.find(name)
    except (DatapointNotFoundError, ElementNotFoundError):
        former = cells.find_former(name)
        if not former:
            raise
        return _Asked(former[-1], [one.element for one in former])
    return _Asked(cell, [cell.element])


def _check_historical(cell: Cell) -> None:
    """Refuse what a period query cannot ask for.

    :raises IllegalCallError: the attribute has no history.
    """
    if not cell.config.historical:
        raise IllegalCallError(f"'{cell.name}': config '{cell.config.name}' has no history")


class _PastState:
    """An element as it was; a stored config has no past."""

    __slots__ = ("_element", "sample")

    def __init__(self, sample: Sample, element: Element) -> None:
        self.sample = sample
        self._element = element

    @property
    def type(self) -> ElementType:
        """What the element holds."""
        return self._element.type

    @property
    def online(self) -> Value:
        """The online value; of a substitute value, the present one is known."""
        return online_value(self.sample, self._element.behaviour)

    def stored(self, config: str) -> Mapping[str, Value]:
        """Nothing: :func:`_check_historical` lets none pass."""
        return {}


async def _read_columns(
    cells: Sequence[Cell],
    samples: Sequence[Sample],
    offload: Callable[[Callable[[], object]], Deferred[object]],
) -> dict[str, Series]:
    """A series for each attribute, by its complete name."""
    if len(samples) <= _SMALL:
        return _series(cells, samples)
    series = await offload(lambda: _series(cells, samples))
    assert isinstance(series, dict)
    return series


def _series(cells: Sequence[Cell], samples: Sequence[Sample]) -> dict[str, Series]:
    times = [sample.stime for sample in samples]
    element = cells[0].element
    states = [_PastState(sample, element) for sample in samples]
    return {cell.name: Series(times, _column(cell, states)) for cell in cells}


def _column(cell: Cell, states: Sequence[_PastState]) -> list[WireValue]:
    read, encode = cell.attribute.read, cell.encode
    if encode is None:
        return [read(state) for state in states]  # type: ignore[misc]
    # What has a history always has a value.
    return [encode(read(state)) for state in states]  # type: ignore[arg-type]
