"""Queries of a server: what they are about is read, or watched, before the answer."""

from __future__ import annotations

from collections.abc import Callable

from oagw.interfaces.systems import (
    Found,
    QueryRequest,
    RowsListener,
)
from oagw.plant.plant import Element
from oagw.plant.queries.queryrunner import Querying
from oagw.plant.queries.selection import Selection
from oagw.query.tree import Query
from oagw.systems.opcua.monitoring import Watching
from oagw.systems.opcua.nodes import Server


class Queries:
    """Answers queries over the mirror.

    :param there: the server; raises while it is away.
    """

    def __init__(
        self, there: Callable[[], Server], watching: Watching, querying: Querying
    ) -> None:
        self._there = there
        self._watching = watching
        self._querying = querying
        #: What live queries want, by the query and who is told.
        self._live: dict[tuple[Query, RowsListener], list[Element]] = {}

    def resume(self) -> None:
        """There may be other datapoints now: want what queries are about now."""
        for key, before in list(self._live.items()):
            covered = self._covered(self._querying.selection(key[0]))
            known = set(before)
            fresh = [one for one in covered if one not in known]
            left = known.difference(covered)
            self._live[key] = covered
            self._watching.release(left)
            self._watching.note(fresh)

    async def query(self, request: QueryRequest) -> Found:
        """Find rows; see :class:`oagw.interfaces.systems.ISystem`."""
        server = self._there()
        selection = self._querying.selection(request.query)
        if request.query.period is None and not request.explain:
            covered = self._covered(selection)
            stale = [one for one in covered if not self._watching.is_live(one)]
            await self._watching.refresh(server, stale)
        return await self._querying.query(request, selection)

    def _covered(self, selection: Selection) -> list[Element]:
        """The elements whose values a query is about."""
        if selection.query.is_alert:
            return []
        covered: list[Element] = []
        for datapoint in selection.find()[1]:
            cover = selection.cover(datapoint)
            for index in cover.watched if cover is not None else ():
                element = datapoint.elements[index]
                if element.type.holds_value:
                    covered.append(element)
        return covered

    async def connect(self, request: QueryRequest, listener: RowsListener) -> Found:
        """Run a live query; see :class:`oagw.interfaces.systems.ISystem`."""
        self._there()
        key = (request.query, listener)
        if key in self._live:
            return await self._querying.connect(request, listener)
        selection = self._querying.selection(request.query)
        covered = self._live[key] = self._covered(selection)
        try:
            await self._watching.want(covered)
        except BaseException:
            self._live.pop(key, None)
            raise
        try:
            found = await self._querying.connect(request, listener, selection)
        except BaseException:
            self._leave(key)
            raise
        if found.count > request.max_rows:
            self._leave(key)
        return found

    def _leave(self, key: tuple[Query, RowsListener]) -> None:
        self._watching.release(self._live.pop(key, ()))

    def disconnect(self, query: Query, listener: RowsListener) -> None:
        """End a live query; see :class:`oagw.interfaces.systems.ISystem`."""
        self._querying.disconnect(query, listener)
        self._leave((query, listener))
