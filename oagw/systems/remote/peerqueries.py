"""Queries of a remote system that run once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from oagw.interfaces.systems import Found, PlanStep, QueryRequest
from oagw.query.resultrows import Row
from oagw.query.tree import Query
from oagw.systems.remote.answers import TableAnswer
from oagw.systems.remote.dialect import Dialect, bare_query
from oagw.systems.remote.peerlink import PeerLink
from oagw.systems.remote.peernames import PeerNames
from oagw.systems.remote.questions import DP_QUERY, DP_QUERY_CONNECT


async def ask_query(
    link: PeerLink,
    dialect: Dialect,
    request: QueryRequest,
    write: Callable[[Query], str],
    names: PeerNames,
) -> Found:
    """Run a query at the peer; the rows are neither grouped nor sorted.

    :param write: writes a query as text for the peer.
    :raises OagwError: the peer does not reply, or refuses.
    """
    query = request.query
    if dialect.raw:
        arguments = {"Query": write(query), "Raw": True, "Explain": request.explain}
        table = await link.ask(DP_QUERY, arguments)
        table.check()
        rows = _rows(table, len(_bare(query).header) + len(query.group), names)
        plan = [PlanStep(one.step, one.candidates) for one in table.plan or ()]
        return Found(rows, len(rows), plan)
    asked = bare_query(query)
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
    """A query without its groups, whose header fits the raw rows."""
    return replace(query, columns=query.attributes, group=())


async def _first_table(link: PeerLink, text: str) -> TableAnswer:
    """Connect a query and disconnect it: WinCC OA's manager has no DpQuery."""
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


def _rows(table: TableAnswer, width: int, names: PeerNames) -> list[Row]:
    return names.own_rows(table.rows(width))
