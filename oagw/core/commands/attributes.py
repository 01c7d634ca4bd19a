"""DpGet, DpGetMaxAge and DpSet."""

from __future__ import annotations

from oagw.core.arguments import read_time
from oagw.core.context import Context
from oagw.core.manager import ReadResult
from oagw.wire.codec import Message, encode, partial_answer, plain_answer, values_answer
from oagw.wire.messages.attributes import (
    DpGet,
    DpGetMaxAge,
    DpSet,
)


async def dp_get(context: Context, command: DpGet) -> Message:
    """Reply with values, and with errors of names that cannot be read."""
    return _answer(command, await context.manager.get(command.dps))


async def dp_get_max_age(context: Context, command: DpGetMaxAge) -> Message:
    """Reply with values that are not older than asked for."""
    return _answer(command, await context.manager.get(command.dps, max_age=command.age))


def _answer(command: DpGet, reading: ReadResult) -> Message:
    kind, values = type(command), encode(reading.values)
    if reading.errors:
        return partial_answer(kind, command.id, values, reading.errors)
    return values_answer(kind, command.id, values)


async def dp_set(context: Context, command: DpSet) -> Message | None:
    """Set attributes; with ``Wait``, reply when the values are durable."""
    source_time = None
    if command.timestamp is not None:
        source_time = read_time(command.timestamp, "Timestamp", context.rules.zone)
    await context.manager.set(
        [(setting.dp, setting.value) for setting in command.values],
        context.user,
        source_time,
        bool(command.wait),
    )
    return plain_answer(DpSet, command.id) if command.wait else None
