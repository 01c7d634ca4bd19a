"""An OPC UA server as a system: its address space as datapoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from twisted.internet.defer import Deferred, execute, fail, succeed
from twisted.logger import Logger
from zope.interface import implementer

from oagw.errors import (
    IllegalCallError,
    NoArchivedValuesError,
    OagwError,
)
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
from oagw.model.changes import (
    Fact,
    StructureChange,
    SystemFact,
)
from oagw.model.dptypes import TypeNode
from oagw.model.patterns import Pattern
from oagw.model.times import NS_PER_S
from oagw.model.values import WireValue
from oagw.plant.cells import Cells
from oagw.plant.lookup import Finding
from oagw.plant.notifier import Telling
from oagw.plant.outcome import Outcome
from oagw.plant.periods.readings import open_period
from oagw.plant.queries.queryrunner import Querying
from oagw.query.tree import Query
from oagw.systems.opcua.history import ServerHistory
from oagw.systems.opcua.mirror import Mirror
from oagw.systems.opcua.monitoring import Watching
from oagw.systems.opcua.naming import Plan
from oagw.systems.opcua.nodes import Opening, Server, Variable
from oagw.systems.opcua.uapresence import (
    Dialling,
    ServerLine,
)
from oagw.systems.opcua.uaqueries import Queries
from oagw.systems.opcua.uavalues import Values
from oagw.systems.presence import Presence

_log = Logger()
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class OpcuaOptions:
    """How a server is treated.

    :ivar reconnect: seconds between two attempts to connect at most.
    :ivar heartbeat: seconds between signs of life.
    :ivar plan: gives variables their names; called in a thread.
    """

    reconnect: float
    heartbeat: float
    plan: Callable[[Sequence[Variable]], Plan]


@implementer(ISystem)
class OpcuaSystem:
    """A system that an OPC UA server holds.

    Values that somebody watches are told by the server; others are read when they are asked
    for. While there is no connection, what is watched has its last value and is invalid,
    and everything else is refused with error 39.
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
        self._finding = Finding(plant, name)
        self._watching = Watching(name, self._mirror, self._tell, services.clock)
        history = ServerHistory(self._there, self._mirror)
        querying = Querying(plant, name, history, services)
        self._tables = querying.tables
        self._telling = Telling(name, plant, self._cells, self._tables)
        self._queries = Queries(self._there, self._watching, querying)
        self.presence = Presence[ServerLine](
            name,
            services.clock,
            options.heartbeat,
            self._begin,
            self._resume,
            self._watching.lose,
        )
        self._dialling = Dialling(
            self.presence,
            opening,
            services.clock,
            options.reconnect,
            self._watching.on_news,
        )
        self._values = Values(
            self.presence,
            self._mirror,
            self._cells,
            self._watching,
            self._telling,
            services,
        )

    def start(self, listener: SystemListener) -> Deferred[None]:
        """Begin to serve; a server that is there at once is waited for."""
        self._telling.listener = listener
        return self._dialling.start()

    def stop(self) -> Deferred[None]:
        """End the connection."""
        self._watching.stop()
        return self._dialling.stop()

    def _there(self) -> Server:
        return self.presence.there().server

    async def _begin(self, line: ServerLine) -> None:
        """Become what the address space is."""
        variables = await line.server.browse()
        offload = self._services.offload
        plan = await offload(lambda: self._options.plan(variables))
        assert isinstance(plan, Plan)
        outcome = Outcome()
        removed, refused = self._mirror.follow(plan, outcome)
        self._cells.forget()
        self._tables.lose(removed)
        self._telling.forget(outcome.ended)
        self._watching.lose_elements(removed)
        self._tell(outcome)
        for error in refused:
            _log.warn("{name}: {error}", name=self.name, error=error)
        _log.info(
            "{name}: {count} variables are elements of {datapoints} datapoints",
            name=self.name,
            count=len(plan.names),
            datapoints=len(self._mirror.plant.datapoints),
        )

    async def _resume(self, line: ServerLine) -> None:
        """Watch all again that was watched before, and what is new and is asked for."""
        self._queries.resume()
        await self._watching.resume(line.server)

    def _tell(self, outcome: Outcome) -> None:
        if outcome.changed or outcome.events or outcome.ended:
            self._telling.tell(outcome)

    def get(
        self, names: Sequence[str], max_age: float | None = None
    ) -> Deferred[list[WireValue | OagwError]]:
        """Read attributes: the server is asked in any case, however old values may be."""
        if max_age is not None and self.presence.line is None:
            return succeed([self.presence.away()] * len(names))
        return Deferred.fromCoroutine(self._values.get(names))

    def set(self, request: SetRequest, wait: bool) -> Deferred[None]:
        """Set values; fires when the server has confirmed them, with ``wait`` or not."""
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
                # What is wrong with it is said below.
                continue
            if not element.archived:
                wrong[name] = NoArchivedValuesError(
                    f"'{name}': the OPC UA server keeps no history of it"
                )
        names = [name for name in request.names if name not in wrong]
        now = int(server_time_of(self._services.clock)() * NS_PER_S)
        # Its own, for it keeps what it has read until the answer is made.
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
        search = self._finding.names(pattern, dp_type)
        return self._searched(search.steps()).addCallback(lambda _: search.names)

    def types(self, pattern: Pattern, empty: bool) -> Deferred[list[str]]:
        """Find types; see :class:`ISystem`."""
        search = self._finding.types(pattern, empty)
        return self._searched(search.steps()).addCallback(lambda _: search.types)

    def definition(self, dp_type: str, expanded: bool) -> Deferred[TypeNode]:
        """Describe a type; see :class:`ISystem`."""
        return self._ask(self._finding.definition, dp_type, expanded)

    def lookup(
        self, fact: Fact, names: Sequence[str]
    ) -> Deferred[list[WireValue | OagwError]]:
        """Answer a question of names; see :class:`ISystem`."""
        if self.presence.line is None:
            return succeed([self.presence.away()] * len(names))
        return succeed(self._finding.lookup(fact, names))

    def inform(self, fact: SystemFact, about: int | str | None) -> Deferred[WireValue]:
        """Answer a question about the system; see :class:`ISystem`."""
        match fact:
            case SystemFact.REDUNDANT:
                return succeed(False)
            case SystemFact.REDU_ACTIVE:
                return succeed(True)
            case _:
                what = f"{self.name} is an OPC UA server: it has no {fact.value}"
                return fail(IllegalCallError(what))

    def _ask(self, find: Callable[..., _T], *arguments: object) -> Deferred[_T]:
        """What the datapoints answer, while the server is there."""
        if self.presence.line is None:
            return fail(self.presence.away())
        return execute(find, *arguments)

    def _searched(self, steps: Iterator[None]) -> Deferred[None]:
        """Fires when the datapoints are looked through, if the server is there."""
        if self.presence.line is None:
            return fail(self.presence.away())
        return self._services.slices(steps)

    def alias(self, text: str) -> str | None:
        """There are no aliases; see :class:`ISystem`."""
        return self._finding.alias(text)

    def aliases(
        self, pattern: Pattern, matches: Callable[[str], bool]
    ) -> Deferred[dict[str, str]]:
        """There are no aliases; see :class:`ISystem`."""
        search = self._finding.aliases(pattern, matches)
        return self._searched(search.steps()).addCallback(lambda _: search.aliases)

    def change(self, change: StructureChange) -> Deferred[None]:
        """Refuse; see :class:`ISystem`."""
        return fail(
            IllegalCallError(
                f"the datapoints of {self.name} are what its OPC UA server has; they "
                "cannot be changed from here"
            )
        )
