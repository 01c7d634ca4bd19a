"""Archived values of a remote system: asked for in parts, read from memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from oagw.aggregates.aggregate import AggregateArguments
from oagw.errors import OagwError, ParameterError, UnexpectedStateError
from oagw.interfaces.systems import (
    IReading,
    PeriodRequest,
)
from oagw.model.times import LAST, NS_PER_MS, to_iso_ns
from oagw.model.values import WireValue
from oagw.systems.remote.answers import Periods
from oagw.systems.remote.dialect import Dialect
from oagw.systems.remote.link import Link
from oagw.systems.remote.peernames import Names
from oagw.systems.remote.questions import DP_GET_PERIOD
from oagw.systems.replay import Replay
from oagw.wire.series import Numbers, Series, joined

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
        #: What is wrong with names, by the peer's.
        self.errors: dict[str, OagwError] = {}

    def add(self, answer: Periods) -> bool:
        """Take a part; tells whether there are more."""
        shares = answer.quality or {}
        self.errors.update(answer.by_name)
        for name, (times, values) in (answer.values or {}).items():
            self.count += len(times)
            if self.count > self._limit:
                self._parts.clear()
                continue
            try:
                part = _series(times, values, shares.get(name))
            except ValueError as error:
                self.errors[name] = UnexpectedStateError(
                    f"'{name}': what the system says of its past cannot be used: {error}"
                )
                continue
            self._parts.setdefault(name, []).append(part)
        return answer.progress not in (None, 100)

    def series(self) -> dict[str, Sequence[Series]]:
        """The parts of each series, in the order of time."""
        return {
            name: _ordered(parts)
            for name, parts in self._parts.items()
            if name not in self.errors
        }


def _series(
    times: list[int | float], values: list[WireValue], shares: list[Any] | None
) -> Series:
    """A part of a series.

    :raises ValueError: its columns do not fit each other, or a time is none.
    """
    if len(times) != len(values) or (shares is not None and len(shares) != len(times)):
        raise ValueError(f"{len(times)} times for {len(values)} values")
    if times and not (min(times) >= 0 and max(times) <= LAST // NS_PER_MS):
        raise ValueError("a time is before 1970 or after 2262")
    ms = np.array(times, np.float64 if float in set(map(type, times)) else np.int64)
    quality = None if shares is None else np.array(shares, np.float64)
    return Series(ms.astype(np.int64) * NS_PER_MS, _column(values), quality)


def _ordered(parts: list[Series]) -> list[Series]:
    """Parts in the order of time; they mostly are."""
    edges = [int(time) for one in parts if len(one) for time in one.times[[0, -1]]]
    steps = (one.times[1:] < one.times[:-1] for one in parts)
    if edges == sorted(edges) and not any(step.any() for step in steps):
        return parts
    whole = joined(parts)
    order = np.argsort(whole.times, kind="stable")
    values: Numbers | list[WireValue]
    if isinstance(whole.values, Numbers):
        values = Numbers(whole.values.array[order], whole.values.digits)
    else:
        values = [whole.values[at] for at in order.tolist()]
    quality = None if whole.quality is None else whole.quality[order]
    return [Series(whole.times[order], values, quality)]


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
    answer = await link.ask(DP_GET_PERIOD, arguments, more=gathering.add)
    if not gathering.errors:
        answer.check()
    if gathering.count > request.limit:
        raise ParameterError(
            f"the period has more than {request.limit} values; ask for a shorter one or "
            "for fewer names, or raise [archive] max_period_values"
        )
    found = {names.back(name): one for name, one in gathering.series().items()}
    return found, names.errors_back(gathering.errors)


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


def _aggregate(wanted: AggregateArguments) -> dict[str, object]:
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
