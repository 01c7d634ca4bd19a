"""Archived values of a remote system: asked for in parts, read from memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from oagw.aggregates.aggregate import Wanted
from oagw.errors import NamesRefusedError, OagwError, ParameterError
from oagw.interfaces import IReading, PeriodRequest
from oagw.model.times import NS_PER_MS, to_iso_ns
from oagw.model.values import WireValue
from oagw.systems.remote.dialect import Dialect
from oagw.systems.remote.link import Body, Link, error_in
from oagw.systems.remote.names import Names
from oagw.systems.replay import Replay
from oagw.wire.series import Numbers, Series

#: The shape of an answer that has times (ms) and values in lists of their own.
_COLUMNS = 3
#: Values in a part of an answer.
_PART = 50_000


class Gathering:
    """Takes the parts of an answer.

    :param limit: more values than this are counted, and not kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: dict[str, list[Series]] = {}
        self.count = 0

    def add(self, body: Body) -> bool:
        """Take a part; tells whether there are more."""
        shares = body.get("Quality") or {}
        for name, columns in (body.get("Values") or {}).items():
            times, values = columns
            self.count += len(times)
            if self.count > self._limit:
                self._parts.clear()
                continue
            quality = None
            if name in shares:
                quality = np.array(shares[name], np.float64)
            ns = np.array(times, np.int64) * NS_PER_MS
            self._parts.setdefault(name, []).append(Series(ns, _column(values), quality))
        return bool(body.get("Progress", 100) != 100)

    def series(self) -> Mapping[str, list[Series]]:
        """The parts of each series."""
        return self._parts


def _column(values: list[WireValue]) -> Numbers | list[WireValue]:
    """Values in as little memory as they need.

    JavaScript writes 1.0 as 1: whole numbers among others are floats.
    """
    kinds = set(map(type, values))
    dtype = np.float64 if float in kinds else np.int64
    if kinds and kinds <= {float, int}:
        try:
            return Numbers(np.array(values, dtype))
        except OverflowError:
            return values
    return values


async def read_period(
    link: Link, names: Names, request: PeriodRequest, dialect: Dialect
) -> tuple[dict[str, IReading], dict[str, OagwError]]:
    """Answer a period query.

    :raises OagwError: the peer cannot answer.
    """
    found, errors = await read_parts(link, names, request, dialect)
    readings: dict[str, IReading] = {
        name: Replay(found.get(name, ())) for name in request.names if name not in errors
    }
    return readings, errors


async def read_parts(
    link: Link, names: Names, request: PeriodRequest, dialect: Dialect
) -> tuple[dict[str, Sequence[Series]], dict[str, OagwError]]:
    """The parts of each series, and errors by name.

    :raises OagwError: the peer cannot answer, or there are too many values.
    """
    gathering = Gathering(request.limit)
    arguments = _arguments(names, request, dialect)
    body = await link.ask("DpGetPeriod", arguments, more=gathering.add)
    error = error_in(body)
    errors: dict[str, OagwError] = {}
    if isinstance(error, NamesRefusedError):
        errors = names.errors_back(error.errors)
    elif error is not None:
        raise error
    if gathering.count > request.limit:
        raise ParameterError(
            f"the period has more than {request.limit} values; ask for a shorter one or "
            "for fewer names, or raise [archive] max_period_values"
        )
    return {names.back(name): one for name, one in gathering.series().items()}, errors


def _arguments(names: Names, request: PeriodRequest, dialect: Dialect) -> dict[str, object]:
    arguments: dict[str, object] = {
        "Dps": names.all_out(request.names),
        "T1": to_iso_ns(request.first),
        "T2": to_iso_ns(request.last),
        "Count": request.bonus,
        "Ts": _COLUMNS,
    }
    aggregate = request.aggregate
    if dialect.more:
        arguments["Split"] = _PART
    if aggregate is None:
        return arguments
    assert aggregate.wanted is not None
    if not aggregate.is_choice:
        # Its last interval ends where the period does.
        arguments["T2"] = to_iso_ns(request.last + 1)
    arguments["Count"] = 0
    arguments["Aggregate"] = _aggregate(aggregate.wanted)
    return arguments


def _aggregate(wanted: Wanted) -> dict[str, object]:
    given = wanted.function
    fields: dict[str, object] = {
        "Function": given if isinstance(given, str) else list(given),
        "Interval": wanted.interval,
        "Points": wanted.points,
        "Percent": wanted.percent,
        "TimeZone": wanted.zone,
        "Quality": wanted.quality,
    }
    return {name: value for name, value in fields.items() if value is not None}
