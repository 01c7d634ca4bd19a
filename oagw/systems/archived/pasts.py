"""Queries of the past, some of which is archived here and some elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from oagw.errors import ConnectionBrokenError, NoArchivedValuesError, ParameterError
from oagw.interfaces.services import Services
from oagw.interfaces.systems import (
    Found,
    ISystem,
    QueryRequest,
)
from oagw.model.patterns import Alternative, compile_pattern, every_element
from oagw.plant.queries.selection import Selection
from oagw.query.tree import Query
from oagw.systems.archived.keeper import Keeper

#: Datapoints that are looked at before others are served.
_STEP = 200
#: The ways to say that all elements of a datapoint are meant.
_EVERY = tuple(
    one.element
    for pattern in (every_element(compile_pattern("*")), compile_pattern("*.**"))
    for one in pattern.alternatives
)


@dataclass(slots=True)
class _Cover:
    """What of a query is archived here.

    :ivar names: of rows that are read here and nowhere else.
    :ivar partly: the datapoints of which that is not all.
    """

    names: set[str] = field(default_factory=set)
    partly: set[str] = field(default_factory=set)


class Pasts:
    """Answers queries with TIMERANGE.

    :param system: the one elsewhere.
    :param keeper: has what is archived here.
    """

    def __init__(self, system: ISystem, keeper: Keeper, services: Services) -> None:
        self._system = system
        self._keeper = keeper
        self._services = services
        #: What is archived for sure, whatever datapoints there are.
        self._archived = [one for each in keeper.patterns for one in each.alternatives]

    async def query(self, request: QueryRequest) -> Found:
        """Find rows; see :class:`oagw.interfaces.systems.ISystem`."""
        query, cover = request.query, _Cover()
        if not self._is_all(query, None):
            await self._services.slices(self._look(query, cover))
            if not cover.names:
                return await self._system.query(request)
        here = await self._keeper.system.query(request)
        if self._is_all(query, cover.partly):
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

    def _look(self, query: Query, cover: _Cover) -> Iterator[None]:
        """Find out what is archived here, a step at a time."""
        plant = self._keeper.system.plant
        selection = Selection(query, plant, self._system.name, self._services.zone)
        for number, datapoint in enumerate(selection.find()[1], 1):
            subjects = selection.subjects(datapoint)
            if query.is_named:
                # A row is about a datapoint, and read where an element of it is archived.
                paths = {one.element for one in query.attributes}
                subjects = [one for one in datapoint.elements if one.node.path in paths]
            here = [one for one in subjects if one.archived]
            cover.names.update(selection.name(one) for one in here)
            if len(here) < len(subjects):
                cover.partly.add(datapoint.name)
            if number % _STEP == 0:
                yield

    def _is_all(self, query: Query, partly: set[str] | None) -> bool:
        """Whether there can be nothing elsewhere that a query means.

        :param partly: what is known of datapoints; ``None`` is nothing yet.
        """
        known = self._keeper.system.plant.datapoints
        return all(
            any(_is_within(one, other, query.is_named) for other in self._archived)
            or (partly is not None and one.literal in known and one.literal not in partly)
            for one in query.source.alternatives
        )


def _is_within(one: Alternative, other: Alternative, is_named: bool) -> bool:
    """Whether all that a pattern can mean is meant by another; if not sure, it is not.

    :param is_named: elements are named besides the pattern.
    """
    if one.datapoint != other.datapoint:
        return False
    return other.element in _EVERY or (not is_named and one.element == other.element)
