"""Aggregates for a peer that computes none: its values are read, and aggregated here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from twisted.internet.defer import Deferred
from zope.interface import implementer

from oagw.aggregates.aggregate import Aggregate
from oagw.aggregates.pieces import Flags, Piece, no_samples
from oagw.aggregates.reduction import AggregateRows
from oagw.errors import ConversionError, OagwError
from oagw.interfaces.systems import IReading, PeriodRequest
from oagw.model import status
from oagw.model.values import WireValue
from oagw.plant.periods.aggregatereading import series_of
from oagw.systems.remote.dialect import Dialect
from oagw.systems.remote.peerlink import PeerLink
from oagw.systems.remote.peernames import PeerNames
from oagw.systems.remote.peerperiods import read_parts
from oagw.wire.series import Numbers, Series, joined

#: Runs long work in a thread.
Offload = Callable[[Callable[[], object]], Deferred[object]]

_VALUE, _STATUS = "._value", "._status64"


async def read_aggregates(
    link: PeerLink,
    names: PeerNames,
    request: PeriodRequest,
    dialect: Dialect,
    now: int,
    offload: Offload,
) -> tuple[dict[str, IReading], dict[str, OagwError]]:
    """Answer a period query with an aggregate.

    :param now: in ns since the epoch.
    :raises OagwError: the peer does not reply, or refuses.
    """
    aggregate = request.aggregate
    assert aggregate is not None
    statuses = {
        name: name.removesuffix(_VALUE) + _STATUS
        for name in request.names
        if name.endswith(_VALUE)
    }
    # The value before the period is valid at its start.
    bonus = 0 if aggregate.is_choice else 1
    asked = [*request.names, *statuses.values()]
    plain = replace(request, names=asked, bonus=bonus, aggregate=None)
    found, wrong = await read_parts(link, names, plain, dialect)
    readings: dict[str, IReading] = {}
    errors: dict[str, OagwError] = {}
    for name in request.names:
        if name in wrong:
            errors[name] = wrong[name]
            continue
        status_name = statuses.get(name, "")
        if status_name in wrong:
            # Without the status, bad values would count as good ones.
            errors[name] = wrong[status_name]
            continue
        try:
            piece = _piece(found, name, status_name)
            _check_numbers(name, piece, aggregate)
        except ConversionError as error:
            errors[name] = error
            continue
        readings[name] = PeerAggregateReading(piece, aggregate, now, offload)
    return readings, errors


def _piece(found: Mapping[str, Sequence[Series]], name: str, status_name: str) -> Piece:
    """Convert samples to the input of aggregates."""
    parts = found.get(name, ())
    if not parts:
        return no_samples()
    series = joined(parts)
    values: object = series.values
    if isinstance(values, Numbers):
        array = values.plain()
    elif all(isinstance(one, bool) for one in series.value_list()):
        array = np.array(series.value_list(), np.bool_)
    else:
        return Piece(
            series.times, list(series.value_list()), _good(found, status_name, series)
        )
    good = _good(found, status_name, series)
    if array.dtype == np.float64:
        good &= np.isfinite(array.astype(np.float64))
    return Piece(series.times, array, good)


def _good(found: Mapping[str, Sequence[Series]], name: str, series: Series) -> Flags:
    """Whether each value has a good status.

    :param name: the name of the status; empty for attributes that have none.
    """
    if not name:
        return np.ones(len(series), np.bool_)
    parts = found.get(name, ())
    if not parts:
        return np.zeros(len(series), np.bool_)
    words = joined(parts)
    bad = np.array([_is_bad(one) for one in words.value_list()], np.bool_)
    if np.array_equal(words.times, series.times):
        return ~bad
    # Some values have come between the two readings.
    before = np.concatenate(([0], np.cumsum(bad)))
    start = np.searchsorted(words.times, series.times, "left")
    end = np.searchsorted(words.times, series.times, "right")
    good: Flags = (start < end) & (before[start] == before[end])
    return good


def _is_bad(word: WireValue) -> bool:
    """Whether a status means a bad value; one that cannot be read does."""
    try:
        return bool(int(str(word)) & status.BAD)
    except ValueError:
        return True


def _check_numbers(name: str, piece: Piece, aggregate: Aggregate) -> None:
    """Refuse functions of numbers for values that are not numbers.

    :raises ConversionError: the message names the function.
    """
    if not isinstance(piece.values, list):
        return
    for function in aggregate.functions:
        if not function.takes_all:
            raise ConversionError(
                f"'{name}' holds no numbers, which '{function}' needs; count, first and "
                "last take any values"
            )


@implementer(IReading)
class PeerAggregateReading:
    """Aggregates the samples of one attribute when the first piece is read."""

    def __init__(
        self, piece: Piece, aggregate: Aggregate, now: int, offload: Offload
    ) -> None:
        self._piece = piece
        self._aggregate = aggregate
        self._now = now
        self._offload = offload
        self._found: list[Series] | None = None
        self._next = 0

    def next(self) -> Deferred[Series | None]:
        """The next results; see :class:`oagw.interfaces.systems.IReading`."""
        return Deferred.fromCoroutine(self._give())

    async def _give(self) -> Series | None:
        if self._found is None:
            self._found = []
            await self._offload(self._work)
        if self._next >= len(self._found):
            return None
        self._next += 1
        return self._found[self._next - 1]

    def _work(self) -> None:
        reduction = self._aggregate.reduction(self._now)
        rows: list[AggregateRows] = []
        while True:
            rows += reduction.feed(self._piece)
            rows += reduction.end()
            if not reduction.goes_on:
                break
        found = series_of(rows, self._aggregate)
        self._found = [joined(found)] if found else []

    def rewind(self) -> None:
        """Start again; see :class:`oagw.interfaces.systems.IReading`."""
        self._next = 0

    def close(self) -> None:
        """Stop reading; see :class:`oagw.interfaces.systems.IReading`."""
        self._piece = no_samples()
        self._found = []
