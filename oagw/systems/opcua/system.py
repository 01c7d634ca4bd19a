"""An OPC UA server as a system: its address space as datapoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from twisted.internet.defer import Deferred, execute, fail, succeed
from twisted.logger import Logger
from zope.interface import implementer

from oagw.errors import IllegalCallError, NoArchivedValuesError, OagwError
from oagw.interfaces.services import Services, server_time_of
from oagw.interfaces.systems import (
    Found,
    IReading,
    ISystem,
    PeriodRequest,
    QueryRequest,
    RowsListener,
    SetRequest,
    SystemListener,
)
from oagw.model.changes import Fact, StructureChange, SystemFact
from oagw.model.dptypes import TypeNode
from oagw.model.patterns import Pattern
from oagw.model.times import NS_PER_S
from oagw.model.values import WireValue
from oagw.plant.cells import Cells
from oagw.plant.lookup import PlantLookup
from oagw.plant.notifier import Notifier
from oagw.plant.outcome import Outcome
from oagw.plant.periods.readings import open_period
from oagw.plant.queries.queryrunner import QueryRunner
from oagw.query.tree import Query
from oagw.systems.opcua.history import ServerHistory
from oagw.systems.opcua.mirror import Mirror
from oagw.systems.opcua.monitoredelements import MonitoredElements
from oagw.systems.opcua.nodenames import NamePlan
from oagw.systems.opcua.nodes import Opening, Server, Variable
from oagw.systems.opcua.serverdialler import ServerDialler, ServerLine
from oagw.systems.opcua.uaqueries import UaQueries
from oagw.systems.opcua.uavalues import UaValues
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


@implementer(ISystem)
class OpcuaSystem:
    """A system whose elements are the variables of an OPC UA server.

    The server reports watched values; others are read on request. While the server is
    away, watched attributes keep their last values and are invalid. Everything else is
    refused with error 39.
    """

    def __init__(
        self, name: str, options: OpcuaOptions, opening: Opening, services: Services
    ) -> None:
        self.name = name
        self._options = options
        self._services = services
        self._mirror = Mirror()
        plant = self._mirror.plant
        self._cells = Cells(plant)
        self._lookup = PlantLookup(plant, name)
        self._watching = MonitoredElements(name, self._mirror, self._notify, services.clock)
        history = ServerHistory(self._there, self._mirror)
        querying = QueryRunner(plant, name, history, services)
        self._tables = querying.tables
        self._facts = SystemAnswers(
            {}, lambda fact: f"{name} is an OPC UA server: it has no {fact.value}"
        )
        self._notifier = Notifier(name, plant, self._cells, self._tables)
        self._queries = UaQueries(self._there, self._watching, querying)
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
        self._tables.drop(removed)
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
        self._queries.resume()
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
        return Deferred.fromCoroutine(self._queries.query(request))

    def query_connect(
        self, request: QueryRequest, listener: RowsListener
    ) -> Deferred[Found]:
        """Run a live query; see :class:`ISystem`."""
        return Deferred.fromCoroutine(self._queries.connect(request, listener))

    def query_disconnect(self, query: Query, listener: RowsListener) -> None:
        """End a live query; see :class:`ISystem`."""
        self._queries.disconnect(query, listener)

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

    def names(self, pattern: Pattern, dp_type: str | None) -> Deferred[list[str]]:
        """Find names; see :class:`ISystem`."""
        search = self._lookup.names(pattern, dp_type)
        return self._searched(search.steps()).addCallback(lambda _: search.names)

    def types(self, pattern: Pattern, empty: bool) -> Deferred[list[str]]:
        """Find types; see :class:`ISystem`."""
        search = self._lookup.types(pattern, empty)
        return self._searched(search.steps()).addCallback(lambda _: search.types)

    def definition(self, dp_type: str, expanded: bool) -> Deferred[TypeNode]:
        """Describe a type; see :class:`ISystem`."""
        return self._ask(self._lookup.definition, dp_type, expanded)

    def lookup(
        self, fact: Fact, names: Sequence[str]
    ) -> Deferred[list[WireValue | OagwError]]:
        """Answer a question of names; see :class:`ISystem`."""
        if self.presence.line is None:
            return succeed([self.presence.away()] * len(names))
        return succeed(self._lookup.lookup(fact, names))

    def inform(self, fact: SystemFact, about: int | str | None) -> Deferred[WireValue]:
        """Answer a question about the system; see :class:`ISystem`."""
        return self._facts.inform(fact, about)

    def _ask(self, find: Callable[..., _T], *arguments: object) -> Deferred[_T]:
        """Ask the mirrored datapoints, while the server is connected."""
        if self.presence.line is None:
            return fail(self.presence.away())
        return execute(find, *arguments)

    def _searched(self, steps: Iterator[None]) -> Deferred[None]:
        """Search the mirrored datapoints, while the server is connected."""
        if self.presence.line is None:
            return fail(self.presence.away())
        return self._services.slices(steps)

    def alias(self, text: str) -> str | None:
        """There are no aliases; see :class:`ISystem`."""
        return self._lookup.alias(text)

    def aliases(
        self, pattern: Pattern, matches: Callable[[str], bool]
    ) -> Deferred[dict[str, str]]:
        """There are no aliases; see :class:`ISystem`."""
        search = self._lookup.aliases(pattern, matches)
        return self._searched(search.steps()).addCallback(lambda _: search.aliases)

    def change(self, change: StructureChange) -> Deferred[None]:
        """Refuse; see :class:`ISystem`."""
        return fail(
            IllegalCallError(
                f"the datapoints of {self.name} mirror its OPC UA server; they cannot be "
                "changed from here"
            )
        )
