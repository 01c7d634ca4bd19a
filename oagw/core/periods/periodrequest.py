"""The request of a DpGetPeriod, from its arguments."""

from __future__ import annotations

from functools import partial

from oagw.aggregates.aggregate import Aggregate, AggregateArguments, read_aggregate
from oagw.core.arguments import read_time
from oagw.core.context import Context
from oagw.errors import ParameterError
from oagw.interfaces.systems import PeriodRequest
from oagw.model.times import LAST, NS_PER_MS
from oagw.wire.messages.periods import DpGetPeriod, PeriodAggregate


async def read_request(context: Context, command: DpGetPeriod) -> PeriodRequest:
    """The request without its names.

    :raises ParameterError: an argument cannot be used, or the reply would be too large.
    """
    zone, limit = context.rules.zone, context.rules.max_period_values
    first = read_time(command.t1, "T1", zone, clamp=True)
    if first == LAST and not isinstance(command.t1, str):
        # A number this large is in microseconds, say. An empty reply would hide that.
        read_time(command.t1, "T1", zone)
    end = read_time(command.t2, "T2", zone, clamp=True)
    # Clients see times in ms: a period up to a time that a client has seen includes the
    # value of that time.
    last = min(end + NS_PER_MS - 1, LAST) if end % NS_PER_MS == 0 else end
    if first > last:
        raise ParameterError(f"T1 ({command.t1}) is later than T2 ({command.t2})")
    if command.aggregate is None:
        return PeriodRequest((), first, last, command.count or 0, limit)
    aggregate = await _aggregate(context, command.aggregate, first, end)
    if aggregate.rows * len(aggregate.functions) * len(set(command.dps)) > limit:
        raise ParameterError(
            f"the reply would have more than {limit} values; ask for fewer intervals or "
            "names, or raise [archive] max_period_values"
        )
    # An interval ends where the next one begins.
    last = last if aggregate.is_choice else end - 1
    return PeriodRequest((), first, last, 0, limit, aggregate)


async def _aggregate(
    context: Context, given: PeriodAggregate, first: int, end: int
) -> Aggregate:
    wanted = AggregateArguments(
        given.function,
        given.interval,
        given.points,
        given.percent,
        given.time_zone,
        given.quality,
    )
    read = partial(read_aggregate, wanted, first, end, context.rules.zone)
    return await context.offload(read)
