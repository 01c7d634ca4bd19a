"""The handler of DpGetPeriod."""

from __future__ import annotations

from oagw.core.context import Context
from oagw.core.periods.splitreply import SplitReply
from oagw.core.periods.wholereply import WholeReply
from oagw.wire.messages.periods import DpGetPeriod


async def dp_get_period(context: Context, command: DpGetPeriod) -> None:
    """Reply with archived values, or with aggregates of them.

    A session reads one period at a time.
    """
    size = command.frame_size
    reply: WholeReply | SplitReply
    if size is None:
        reply = WholeReply(context, command)
    else:
        reply = SplitReply(context, command, size)
    async with context.period_turn:
        await context.while_open(reply.send())
