"""DpQuery, DpQueryConnectSingle and DpQueryConnectAll."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from twisted.internet.defer import Deferred

from oagw.core.commands.arguments import read_given, read_pattern
from oagw.core.commands.connecting import (
    deadband,
    wants_answer,
)
from oagw.core.commands.periods import in_turn
from oagw.core.context import Context
from oagw.core.dpgroups import (
    names_groups,
    read_groups,
)
from oagw.core.live.audience import Subscriber
from oagw.core.live.livequeries import (
    Connected,
    Wish,
)
from oagw.core.queries import Answer
from oagw.core.routing import Router
from oagw.core.tables import encode_rows
from oagw.errors import DatapointNotFoundError, OagwError, SyntaxFaultError
from oagw.interfaces.systems import QueryRequest
from oagw.model.patterns import expand_braces
from oagw.query.parser import parse_query
from oagw.query.scope import widened
from oagw.query.tree import Query
from oagw.wire.codec import Message, answer_head, encode, error_answer
from oagw.wire.messages.base import Command, Id
from oagw.wire.messages.values import (
    DpQuery,
    DpQueryConnectAll,
    DpQueryDisconnect,
    QueryConnect,
)

_WILDCARD = re.compile(r"[*?[]")


async def dp_query(context: Context, command: DpQuery) -> Message | None:
    """Answer with the rows of a query, or with its plan."""
    query = await _read_query(context, command.query)
    request = _request(context, query, bool(command.explain))
    if query.period is None:
        return await context.while_open(_answer(context, command, request))
    # Like other reads of the archive, so that not all are read at once.
    return await in_turn(
        context.period_turn,
        context.manager.history_turns,
        lambda: context.while_open(_answer(context, command, request)),
    )


async def _read_query(context: Context, text: str) -> Query:
    """A query, with names for the aliases in FROM.

    :raises SyntaxFaultError: it is none, or FROM has wildcards in an alias.
    :raises DatapointNotFoundError: FROM names a group that is not there.
    """
    zone = context.rules.zone
    query = await read_given(context, text, lambda: parse_query(text, zone))
    source = query.source.text
    has_groups = names_groups(source)
    if "@" not in source and not has_groups:
        return query
    names: Sequence[str] = await read_given(context, source, lambda: expand_braces(source))
    if "@" in source:
        names = _without_aliases(context.manager.router, names)
    if not names:
        # Like any other pattern that means nothing.
        return query
    read = partial(read_pattern, context)
    if has_groups:
        pattern = await read_groups(context.manager.router, names, query.remote, read)
    else:
        pattern = await read(f"{{{','.join(names)}}}")
    return widened(replace(query, source=pattern))


def _without_aliases(router: Router, alternatives: Sequence[str]) -> list[str]:
    """Alternatives of a pattern with names for aliases; without unknown aliases.

    :raises SyntaxFaultError: it has wildcards in an alias.
    """
    names: list[str] = []
    for one in alternatives:
        try:
            names.append(router.without_alias(one))
        except DatapointNotFoundError:
            if _WILDCARD.search(one.partition("@")[2]):
                raise SyntaxFaultError(
                    f"'{one[:60]}': an alias in FROM has no wildcards; look for aliases "
                    "with WHERE, as in FROM '*.**' WHERE _ALIAS LIKE \"Hall*\""
                ) from None
    return names


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

    def ended(reason: OagwError) -> None:
        connect.forget()
        context.outlet.send(error_answer(type(command), command.id, reason))

    # Whoever ends it may do so while it is still read.
    work = Deferred.fromCoroutine(_connect(context, command, ended))
    connect = context.query_connects.begin(command.id, work.cancel)
    made = await connect.make(work, lambda made: queries.disconnect(*made))
    if made is None:
        return
    connected, subscriber = made
    if wants_answer(command, context):
        context.outlet.send(subscriber.message(connected.table))
    if connected.late is not None:
        context.outlet.send(subscriber.message(connected.late))


async def _connect(
    context: Context, command: QueryConnect, ended: Callable[[OagwError], None]
) -> tuple[Connected, Subscriber]:
    query = await _read_query(context, command.query)
    wish = Wish(
        isinstance(command, DpQueryConnectAll),
        command.blocking_time or 0,
        bool(command.removed),
        command.max_rate,
        deadband(command),
    )
    head = _head(type(command), command.id, query)
    subscriber = Subscriber(context.outlet, head, ended, bool(command.conflated))
    request = _request(context, query)
    connected = await context.manager.queries.connect(request, wish, subscriber)
    return connected, subscriber


async def dp_query_disconnect(context: Context, command: DpQueryDisconnect) -> None:
    """End a live query."""
    context.query_connects.end(command.id, "DpQueryConnect")
