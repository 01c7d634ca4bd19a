"""Archived samples to the columns that a period query asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from twisted.internet.defer import Deferred

from oagw.errors import IllegalCallError
from oagw.model.samples import Sample
from oagw.model.values import Value, WireValue
from oagw.systems.embedded.cells import Cell
from oagw.wire.series import Series

#: That many samples are read in about a millisecond; more go to a thread.
_SMALL = 1000


def check_historical(cell: Cell) -> None:
    """Refuse what a period query cannot ask for.

    :raises IllegalCallError: the attribute has no history.
    """
    if not cell.config.historical:
        raise IllegalCallError(f"'{cell.name}': config '{cell.config.name}' has no history")


class _PastState:
    """An element as it was; a stored config has no past."""

    __slots__ = ("sample",)

    def __init__(self, sample: Sample) -> None:
        self.sample = sample

    def stored(self, config: str) -> Mapping[str, Value]:
        """Nothing: :func:`check_historical` lets none pass."""
        return {}


async def read_columns(
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
    states = [_PastState(sample) for sample in samples]
    return {cell.name: Series(times, _column(cell, states)) for cell in cells}


def _column(cell: Cell, states: Sequence[_PastState]) -> list[WireValue]:
    read, encode = cell.attribute.read, cell.encode
    if encode is None:
        return [read(state) for state in states]  # type: ignore[misc]
    return [encode(read(state)) for state in states]
