"""Queries that are asked once, of one system or of several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from oagw.core.routing import Router
from oagw.core.tables import finish
from oagw.errors import (
    DatapointNotFoundError,
    ParameterError,
    SyntaxFaultError,
    SystemUnknownError,
)
from oagw.interfaces import ISystem, PlanStep, QueryRequest, Slices
from oagw.model.patterns import compile_pattern, expand_braces
from oagw.query.finishing import Groups, Row
from oagw.query.scope import widened
from oagw.query.tree import Query

_WILDCARD = re.compile(r"[*?[]")


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query's answer, and how they were found, by system."""

    rows: list[Row]
    plan: Sequence[tuple[str, PlanStep]]


def routed(router: Router, query: Query) -> tuple[Query, list[ISystem]]:
    """The systems that a query is about, and the query with names for aliases.

    :raises SystemUnknownError: FROM names one that is not there.
    :raises ParameterError: FROM and REMOTE name two systems.
    :raises SyntaxFaultError: FROM has wildcards in an alias.
    """
    source = query.source
    if "@" in source.text:
        names = _without_aliases(router, source.text)
        if not names:
            # Like any other pattern that means nothing.
            return query, []
        source = compile_pattern(f"{{{','.join(names)}}}")
        query = widened(replace(query, source=source))
    named, remote = source.system, query.remote
    if named and remote not in ("", "*", named):
        raise ParameterError(
            f"FROM names the system '{named}' and REMOTE '{remote}'; one is enough"
        )
    if named:
        return query, router.asked(source)
    try:
        return query, router.meant(remote)
    except SystemUnknownError:
        # REMOTE asks whoever is there, as projects do with their partners' systems.
        return query, []


def _without_aliases(router: Router, text: str) -> list[str]:
    """The alternatives of a pattern with names for aliases; without unknown aliases.

    :raises SyntaxFaultError: it has wildcards in an alias.
    """
    names: list[str] = []
    for one in expand_braces(text):
        try:
            names.append(router.without_alias(one))
        except DatapointNotFoundError:
            if _WILDCARD.search(one.partition("@")[2]):
                raise SyntaxFaultError(
                    f"'{one[:60]}': an alias in FROM has no wildcards; look for aliases "
                    "with WHERE, as in FROM '*.**' WHERE _ALIAS LIKE \"Hall*\""
                ) from None
    return names


async def answer(
    router: Router, request: QueryRequest, slices: Slices, raw: bool = False
) -> Answer:
    """Ask a query.

    :param raw: the rows are wanted as they are found, neither grouped nor in order.
    :raises OagwError: the query cannot be answered; says why.
    """
    query, systems = routed(router, request.query)
    request = replace(request, query=query, raw=raw)
    rows: list[Row] = []
    groups: list[Groups] = []
    plan: list[tuple[str, PlanStep]] = []
    count = 0
    for system in systems:
        found = await system.query(request)
        rows += found.rows
        if found.groups is not None:
            groups.append(found.groups)
        count += found.count
        plan += [(system.name, step) for step in found.plan]
    if request.explain:
        return Answer([], plan or [_nowhere(query)])
    if raw or not query.is_reduced:
        check_count(count, request)
    if not raw:
        rows = await finish(query, rows, slices, groups)
        check_count(len(rows), request)
    return Answer(rows, plan)


def _nowhere(query: Query) -> tuple[str, PlanStep]:
    """The plan of a query that no system is asked."""
    missing = "alias" if "@" in query.source.text else "system"
    return query.source.system or query.remote, PlanStep(f"no such {missing}", 0)


def check_count(count: int, request: QueryRequest) -> None:
    """Refuse too large an answer.

    :raises ParameterError: it would have more rows than are allowed.
    """
    if count > request.max_rows:
        raise ParameterError(
            f"the answer would have {count} rows, and {request.max_rows} are allowed; "
            "narrow FROM or WHERE, take the FIRST of them, or raise [query] max_rows"
        )
