"""Queries that are asked once, of one system or of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from oagw.core.routing import Router
from oagw.core.tables import finish
from oagw.errors import (
    NoArchivedValuesError,
    ParameterError,
    SystemUnknownError,
)
from oagw.interfaces.services import Slices
from oagw.interfaces.systems import (
    ISystem,
    PlanStep,
    QueryRequest,
)
from oagw.query.finishing import Row, RowGroups
from oagw.query.tree import Query


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query's answer, and how they were found, by system."""

    rows: list[Row]
    plan: Sequence[tuple[str, PlanStep]]


def routed(router: Router, query: Query) -> tuple[Query, list[ISystem]]:
    """The systems that a query is about, and the query.

    :param query: has names for the aliases in FROM, as far as these are there.

    :raises SystemUnknownError: FROM names one that is not there.
    :raises ParameterError: FROM and REMOTE name two systems.
    """
    source = query.source
    if "@" in source.text:
        # None of its aliases is there: like any other pattern that means nothing.
        return query, []
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
    groups: list[RowGroups] = []
    plan: list[tuple[str, PlanStep]] = []
    count = 0
    silent: list[NoArchivedValuesError] = []
    for system in systems:
        try:
            found = await system.query(request)
        except NoArchivedValuesError as error:
            # Another system may have an archive.
            silent.append(error)
            continue
        rows += found.rows
        if found.groups is not None:
            groups.append(found.groups)
        count += found.count
        plan += [(system.name, step) for step in found.plan]
    if silent and len(silent) == len(systems):
        raise silent[0]
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
