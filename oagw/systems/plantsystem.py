"""The base of systems whose datapoints are in memory: the answers that a plant can give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from twisted.internet.defer import Deferred, execute, fail, succeed
from zope.interface import implementer

from oagw.errors import (
    IllegalCallError,
    NamesRefusedError,
    NoArchivedValuesError,
    OagwError,
)
from oagw.interfaces.archives import IArchive
from oagw.interfaces.services import Services
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
from oagw.model.values import WireValue
from oagw.plant.cells import Cells
from oagw.plant.lookup import PlantLookup
from oagw.plant.notifier import Notifier
from oagw.plant.plant import Plant
from oagw.plant.queries.queryrunner import QueryRunner
from oagw.query.tree import Query
from oagw.systems.systemanswers import SystemAnswers


@implementer(ISystem)
class PlantSystem:
    """A system whose types, datapoints and present values are a plant.

    A subclass fills the plant and reports each change through ``notifier``. Unless it
    overrides the methods, clients can change nothing, and values of the past are unknown.

    :ivar plant: the datapoints.
    :param archive: has values of the past for queries; ``None``: nothing has.
    :param answers: answers questions about the system; by default it has none to give.
    """

    def __init__(
        self,
        name: str,
        plant: Plant,
        archive: IArchive | None,
        services: Services,
        answers: SystemAnswers | None = None,
    ) -> None:
        self.name = name
        self.plant = plant
        self._services = services
        self._answers = answers or SystemAnswers(
            {}, lambda fact: f"{name} has no {fact.value}"
        )
        self._cells = Cells(plant)
        self._lookup = PlantLookup(plant, name)
        self._queries = QueryRunner(plant, name, archive, services)
        self._notifier = Notifier(name, plant, self._cells, self._queries.tables)

    def start(self, listener: SystemListener) -> Deferred[None]:
        """Begin to report changes."""
        self._notifier.listener = listener
        return succeed(None)

    def stop(self) -> Deferred[None]:
        """End."""
        return succeed(None)

    def _away(self) -> OagwError | None:
        """Why the datapoints cannot be looked up now; ``None`` if they can."""
        return None

    def get(
        self, names: Sequence[str], max_age: float | None = None
    ) -> Deferred[list[WireValue | OagwError]]:
        """Read attributes; ``max_age`` is always met, because the values are here."""
        known = self._cells.get
        results: list[WireValue | OagwError] = []
        for name in names:
            try:
                results.append((known(name) or self._cells.find(name)).read())
            except OagwError as error:
                results.append(error)
        return succeed(results)

    def set(self, request: SetRequest, wait: bool) -> Deferred[None]:
        """Refuse; see :class:`ISystem`."""
        reason = IllegalCallError(f"the values of {self.name} cannot be set from here")
        return fail(NamesRefusedError({one.name: reason for one in request.values}))

    def change(self, change: StructureChange) -> Deferred[None]:
        """Refuse; see :class:`ISystem`."""
        reason = f"the datapoints of {self.name} cannot be changed from here"
        return fail(IllegalCallError(reason))

    def watch(self, names: Sequence[str]) -> Deferred[list[WireValue]]:
        """Report changes; see :class:`ISystem`."""
        return execute(self._notifier.watch, names)

    def unwatch(self, names: Sequence[str]) -> None:
        """End reports; see :class:`ISystem`."""
        self._notifier.unwatch(names)

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
        """Refuse each name; see :class:`ISystem`."""
        errors: dict[str, OagwError] = {}
        for name in request.names:
            try:
                self._cells.find(name)
            except OagwError as error:
                errors[name] = error
            else:
                reason = f"'{name}': {self.name} has no values of the past"
                errors[name] = NoArchivedValuesError(reason)
        return succeed(({}, errors))

    def names(self, pattern: Pattern, dp_type: str | None) -> Deferred[list[str]]:
        """Find names; see :class:`ISystem`."""
        search = self._lookup.names(pattern, dp_type)
        return self._searched(search.steps()).addCallback(lambda _: search.names)

    def types(self, pattern: Pattern, empty: bool) -> Deferred[list[str]]:
        """Find types; see :class:`ISystem`."""
        search = self._lookup.types(pattern, empty)
        return self._searched(search.steps()).addCallback(lambda _: search.types)

    def aliases(
        self, pattern: Pattern, matches: Callable[[str], bool]
    ) -> Deferred[dict[str, str]]:
        """Find aliases; see :class:`ISystem`."""
        search = self._lookup.aliases(pattern, matches)
        return self._searched(search.steps()).addCallback(lambda _: search.aliases)

    def _searched(self, steps: Iterator[None]) -> Deferred[None]:
        away = self._away()
        return self._services.slices(steps) if away is None else fail(away)

    def definition(self, dp_type: str, expanded: bool) -> Deferred[TypeNode]:
        """Describe a type; see :class:`ISystem`."""
        away = self._away()
        if away is not None:
            return fail(away)
        return execute(self._lookup.definition, dp_type, expanded)

    def lookup(
        self, fact: Fact, names: Sequence[str]
    ) -> Deferred[list[WireValue | OagwError]]:
        """Answer a question about names; see :class:`ISystem`."""
        away = self._away()
        if away is not None:
            return succeed([away] * len(names))
        return succeed(self._lookup.lookup(fact, names))

    def alias(self, text: str) -> str | None:
        """Resolve an alias; see :class:`ISystem`."""
        return self._lookup.alias(text)

    def inform(self, fact: SystemFact, about: int | str | None) -> Deferred[WireValue]:
        """Answer a question about the system; see :class:`ISystem`."""
        return self._answers.inform(fact, about)
