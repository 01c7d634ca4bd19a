"""DpConnect, DpQueryConnect and their ends."""

from __future__ import annotations

from functools import partial

from oagw.core.audience import Subscriber
from oagw.core.context import Context
from oagw.errors import OagwError
from oagw.query.parser import parse_query
from oagw.wire.codec import Message, answer_head, encode, error_answer
from oagw.wire.messages.values import (
    DpConnect,
    DpDisconnect,
    DpQueryConnect,
    DpQueryDisconnect,
)


async def dp_connect(context: Context, command: DpConnect) -> Message | None:
    """Connect, and answer with the present values unless that is not wanted."""
    manager = context.manager
    head = b'%b,"Values":' % answer_head(DpConnect, command.id)

    def ended(reason: OagwError) -> None:
        context.connects.forget(command.id, end)
        context.outlet.send(error_answer(DpConnect, command.id, reason))

    subscriber = Subscriber(context.outlet, head, ended)
    link = await manager.connect(command.dps, subscriber)
    end = partial(manager.hotlinks.disconnect, link, subscriber)
    if context.closed:
        end()
        return None
    context.connects.add(command.id, end)
    if _wants_answer(command, context):
        return subscriber.message(encode(link.values))
    return None


async def dp_disconnect(context: Context, command: DpDisconnect) -> None:
    """End a DpConnect."""
    context.connects.end(command.id, "DpConnect")


async def dp_query_connect(context: Context, command: DpQueryConnect) -> Message | None:
    """Connect, and answer with the whole table unless that is not wanted."""
    queries = context.manager.queries
    query = parse_query(command.query)
    head = b'%b,"Header":%b,"Values":' % (
        answer_head(DpQueryConnect, command.id),
        encode(query.header),
    )
    subscriber = Subscriber(context.outlet, head)
    live, rows = await queries.connect(query, subscriber)
    end = partial(queries.disconnect, live, subscriber)
    if context.closed:
        end()
        return None
    context.query_connects.add(command.id, end)
    if _wants_answer(command, context):
        return subscriber.message(encode(rows))
    return None


async def dp_query_disconnect(context: Context, command: DpQueryDisconnect) -> None:
    """End a DpQueryConnect."""
    context.query_connects.end(command.id, "DpQueryConnect")


def _wants_answer(command: DpConnect | DpQueryConnect, context: Context) -> bool:
    if command.answer is None:
        return context.rules.answer_default
    return command.answer
