"""Queries that a remote system is asked once."""

from __future__ import annotations

from collections.abc import Callable

from oagw.interfaces import Found, PlanStep, QueryRequest
from oagw.query.finishing import Row
from oagw.query.tree import Query
from oagw.systems.remote.dialect import Dialect, plain
from oagw.systems.remote.link import Body, Link, checked
from oagw.systems.remote.names import Names


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
    if dialect.raw:
        arguments = {"Query": write(request.query), "Raw": True, "Explain": request.explain}
        body = checked(await link.ask("DpQuery", arguments))
        rows = _rows(body, names)
        plan = [
            PlanStep(step["Step"], step["Candidates"]) for step in body.get("Plan") or ()
        ]
        return Found(rows, len(rows), plan)
    asked = plain(request.query)
    if request.explain:
        return Found([], 0, [PlanStep(f"asked of the system: {write(asked.query)}", 0)])
    if dialect.more:
        body = checked(await link.ask("DpQuery", {"Query": write(asked.query)}))
    else:
        body = await _first_table(link, write(asked.query))
    rows = asked.rows(_rows(body, names))
    return Found(rows, len(rows))


async def _first_table(link: Link, text: str) -> Body:
    """The original knows no query that is asked once: one is connected, and ended."""
    number, answer = link.open(
        "DpQueryConnect", {"Query": text, "Answer": True}, lambda body: None
    )
    try:
        body = checked(await answer)
    except BaseException:
        link.forget(number)
        raise
    link.close(number, "DpQueryDisconnect")
    return body


def _rows(body: Body, names: Names) -> list[Row]:
    rows: list[Row] = body.get("Values") or []
    for row in rows:
        row[0] = names.back(str(row[0]))
    return rows
