"""Queries of the embedded system: one-off, of the past, and live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from twisted.logger import Logger

from oagw.interfaces.archives import IArchive
from oagw.interfaces.systems import (
    Found,
    PlanStep,
    QueryRequest,
    RowsListener,
)
from oagw.plant.plant import (
    Datapoint,
    Element,
    Plant,
)
from oagw.plant.queries.livetables import (
    LiveTable,
    LiveTables,
)
from oagw.plant.queries.pastrows import PastRows
from oagw.plant.queries.queryscan import (
    Admit,
    Scan,
)
from oagw.plant.queries.selection import Selection
from oagw.query.finishing import Row
from oagw.query.tree import Query

if TYPE_CHECKING:
    from oagw.interfaces.services import Services

_log = Logger()


class Querying:
    """Evaluates queries over a plant.

    :ivar tables: what is told of changes of the plant.
    """

    def __init__(
        self, plant: Plant, system: str, archive: IArchive, services: Services
    ) -> None:
        self._plant = plant
        self._system = system
        self._archive = archive
        self._services = services
        self.tables = LiveTables(self._release)

    def selection(self, query: Query) -> Selection:
        """A query made ready for the plant.

        :raises OagwError: it cannot be answered.
        """
        return Selection(query, self._plant, self._system, self._services.zone)

    async def query(
        self, request: QueryRequest, selection: Selection | None = None
    ) -> Found:
        """Find the rows of a query; see :class:`oagw.interfaces.systems.ISystem`.

        :param selection: that of the query, if there is one already.
        """
        query = request.query
        selection = selection or self.selection(query)
        if query.is_alert:
            return await self._alerts(selection)
        if query.period is not None:
            past = PastRows(selection, request, self._archive, self._services.offload)
            return await past.read(self._services.slices)

        def admit(datapoint: Datapoint, subjects: Sequence[Element]) -> list[Row]:
            rows = map(selection.row, subjects)
            return [row for row in rows if row is not None]

        return await self._scan(selection, request, admit)

    async def _alerts(self, selection: Selection) -> Found:
        """There are no alerts yet: the plan is real, and the rows are none."""
        scan = Scan(selection, lambda datapoint, subjects: [], None)
        await self._services.slices(scan.steps())
        return Found([], 0, [*scan.plan[:-1], PlanStep("alerts", 0)])

    async def _scan(
        self, selection: Selection, request: QueryRequest, admit: Admit
    ) -> Found:
        max_rows = None if request.query.is_reduced else request.max_rows
        scan = Scan(selection, admit, 0 if request.explain else max_rows)
        self.tables.begin(scan)
        try:
            await self._services.slices(scan.steps())
        finally:
            self.tables.done(scan)
        # Its types may have changed meanwhile.
        selection.check()
        return Found(scan.rows(), scan.count, scan.plan)

    async def connect(
        self,
        request: QueryRequest,
        listener: RowsListener,
        selection: Selection | None = None,
    ) -> Found:
        """Run a live query; see :class:`oagw.interfaces.systems.ISystem`.

        :param selection: that of the query, if there is one already.
        """
        table = self.tables.find(request.query, listener)
        if table is not None:
            return await self._scan(table.selection, request, table.read)
        selection = selection or self.selection(request.query)
        if request.query.is_alert:
            return await self._alerts(selection)
        table = LiveTable(selection, listener)
        try:
            found = await self._scan(selection, request, table.admit)
        except BaseException:
            self._release(table)
            raise
        if found.count > request.max_rows:
            self._release(table)
        else:
            self.tables.add(table)
        return found

    def disconnect(self, query: Query, listener: RowsListener) -> None:
        """End a live query; see :class:`oagw.interfaces.systems.ISystem`."""
        table = self.tables.remove(query, listener)
        if table is not None:
            self._release(table)

    def _release(self, table: LiveTable) -> None:
        done = self._services.slices(table.end())
        done.addErrback(lambda failure: _log.failure("a query could not be ended", failure))
