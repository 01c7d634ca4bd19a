"""An OPC UA server as a system: its address space as datapoints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import Logger

from oagw.errors import IllegalCallError, NoArchivedValuesError, OagwError
from oagw.interfaces.services import Services, server_time_of
from oagw.interfaces.systems import (
    Found,
    IReading,
    PeriodRequest,
    QueryRequest,
    RowsListener,
    SetRequest,
    SystemListener,
)
from oagw.model.changes import StructureChange
from oagw.model.times import NS_PER_S
from oagw.model.values import WireValue
from oagw.plant.outcome import Outcome
from oagw.plant.periods.readings import open_period
from oagw.query.tree import Query
from oagw.systems.opcua.history import ServerHistory
from oagw.systems.opcua.mirror import Mirror
from oagw.systems.opcua.monitoredelements import MonitoredElements
from oagw.systems.opcua.nodenames import NamePlan
from oagw.systems.opcua.nodes import Opening, Server, Variable
from oagw.systems.opcua.serverdialler import ServerDialler, ServerLine
from oagw.systems.opcua.uaqueries import UaQueries
from oagw.systems.opcua.uavalues import UaValues
from oagw.systems.plantsystem import PlantSystem
from oagw.systems.presence import Presence
from oagw.systems.systemanswers import SystemAnswers

_log = Logger()
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class OpcuaOptions:
    """Options of an OPC UA system.

    :ivar reconnect: upper limit of the seconds between two attempts to connect.
    :ivar heartbeat: seconds between two heartbeats.
    :ivar plan: names the variables; called in a thread.
    """

    reconnect: float
    heartbeat: float
    plan: Callable[[Sequence[Variable]], NamePlan]


class OpcuaSystem(PlantSystem):
    """A system whose elements are the variables of an OPC UA server.

    The server reports watched values; others are read on request. While the server is
    away, watched attributes keep their last values and are invalid. Everything else is
    refused with error 39.
    """

    def __init__(
        self, name: str, options: OpcuaOptions, opening: Opening, services: Services
    ) -> None:
        self._options = options
        self._mirror = Mirror()
        history = ServerHistory(self._there, self._mirror)
        answers = SystemAnswers(
            {}, lambda fact: f"{name} is an OPC UA server: it has no {fact.value}"
        )
        super().__init__(name, self._mirror.plant, history, services, answers)
        self._watching = MonitoredElements(name, self._mirror, self._notify, services.clock)
        self._ua_queries = UaQueries(self._there, self._watching, self._queries)
        self.presence = Presence[ServerLine](
            name,
            services.clock,
            options.heartbeat,
            self._begin,
            self._resume,
            self._watching.lose,
        )
        self._dialling = ServerDialler(
            self.presence,
            opening,
            services.clock,
            options.reconnect,
            self._watching.on_news,
        )
        self._values = UaValues(
            self.presence,
            self._mirror,
            self._cells,
            self._watching,
            self._notifier,
            services,
        )

    def start(self, listener: SystemListener) -> Deferred[None]:
        """Begin to serve; fires when the first attempt to connect has ended."""
        self._notifier.listener = listener
        return self._dialling.start()

    def stop(self) -> Deferred[None]:
        """Close the connection; fires when it is closed."""
        self._watching.stop()
        return self._dialling.stop()

    def _away(self) -> OagwError | None:
        return None if self.presence.line is not None else self.presence.away()

    def _there(self) -> Server:
        return self.presence.there().server

    async def _begin(self, line: ServerLine) -> None:
        """Browse the server, and follow its address space."""
        variables = await line.server.browse()
        offload = self._services.offload
        plan = await offload(lambda: self._options.plan(variables))
        assert isinstance(plan, NamePlan)
        outcome = Outcome()
        removed, refused = self._mirror.follow(plan, outcome)
        self._cells.forget()
        self._queries.tables.drop(removed)
        self._notifier.forget(outcome.ended)
        self._watching.lose_elements(removed)
        self._notify(outcome)
        for error in refused:
            _log.warn("{name}: {error}", name=self.name, error=error)
        _log.info(
            "{name}: {count} variables are elements of {datapoints} datapoints",
            name=self.name,
            count=len(plan.names),
            datapoints=len(self._mirror.plant.datapoints),
        )

    async def _resume(self, line: ServerLine) -> None:
        """Restore watches and live queries over a new connection."""
        self._ua_queries.resume()
        await self._watching.resume(line.server)

    def _notify(self, outcome: Outcome) -> None:
        if outcome.changed or outcome.events or outcome.ended:
            self._notifier.notify(outcome)

    def get(
        self, names: Sequence[str], max_age: float | None = None
    ) -> Deferred[list[WireValue | OagwError]]:
        """Read attributes from the server itself, whatever ``max_age`` is."""
        if max_age is not None and self.presence.line is None:
            return succeed([self.presence.away()] * len(names))
        return Deferred.fromCoroutine(self._values.get(names))

    def set(self, request: SetRequest, wait: bool) -> Deferred[None]:
        """Set values; fires when the server has confirmed them, also without ``wait``."""
        return Deferred.fromCoroutine(self._values.set(request))

    def watch(self, names: Sequence[str]) -> Deferred[list[WireValue]]:
        """Report changes; see :class:`ISystem`."""
        return Deferred.fromCoroutine(self._values.watch(names))

    def unwatch(self, names: Sequence[str]) -> None:
        """End reports; see :class:`ISystem`."""
        self._values.unwatch(names)

    def query(self, request: QueryRequest) -> Deferred[Found]:
        """Answer a query; see :class:`ISystem`."""
        return Deferred.fromCoroutine(self._ua_queries.query(request))

    def query_connect(
        self, request: QueryRequest, listener: RowsListener
    ) -> Deferred[Found]:
        """Run a live query; see :class:`ISystem`."""
        return Deferred.fromCoroutine(self._ua_queries.connect(request, listener))

    def query_disconnect(self, query: Query, listener: RowsListener) -> None:
        """End a live query; see :class:`ISystem`."""
        self._ua_queries.disconnect(query, listener)

    def period(
        self, request: PeriodRequest
    ) -> Deferred[tuple[dict[str, IReading], dict[str, OagwError]]]:
        """Read history; see :class:`ISystem`."""
        return Deferred.fromCoroutine(self._period(request))

    async def _period(
        self, request: PeriodRequest
    ) -> tuple[dict[str, IReading], dict[str, OagwError]]:
        self.presence.there()
        wrong: dict[str, OagwError] = {}
        for name in request.names:
            try:
                element = self._cells.find(name).element
            except OagwError:
                # Its error is reported below.
                continue
            if not element.archived:
                wrong[name] = NoArchivedValuesError(
                    f"'{name}': the OPC UA server keeps no history of it"
                )
        names = [name for name in request.names if name not in wrong]
        now = int(server_time_of(self._services.clock)() * NS_PER_S)
        # One for each query, as it keeps what it has read until the reply is complete.
        history = ServerHistory(self._there, self._mirror)
        readings, errors = await open_period(
            replace(request, names=names),
            self._cells,
            history,
            self._services.offload,
            now,
        )
        return readings, wrong | errors

    def change(self, change: StructureChange) -> Deferred[None]:
        """Refuse; see :class:`ISystem`."""
        return fail(
            IllegalCallError(
                f"the datapoints of {self.name} mirror its OPC UA server; they cannot be "
                "changed from here"
            )
        )
