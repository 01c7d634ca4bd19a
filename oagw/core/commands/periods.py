"""DpGetPeriod."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial

from twisted.internet.defer import DeferredLock, DeferredSemaphore

from oagw.aggregates.aggregate import AggregateArguments, read_aggregate
from oagw.core.commands.arguments import read_time
from oagw.core.context import Context
from oagw.core.longtext import LongText
from oagw.core.periods.splitting import Frames
from oagw.errors import OagwError, ParameterError
from oagw.interfaces.systems import (
    IReading,
    PeriodRequest,
)
from oagw.model.times import LAST, NS_PER_MS
from oagw.wire.codec import Message, encode, values_head
from oagw.wire.messages.values import DpGetPeriod
from oagw.wire.series import (
    COLUMN_SHAPES,
    Series,
    Shares,
    encode_rows,
    encode_shares,
    encode_times,
    encode_values,
)

#: A series of this many values is encoded in less than a millisecond.
_SMALL = 2000


async def dp_get_period(context: Context, command: DpGetPeriod) -> None:
    """Answer with the archived values of what is known, or with what is made of them."""
    await context.period_turn.acquire()
    try:
        size = command.frame_size
        if size is None:
            await context.while_open(_answer(context, command))
        else:
            frames = Frames(context, command, size)
            await context.while_open(_answer_in_frames(context, command, frames))
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


async def _request(context: Context, command: DpGetPeriod) -> PeriodRequest:
    """What is asked for, but for the names."""
    zone, limit = context.rules.zone, context.rules.max_period_values
    first = read_time(command.t1, "T1", zone, clamp=True)
    if first == LAST and not isinstance(command.t1, str):
        # Microseconds, say: "nothing is there" would be no answer.
        read_time(command.t1, "T1", zone)
    end = read_time(command.t2, "T2", zone, clamp=True)
    # Clients see times in ms: who asks up to one that it has seen gets its value.
    last = min(end + NS_PER_MS - 1, LAST) if end % NS_PER_MS == 0 else end
    if first > last:
        raise ParameterError(f"T1 ({command.t1}) is later than T2 ({command.t2})")
    if command.aggregate is None:
        return PeriodRequest((), first, last, command.count or 0, limit)
    given = command.aggregate
    wanted = AggregateArguments(
        given.function,
        given.interval,
        given.points,
        given.percent,
        given.time_zone,
        given.quality,
    )
    aggregate = await context.offload(partial(read_aggregate, wanted, first, end, zone))
    if aggregate.rows * len(aggregate.functions) * len(set(command.dps)) > limit:
        raise ParameterError(
            f"the answer would have more than {limit} values; ask for fewer intervals or "
            "names, or raise [archive] max_period_values"
        )
    # An interval ends where the next one begins.
    last = last if aggregate.is_choice else end - 1
    return PeriodRequest((), first, last, 0, limit, aggregate)


async def _answer(context: Context, command: DpGetPeriod) -> None:
    """Answer with one message.

    A name that cannot be read to its end is one of the answer's errors; once a part of the
    answer is on its way it is too late for that, and the connection ends.
    """
    request = await _request(context, command)
    readings, errors = await context.manager.period(command.dps, request)
    text = LongText(context.outlet)
    try:
        await text.write(values_head(DpGetPeriod, command.id, errors))
        shares: dict[str, list[Shares]] = {}
        failed = await _write_values(context, text, readings, command.ts or 0, shares)
        if failed and text.is_begun:
            context.outlet.give_up("the archive could not be read to the end")
            return
        if failed:
            found = context.manager.errors_of_period(command.dps, errors, failed)
            text.begin_with(values_head(DpGetPeriod, command.id, found))
        if request.aggregate is not None and request.aggregate.quality:
            async for piece in _quality(context, shares):
                await text.write(piece)
        await text.write(b"}}")
        await text.end()
    finally:
        for reading in readings.values():
            reading.close()


async def _write_values(
    context: Context,
    text: LongText,
    readings: Mapping[str, IReading],
    shape: int,
    shares: dict[str, list[Shares]],
) -> dict[str, OagwError]:
    """Write ``Values``; gives the errors of names that could not be read.

    :param shares: gets the shares of good values by name.
    """
    failed: dict[str, OagwError] = {}
    separator = b""
    await text.write(b"{")
    for name, reading in readings.items():
        mark = text.mark()
        noted: list[Shares] = []
        is_there = False
        try:
            async for piece in _pieces(context, name, reading, shape, noted):
                await text.write(piece if is_there else separator + piece)
                is_there = True
        except OagwError as error:
            failed[name] = error
            if text.is_begun:
                return failed
            text.cut(mark)
            continue
        if is_there:
            separator = b","
            shares[name] = noted
    await text.write(b"}")
    return failed


async def _answer_in_frames(context: Context, command: DpGetPeriod, frames: Frames) -> None:
    """Answer with as many messages as it takes."""
    readings: Mapping[str, IReading] = {}
    try:
        request = await _request(context, command)
        readings, errors = await context.manager.period(command.dps, request)
        await frames.send_all(request, readings, errors)
    except OagwError as error:
        await frames.end(error)
    finally:
        for reading in readings.values():
            reading.close()


async def _pieces(
    context: Context, name: str, reading: IReading, shape: int, shares: list[Shares]
) -> AsyncIterator[bytes]:
    """The text of one name and its values; nothing if it has none.

    :param shares: gets the shares of good values.
    """
    series = await reading.next()
    if series is None:
        return
    head = b"%b:[" % encode(name)
    if shape in COLUMN_SHAPES:
        yield head + b"["
        times = partial(encode_times, shape=shape)
        async for piece in _column(context, reading, series, times, shares):
            yield piece
        reading.rewind()
        yield b"],["
        again = await reading.next()
        assert again is not None
        async for piece in _column(context, reading, again, encode_values, []):
            yield piece
        yield b"]]"
        return
    yield head
    rows = partial(encode_rows, shape=shape)
    async for piece in _column(context, reading, series, rows, shares):
        yield piece
    yield b"]"


async def _column(
    context: Context,
    reading: IReading,
    first: Series,
    write: Callable[[Series], bytes],
    shares: list[Shares],
) -> AsyncIterator[bytes]:
    """The text of all pieces of a reading, of which the first is read already.

    :param shares: gets the shares of good values.
    """
    series: Series | None = first
    separator = b""
    while series is not None:
        if series.quality is not None:
            shares.append(series.quality)
        yield separator + await _encoded(context, len(series), partial(write, series))
        separator = b","
        series = await reading.next()


async def _quality(
    context: Context, shares: Mapping[str, Sequence[Shares]]
) -> AsyncIterator[bytes]:
    """``Quality`` and its text."""
    yield b',"Quality":{'
    separator = b""
    for name, parts in shares.items():
        yield b"%b%b:[" % (separator, encode(name))
        comma = b""
        for part in parts:
            text = await _encoded(context, len(part), partial(encode_shares, part))
            yield comma + text
            comma = b","
        yield b"]"
        separator = b","
    yield b"}"


async def _encoded(context: Context, count: int, work: Callable[[], bytes]) -> bytes:
    return work() if count <= _SMALL else await context.offload(work)
