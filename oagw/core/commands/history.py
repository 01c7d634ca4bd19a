"""DpGetPeriod."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial

from twisted.internet.defer import DeferredLock, DeferredSemaphore

from oagw.core.commands.arguments import read_time
from oagw.core.context import Context
from oagw.core.longtext import LongText
from oagw.errors import OagwError, ParameterError
from oagw.interfaces import IReading
from oagw.model.times import LAST, NS_PER_MS
from oagw.wire.codec import Message, encode, values_head
from oagw.wire.messages.values import DpGetPeriod
from oagw.wire.series import (
    COLUMN_SHAPES,
    Series,
    encode_rows,
    encode_times,
    encode_values,
)

#: A series of this many values is encoded in less than a millisecond.
_SMALL = 2000


async def dp_get_period(context: Context, command: DpGetPeriod) -> None:
    """Answer with the archived values of what is known."""
    first = read_time(command.t1, "T1", context.rules.zone, clamp=True)
    last = read_time(command.t2, "T2", context.rules.zone, clamp=True)
    # Clients see times in ms: who asks up to one that it has seen gets its value.
    if last % NS_PER_MS == 0:
        last = min(last + NS_PER_MS - 1, LAST)
    if first > last:
        raise ParameterError(f"T1 ({command.t1}) is later than T2 ({command.t2})")
    await context.period_turn.acquire()
    try:
        await context.while_open(_answer(context, command, first, last))
    finally:
        context.period_turn.release()


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


async def _answer(context: Context, command: DpGetPeriod, first: int, last: int) -> None:
    limit = context.rules.max_period_values
    readings, errors = await context.manager.period(
        command.dps, first, last, command.count or 0, limit
    )
    text = LongText(context.outlet)
    try:
        await text.write(values_head(DpGetPeriod, command.id, errors))
        async for piece in _pieces(context, readings, command.ts or 0):
            await text.write(piece)
        await text.write(b"}}")
        await text.end()
    except OagwError:
        if text.is_begun:
            # Half an answer cannot become an error.
            context.outlet.give_up("the archive could not be read to the end")
            return
        raise
    finally:
        for reading in readings.values():
            reading.close()


async def _pieces(
    context: Context, readings: Mapping[str, IReading], shape: int
) -> AsyncIterator[bytes]:
    """The text of ``Values``."""
    yield b"{"
    separator = b""
    for name, reading in readings.items():
        series = await reading.next()
        if series is None:
            continue
        head = b"%b%b:[" % (separator, encode(name))
        separator = b","
        if shape in COLUMN_SHAPES:
            yield head + b"["
            times = partial(encode_times, shape=shape)
            async for piece in _column(context, reading, series, times):
                yield piece
            reading.rewind()
            yield b"],["
            again = await reading.next()
            assert again is not None
            async for piece in _column(context, reading, again, encode_values):
                yield piece
            yield b"]]"
            continue
        yield head
        rows = partial(encode_rows, shape=shape)
        async for piece in _column(context, reading, series, rows):
            yield piece
        yield b"]"
    yield b"}"


async def _column(
    context: Context, reading: IReading, first: Series, write: Callable[[Series], bytes]
) -> AsyncIterator[bytes]:
    """The text of all pieces of a reading, of which the first is read already."""
    series: Series | None = first
    separator = b""
    while series is not None:
        work = partial(write, series)
        text = work() if len(series.times) <= _SMALL else await context.offload(work)
        yield separator + text
        separator = b","
        series = await reading.next()
