"""Runs queries over a plant: of the present, of the past, and live."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.logger import Logger

from oagw.errors import NoArchivedValuesError
from oagw.interfaces.archives import IArchive
from oagw.interfaces.services import Services
from oagw.interfaces.systems import (
    Found,
    PlanStep,
    QueryRequest,
    RowsListener,
)
from oagw.plant.element import (
    Datapoint,
    Element,
)
from oagw.plant.plant import Plant
from oagw.plant.queries.livetables import (
    LiveTable,
    LiveTables,
)
from oagw.plant.queries.pastrows import PastRows
from oagw.plant.queries.queryscan import (
    Admit,
    QueryScan,
)
from oagw.plant.queries.selection import Selection
from oagw.query.resultrows import Row
from oagw.query.tree import Query

_log = Logger()


class QueryRunner:
    """Evaluates queries over a plant.

    :param archive: has values of the past; ``None`` if there is no archive.
    :ivar tables: the live queries; changes of the plant must be reported to them.
    """

    def __init__(
        self, plant: Plant, system: str, archive: IArchive | None, services: Services
    ) -> None:
        self._plant = plant
        self._system = system
        self._archive = archive
        self._services = services
        self.tables = LiveTables(self._release)

    def selection(self, query: Query) -> Selection:
        """A query prepared for the plant.

        :raises OagwError: it cannot be answered.
        """
        return Selection(query, self._plant, self._system, self._services.zone)

    async def query(
        self, request: QueryRequest, selection: Selection | None = None
    ) -> Found:
        """Find the rows of a query; see :class:`oagw.interfaces.systems.ISystem`.

        :param selection: that of the query; by default it is made here.
        """
        query = request.query
        selection = selection or self.selection(query)
        if query.is_alert:
            return await self._alerts(selection)
        if query.period is not None:
            if self._archive is None:
                reason = f"{self._system} has no values of the past"
                raise NoArchivedValuesError(reason)
            past = PastRows(selection, request, self._archive, self._services.offload)
            return await past.read(self._services.slices)

        def admit(datapoint: Datapoint, subjects: Sequence[Element]) -> list[Row]:
            rows = map(selection.row, subjects)
            return [row for row in rows if row is not None]

        return await self._scan(selection, request, admit)

    async def _alerts(self, selection: Selection) -> Found:
        """Answer an alert query: the plan is real, but there are no alerts yet."""
        scan = QueryScan(selection, lambda datapoint, subjects: [], None)
        await self._services.slices(scan.steps())
        return Found([], 0, [*scan.plan[:-1], PlanStep("alerts", 0)])

    async def _scan(
        self, selection: Selection, request: QueryRequest, admit: Admit
    ) -> Found:
        max_rows = None if request.query.is_reduced else request.max_rows
        scan = QueryScan(selection, admit, 0 if request.explain else max_rows)
        self.tables.begin(scan)
        try:
            await self._services.slices(scan.steps())
        finally:
            self.tables.done(scan)
        # Types may have changed since it began.
        selection.check()
        return Found(scan.rows(), scan.count, scan.plan)

    async def connect(
        self,
        request: QueryRequest,
        listener: RowsListener,
        selection: Selection | None = None,
    ) -> Found:
        """Run a live query; see :class:`oagw.interfaces.systems.ISystem`.

        :param selection: that of the query; by default it is made here.
        """
        table = self.tables.find(request.query, listener)
        if table is not None:
            return await self._scan(table.selection, request, table.read)
        selection = selection or self.selection(request.query)
        if request.query.is_alert:
            return await self._alerts(selection)
        table = LiveTable(selection, listener, self.tables)
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
