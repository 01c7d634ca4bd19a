"""DpQuery, DpQueryConnectSingle and DpQueryConnectAll."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from oagw.core.audience import Subscriber
from oagw.core.commands.connects import wants_answer
from oagw.core.commands.history import in_turn
from oagw.core.context import Context
from oagw.core.livequeries import Wish
from oagw.core.queries import Answer
from oagw.core.tables import encode_rows
from oagw.errors import OagwError
from oagw.interfaces import QueryRequest
from oagw.query.parser import parse_query
from oagw.query.tree import Query
from oagw.wire.codec import Message, answer_head, encode, error_answer
from oagw.wire.messages.base import Command, Id
from oagw.wire.messages.values import (
    DpQuery,
    DpQueryConnectAll,
    DpQueryDisconnect,
    QueryConnect,
)


async def dp_query(context: Context, command: DpQuery) -> Message | None:
    """Answer with the rows of a query, or with its plan."""
    query = parse_query(command.query, context.rules.zone)
    request = _request(context, query, bool(command.explain))
    if query.period is None:
        return await context.while_open(_answer(context, command, request))
    # Like other reads of the archive, so that not all are read at once.
    return await in_turn(
        context.period_turn,
        context.manager.history_turns,
        lambda: context.while_open(_answer(context, command, request)),
    )


def _request(context: Context, query: Query, explain: bool = False) -> QueryRequest:
    rules = context.rules
    return QueryRequest(query, rules.max_rows, rules.max_period_values, explain)


async def _answer(context: Context, command: DpQuery, request: QueryRequest) -> Message:
    manager = context.manager
    found = await manager.query(request, bool(command.raw))
    values = await encode_rows(found.rows, manager.slices)
    plan = b""
    if request.explain:
        plan = b',"Plan":%b' % encode(_steps(found))
    return Message(
        b"%b%b%b}}" % (_head(type(command), command.id, request.query), values, plan)
    )


def _steps(answer: Answer) -> list[dict[str, object]]:
    return [
        {"System": system, "Step": step.step, "Candidates": step.candidates}
        for system, step in answer.plan
    ]


def _head(command: type[Command], id_: Id, query: Query) -> bytes:
    """The beginning of a message with a table."""
    return b'%b,"Header":%b,"Values":' % (answer_head(command, id_), encode(query.header))


async def dp_query_connect(context: Context, command: QueryConnect) -> None:
    """Connect, and answer with the whole table unless that is not wanted."""
    queries = context.manager.queries
    query = parse_query(command.query, context.rules.zone)
    wish = Wish(
        isinstance(command, DpQueryConnectAll),
        command.blocking_time or 0,
        bool(command.removed),
    )

    def ended(reason: OagwError) -> None:
        connect.forget()
        context.outlet.send(error_answer(type(command), command.id, reason))

    head = _head(type(command), command.id, query)
    subscriber = Subscriber(context.outlet, head, ended, bool(command.conflated))
    work = Deferred.fromCoroutine(
        queries.connect(_request(context, query), wish, subscriber)
    )
    connect = context.query_connects.begin(command.id, work.cancel)
    connected = await connect.make(
        work, lambda connected: queries.disconnect(connected, subscriber)
    )
    if connected is None:
        return
    if wants_answer(command, context):
        context.outlet.send(subscriber.message(connected.table))
    if connected.late is not None:
        context.outlet.send(subscriber.message(connected.late))


async def dp_query_disconnect(context: Context, command: DpQueryDisconnect) -> None:
    """End a live query."""
    context.query_connects.end(command.id, "DpQueryConnect")
