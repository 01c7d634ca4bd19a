"""DpGetPeriod."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from twisted.internet.defer import DeferredLock, DeferredSemaphore

from oagw.core.commands.arguments import read_time
from oagw.core.context import Context
from oagw.errors import ParameterError
from oagw.model.times import LAST, NS_PER_MS
from oagw.wire.codec import Message, partial_answer, values_answer
from oagw.wire.messages.values import DpGetPeriod
from oagw.wire.series import encode_series

#: A series of this many values is encoded in less than a millisecond.
_SMALL = 2000


async def dp_get_period(context: Context, command: DpGetPeriod) -> Message | None:
    """Answer with the archived values of what is known."""
    first = read_time(command.t1, "T1", context.rules.zone, clamp=True)
    last = read_time(command.t2, "T2", context.rules.zone, clamp=True)
    # Clients see times in ms: who asks up to one that it has seen gets its value.
    if last % NS_PER_MS == 0:
        last = min(last + NS_PER_MS - 1, LAST)
    if first > last:
        raise ParameterError(f"T1 ({command.t1}) is later than T2 ({command.t2})")
    work = partial(_answer, context, command, first, last)
    return await in_turn(context.period_turn, context.manager.history_turns, work)


async def in_turn(
    own: DeferredLock,
    everybodys: DeferredSemaphore,
    work: Callable[[], Awaitable[Message | None]],
) -> Message | None:
    """Do work when it is the session's turn, and one of everybody's is free."""
    await own.acquire()
    try:
        await everybodys.acquire()
        try:
            return await work()
        finally:
            everybodys.release()
    finally:
        own.release()


async def _answer(
    context: Context, command: DpGetPeriod, first: int, last: int
) -> Message | None:
    if context.closed:
        return None
    limit = context.rules.max_period_values
    series, errors = await context.manager.period(
        command.dps, first, last, command.count or 0, limit
    )
    work = partial(encode_series, series, command.ts or 0)
    if sum(len(one.times) for one in series.values()) <= _SMALL:
        values = work()
    else:
        values = await context.offload(work)
    if errors:
        return partial_answer(DpGetPeriod, command.id, values, errors)
    return values_answer(DpGetPeriod, command.id, values)
