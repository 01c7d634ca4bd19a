"""Archived values of a remote system: requested in parts, read from memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from oagw.aggregates.aggregate import AggregateArguments
from oagw.errors import OagwError, ParameterError, UnexpectedStateError
from oagw.interfaces.systems import IReading, PeriodRequest
from oagw.model.times import LAST, NS_PER_MS, to_iso_ns
from oagw.model.values import WireValue
from oagw.systems.remote.answers import PeriodAnswer
from oagw.systems.remote.dialect import Dialect
from oagw.systems.remote.peerlink import PeerLink
from oagw.systems.remote.peernames import PeerNames
from oagw.systems.remote.questions import DP_GET_PERIOD
from oagw.systems.replay import Replay
from oagw.wire.series import Numbers, Series, joined

#: The ``Ts`` of a reply with one list of times (ms) and one of values.
_COLUMNS = 3
#: Values in one part of a reply.
_PART = 50_000


class Gathering:
    """Collects the parts of a reply.

    :param limit: values beyond this number are counted, and not kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: dict[str, list[Series]] = {}
        self.count = 0
        #: Errors by the peer's names.
        self.errors: dict[str, OagwError] = {}

    def add(self, answer: PeriodAnswer) -> bool:
        """Add a part; returns whether a further part follows."""
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
                    f"'{name}': the system sent invalid archived values: {error}"
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
    """Make a part of a series.

    :raises ValueError: the lists differ in length, or a time is out of range.
    """
    if len(times) != len(values) or (shares is not None and len(shares) != len(times)):
        raise ValueError(f"{len(times)} times for {len(values)} values")
    if times and not (min(times) >= 0 and max(times) <= LAST // NS_PER_MS):
        raise ValueError("a time is before 1970 or after 2262")
    ms = np.array(times, np.float64 if float in set(map(type, times)) else np.int64)
    quality = None if shares is None else np.array(shares, np.float64)
    return Series(ms.astype(np.int64) * NS_PER_MS, _column(values), quality)


def _ordered(parts: list[Series]) -> list[Series]:
    """Sort parts by time; usually they are sorted."""
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
    """Pack values in little memory.

    JavaScript writes 1.0 as 1: whole numbers among others become floats.
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
    link: PeerLink, names: PeerNames, request: PeriodRequest, dialect: Dialect
) -> tuple[dict[str, IReading], dict[str, OagwError]]:
    """Answer a period query.

    :raises OagwError: the peer does not reply, or refuses.
    """
    found, errors = await read_parts(link, names, request, dialect)
    readings: dict[str, IReading] = {
        name: Replay(found.get(name, ())) for name in request.names if name not in errors
    }
    return readings, errors


async def read_parts(
    link: PeerLink, names: PeerNames, request: PeriodRequest, dialect: Dialect
) -> tuple[dict[str, Sequence[Series]], dict[str, OagwError]]:
    """Read the parts of each series, and errors by name.

    :raises OagwError: the peer does not reply or refuses, or there are too many values.
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


def _arguments(
    names: PeerNames, request: PeriodRequest, dialect: Dialect
) -> dict[str, object]:
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
        # The last interval ends with the period.
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
