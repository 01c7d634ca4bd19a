"""Queries that a remote system is asked once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from oagw.interfaces.systems import (
    Found,
    PlanStep,
    QueryRequest,
)
from oagw.query.finishing import Row
from oagw.query.tree import Query
from oagw.systems.remote.answers import Table
from oagw.systems.remote.dialect import Dialect, plain
from oagw.systems.remote.link import Link
from oagw.systems.remote.peernames import Names
from oagw.systems.remote.questions import DP_QUERY, DP_QUERY_CONNECT


async def ask_query(
    link: Link,
    dialect: Dialect,
    request: QueryRequest,
    write: Callable[[Query], str],
    names: Names,
) -> Found:
    """The rows that a peer finds, neither grouped nor in order.

    :param write: the text of a query for the peer.
    :raises OagwError: it cannot be answered.
    """
    query = request.query
    if dialect.raw:
        arguments = {"Query": write(query), "Raw": True, "Explain": request.explain}
        table = await link.ask(DP_QUERY, arguments)
        table.check()
        rows = _rows(table, len(_bare(query).header) + len(query.group), names)
        plan = [PlanStep(one.step, one.candidates) for one in table.plan or ()]
        return Found(rows, len(rows), plan)
    asked = plain(query)
    if request.explain:
        return Found([], 0, [PlanStep(f"asked of the system: {write(asked.query)}", 0)])
    if dialect.more:
        table = await link.ask(DP_QUERY, {"Query": write(asked.query)})
        table.check()
    else:
        table = await _first_table(link, write(asked.query))
    rows = asked.rows(_rows(table, len(asked.query.header), names))
    return Found(rows, len(rows))


def _bare(query: Query) -> Query:
    """A query without its groups; its header is that of rows as they are found."""
    return replace(query, columns=query.attributes, group=())


async def _first_table(link: Link, text: str) -> Table:
    """The original knows no query that is asked once: one is connected, and ended."""
    number, answer = link.open(
        DP_QUERY_CONNECT, {"Query": text, "Answer": True}, lambda table: None
    )
    try:
        table = await answer
        table.check()
    except BaseException:
        link.forget(number)
        raise
    link.close(number)
    return table


def _rows(table: Table, width: int, names: Names) -> list[Row]:
    return names.own_rows(table.rows(width))
