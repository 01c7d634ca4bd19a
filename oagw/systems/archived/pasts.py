"""Queries of the past, some of which is archived here and some elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from oagw.errors import ConnectionBrokenError, NoArchivedValuesError, ParameterError
from oagw.interfaces import Found, ISystem, QueryRequest
from oagw.model.patterns import Alternative, compile_pattern, every_element
from oagw.query.tree import Query
from oagw.systems.archived.keeper import Keeper
from oagw.systems.embedded.selection import Selection

#: The ways to say that all elements of a datapoint are meant.
_EVERY = tuple(
    one.element
    for pattern in (every_element(compile_pattern("*")), compile_pattern("*.**"))
    for one in pattern.alternatives
)


@dataclass(frozen=True, slots=True)
class _Cover:
    """What of a query is archived here.

    :ivar names: of rows that are read here and nowhere else.
    :ivar is_all: there can be no other ones.
    """

    names: frozenset[str]
    is_all: bool


class Pasts:
    """Answers queries with TIMERANGE.

    :param system: the one elsewhere.
    :param keeper: has what is archived here.
    :param zone: of times without one; ``None`` is local time.
    """

    def __init__(self, system: ISystem, keeper: Keeper, zone: tzinfo | None) -> None:
        self._system = system
        self._keeper = keeper
        self._zone = zone
        #: What is archived for sure, whatever datapoints there are.
        self._archived = [one for each in keeper.patterns for one in each.alternatives]

    async def query(self, request: QueryRequest) -> Found:
        """Find rows; see :class:`oagw.interfaces.ISystem`."""
        cover = self._cover(request.query)
        if not cover.names and not cover.is_all:
            return await self._system.query(request)
        here = await self._keeper.system.query(request)
        if cover.is_all:
            return here
        try:
            # Groups could not be told apart, so the rows are wanted.
            there = await self._system.query(replace(request, raw=True))
        except (ConnectionBrokenError, NoArchivedValuesError):
            return here
        if there.count > request.max_rows:
            raise ParameterError(
                f"the answer would be made of {there.count} rows of {self._system.name}, "
                f"and {request.max_rows} are allowed; narrow FROM or WHERE, or raise "
                "[query] max_rows"
            )
        rows = [row for row in there.rows if row[0] not in cover.names]
        return Found(
            [*here.rows, *rows],
            here.count + len(rows),
            (*here.plan, *there.plan),
            here.groups,
        )

    def _cover(self, query: Query) -> _Cover:
        plant = self._keeper.system.plant
        selection = Selection(query, plant, self._system.name, self._zone)
        names: set[str] = set()
        partly: set[str] = set()
        for datapoint in selection.find()[1]:
            subjects = selection.subjects(datapoint)
            if query.is_named:
                # A row is about a datapoint, and read where an element of it is archived.
                paths = {one.element for one in query.attributes}
                subjects = [one for one in datapoint.elements if one.node.path in paths]
            here = [one for one in subjects if one.archived]
            names |= {selection.name(one) for one in here}
            if len(here) < len(subjects):
                partly.add(datapoint.name)
        return _Cover(frozenset(names), self._is_all(query.source.alternatives, partly))

    def _is_all(self, alternatives: Sequence[Alternative], partly: set[str]) -> bool:
        known = self._keeper.system.plant.datapoints
        return all(
            any(_is_within(one, archived) for archived in self._archived)
            or (one.literal in known and one.literal not in partly)
            for one in alternatives
        )


def _is_within(one: Alternative, other: Alternative) -> bool:
    """Whether all that a pattern can mean is meant by another; if not sure, it is not."""
    return one.datapoint == other.datapoint and other.element in (one.element, *_EVERY)
