"""What a period query wants made of the samples, and how its arguments are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from oagw.aggregates.folding import Folding, Reduction
from oagw.aggregates.functiontable import (
    AggregateFunction,
    find_function,
)
from oagw.aggregates.intervals import Interval, cut, cut_evenly, read_interval
from oagw.aggregates.lttb import LEAST, MOST, Lttb
from oagw.aggregates.pieces import Times
from oagw.errors import ParameterError


@dataclass(frozen=True, slots=True)
class AggregateArguments:
    """The arguments as clients give them, checked for their types only."""

    function: str | Sequence[str]
    interval: str | float | None = None
    points: int | None = None
    percent: float | None = None
    zone: str | None = None
    quality: bool | None = None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Functions over the intervals of a period, or few samples in place of many.

    :ivar functions: in the order of the answer; ``LTTB`` stands alone.
    :ivar is_list: each result is a list, also of a single function.
    :ivar percent: of ``PERCENTILE``.
    :ivar interval: the length of the intervals; ``None`` if ``points`` tells it.
    :ivar points: the number of intervals, or of the samples of ``LTTB``.
    :ivar zone: whose clock and calendar cut the intervals; ``None`` are the server's.
    :ivar quality: the share of good values is wanted too.
    :ivar edges: where the intervals begin, and where the last one ends (ns); none of
        ``LTTB``.
    :ivar wanted: what it was read from, for who computes it elsewhere.
    """

    functions: Sequence[AggregateFunction]
    is_list: bool = False
    percent: float = 0.0
    interval: Interval | None = None
    points: int = 0
    zone: tzinfo | None = None
    quality: bool = True
    edges: Times = field(default_factory=lambda: np.empty(0, np.int64), compare=False)
    wanted: AggregateArguments | None = field(default=None, compare=False)

    @property
    def is_choice(self) -> bool:
        """It chooses samples; it does not compute anything of intervals."""
        return AggregateFunction.LTTB in self.functions

    @property
    def rows(self) -> int:
        """At most so many results of each name."""
        return self.points if self.is_choice else len(self.edges) - 1

    def reduction(self, now: int) -> Reduction:
        """A new beginning.

        :param now: values are not known to hold later than this (ns).
        """
        if self.is_choice:
            return Lttb(self.points)
        return Folding(self.functions, self.percent, self.edges, now)


def read_aggregate(
    wanted: AggregateArguments, first: int, end: int, zone: tzinfo | None
) -> Aggregate:
    """Check what is wanted of a period; many intervals take a while.

    :param first: of the period in ns; ``end`` is no part of it.
    :param zone: the zone if none is named; ``None`` is the server's.
    :raises ParameterError: it cannot be had; says why.
    """
    functions = _functions(wanted.function)
    is_list = not isinstance(wanted.function, str)
    if wanted.zone is not None:
        zone = _zone(wanted.zone)
    if (wanted.interval is None) == (wanted.points is None):
        raise ParameterError("Aggregate needs either Interval or Points")
    if AggregateFunction.LTTB in functions:
        return _choice(functions, wanted)
    if first >= end:
        raise ParameterError("Aggregate: T1 must be earlier than T2")
    interval = None if wanted.interval is None else read_interval(wanted.interval)
    if interval is not None:
        edges = cut(first, end, interval, zone)
    else:
        edges = cut_evenly(first, end, wanted.points or 0)
    return Aggregate(
        functions,
        is_list,
        _percent(functions, wanted.percent),
        interval,
        wanted.points or 0,
        zone,
        wanted.quality is not False,
        edges,
        wanted,
    )


def _functions(given: str | Sequence[str]) -> list[AggregateFunction]:
    names = [given] if isinstance(given, str) else given
    functions = [find_function(name) for name in names[: len(AggregateFunction) + 1]]
    if not functions or len(set(functions)) < len(functions):
        raise ParameterError("Function must name at least one function, each only once")
    if AggregateFunction.LTTB in functions and len(functions) > 1:
        raise ParameterError("lttb gives samples, so that it stands alone in Function")
    return functions


def _choice(
    functions: Sequence[AggregateFunction], wanted: AggregateArguments
) -> Aggregate:
    points = wanted.points
    if points is None or not LEAST <= points <= MOST:
        raise ParameterError(f"lttb needs Points, {LEAST} to {MOST}")
    return Aggregate(functions, points=points, quality=False, wanted=wanted)


def _percent(functions: Sequence[AggregateFunction], given: float | None) -> float:
    if AggregateFunction.PERCENTILE not in functions:
        return 0.0
    if given is None or not 0 <= given <= 100:
        raise ParameterError("percentile needs Percent, 0 to 100")
    return given


def _zone(name: str) -> tzinfo | None:
    if name == "local":
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ParameterError(
            f"TimeZone '{name[:60]}' is unknown; it is local, UTC or as in Europe/Vienna"
        ) from error
