"""DpGetPeriod."""

from __future__ import annotations

from functools import partial

from oagw.core.commands.arguments import read_time
from oagw.core.context import Context
from oagw.errors import ParameterError
from oagw.wire.codec import Message, partial_answer, values_answer
from oagw.wire.messages import DpGetPeriod
from oagw.wire.series import encode_series

#: A series of this many values is encoded in less than a millisecond.
_SMALL = 2000


async def dp_get_period(context: Context, command: DpGetPeriod) -> Message:
    """Answer with the archived values of what is known."""
    first = read_time(command.t1, "T1", context.rules.zone, clamp=True)
    last = read_time(command.t2, "T2", context.rules.zone, clamp=True)
    if first > last:
        raise ParameterError(f"T1 ({command.t1}) is later than T2 ({command.t2})")
    series, errors = await context.manager.period(
        command.dps, first, last, command.count, context.rules.max_period_values
    )
    work = partial(encode_series, series, command.ts)
    if sum(len(one.times) for one in series.values()) <= _SMALL:
        values = work()
    else:
        values = await context.offload(work)
    if errors:
        return partial_answer(DpGetPeriod, command.id, values, errors)
    return values_answer(DpGetPeriod, command.id, values)
