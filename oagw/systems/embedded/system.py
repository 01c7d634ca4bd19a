"""The embedded system: a datapoint manager of its own, with history and memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from twisted.internet.defer import (
    Deferred,
    execute,
    fail,
    gatherResults,
    succeed,
)
from twisted.logger import Logger
from zope.interface import implementer

from oagw.errors import (
    IllegalCallError,
    OagwError,
    UnexpectedStateError,
)
from oagw.interfaces.archives import IArchive
from oagw.interfaces.services import (
    Services,
    server_time_of,
)
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
    EventKind,
    Fact,
    StructureChange,
    SystemFact,
)
from oagw.model.configs.declarations import Edit
from oagw.model.dptypes import TypeNode
from oagw.model.identifiers import ORIGINAL_VALUE
from oagw.model.patterns import Pattern
from oagw.model.times import NS_PER_S
from oagw.model.values import WireValue
from oagw.plant.calculated import Functions
from oagw.plant.cells import Cells
from oagw.plant.lookup import Finding
from oagw.plant.notifier import (
    Telling,
    moves,
)
from oagw.plant.outcome import Outcome
from oagw.plant.periods.readings import open_period
from oagw.plant.plant import (
    Element,
    Plant,
)
from oagw.plant.queries.queryrunner import Querying
from oagw.plant.servertime import ServerTime
from oagw.plant.setting import Setting
from oagw.plant.structure import Structure
from oagw.plant.usernumbers import (
    ROOT,
    Users,
)
from oagw.query.tree import Query
from oagw.systems.embedded.archivegroups import ArchiveGroups
from oagw.systems.embedded.store import Store

_log = Logger()
#: After these a complete name may mean another element, or none.
_MOVING = (EventKind.DP_DELETED, EventKind.DP_RENAMED, EventKind.DP_TYPE_CHANGED)


@implementer(ISystem)
class EmbeddedSystem:
    """A system whose datapoints live here."""

    def __init__(
        self, name: str, store: Store, archive: IArchive, services: Services
    ) -> None:
        self.name = name
        self.plant = Plant()
        self.store = store
        self.archive = archive
        self._services = services
        self._users = Users(store.load(self.plant), store.last_user)
        self._cells = Cells(self.plant)
        self._querying = Querying(self.plant, name, archive, services)
        self.server_time = server_time_of(services.clock)
        self.time = ServerTime(self.server_time)
        self.functions = Functions(self._cells, name, self.time)
        self.setting = Setting(
            self.plant, self._cells, self.functions, services.zone, self.time
        )
        self.structure = Structure(self.plant, store.next_number)
        self._finding = Finding(self.plant, name)
        tables = self._querying.tables
        self._telling = Telling(name, self.plant, self._cells, tables)
        self._busy_with = ""
        self._waiting: list[Deferred[None]] = []
        #: Told after datapoints have changed, whoever changed them: the names of those
        #: that are new or have other elements or another name now, and of those gone.
        self.on_structure: list[Callable[[Collection[str], Collection[str]], None]] = []
        self.functions.restore(
            element for element in self._every_element() if element.stored("_dp_fct")
        )

    def _every_element(self) -> Iterator[Element]:
        for datapoint in self.plant.datapoints.values():
            for element in datapoint.elements:
                if element.configs is not None:
                    yield element

    def start(self, listener: SystemListener) -> Deferred[None]:
        """Begin to serve."""
        self._telling.listener = listener
        configured, names = self._services.groups, self.archive.asks_names
        groups = ArchiveGroups(self.plant, self.name, configured, names)
        self.on_structure.append(groups.note)
        return self.archive.start(groups.of, groups.name_of)

    def stop(self) -> Deferred[None]:
        """End when everything accepted is durable."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        try:
            await self.archive.stop()
        finally:
            try:
                await self.store.flushed()
            finally:
                self.store.close()

    def get(
        self, names: Sequence[str], max_age: float | None = None
    ) -> Deferred[list[WireValue | OagwError]]:
        """Read attributes, which are never older than they seem."""
        known = self._cells.get
        results: list[WireValue | OagwError] = []
        for name in names:
            try:
                results.append((known(name) or self._cells.find(name)).read())
            except OagwError as error:
                results.append(error)
        return succeed(results)

    def set(self, request: SetRequest, wait: bool) -> Deferred[None]:
        """Set attributes; see :class:`ISystem`."""
        try:
            self.check_room()
            edits = self.setting.edits(request)
        except OagwError as error:
            return fail(error)
        return self.commit(self._apply(edits, request), wait)

    @contextmanager
    def exclusive(self, what: str) -> Iterator[None]:
        """Let others who change the structure wait meanwhile.

        :raises UnexpectedStateError: somebody does that already.
        """
        if self._busy_with:
            raise UnexpectedStateError(
                f"{self._busy_with} is under way; try again when it is done"
            )
        self._busy_with = what
        try:
            yield
        finally:
            self._busy_with = ""
            waiting, self._waiting = self._waiting, []
            for one in waiting:
                one.callback(None)

    def check_room(self) -> None:
        """Refuse a change before it takes effect, rather than after.

        :raises DataManagerError: the disk has not kept up or fails.
        """
        self.store.check_room()
        self.archive.check_room()

    def _apply(self, edits: Mapping[Element, Edit], request: SetRequest) -> Outcome:
        outcome = Outcome()
        user = self._users.number(request.user, outcome.entries)
        self.setting.apply(edits, request, user, outcome)
        return outcome

    def commit(self, outcome: Outcome, wait: bool) -> Deferred[None]:
        """Make an outcome durable and tell everybody; with ``wait`` fires when it is."""
        self.store.add(outcome.entries)
        archived = self.archive.append(outcome.archived, wait)
        moved = self._telling.tell(outcome)
        if moved.changed or moved.gone:
            for listener in list(self.on_structure):
                try:
                    listener(moved.changed, moved.gone)
                except Exception:
                    # The change has happened; the others must follow it.
                    _log.failure("a change of datapoints could not be followed")
        if not wait:
            return succeed(None)
        both = gatherResults([self.store.flushed(), archived], consumeErrors=True)
        return both.addCallbacks(lambda _: None, lambda failure: failure.value.subFailure)

    def change(self, change: StructureChange) -> Deferred[None]:
        """Change what there is; see :class:`ISystem`.

        While an import is under way it waits for that.
        """
        if not self._busy_with:
            return self._change(change)
        free: Deferred[None] = Deferred()
        self._waiting.append(free)
        return free.addCallback(lambda _: self._change(change))

    def _change(self, change: StructureChange) -> Deferred[None]:
        outcome = Outcome()
        try:
            self.check_room()
            removed = self.structure.change(change, outcome)
        except OagwError as error:
            return fail(error)
        self.settle(outcome, removed)
        return self.commit(outcome, wait=True)

    def settle(self, outcome: Outcome, removed: Sequence[Element]) -> None:
        """After a change of the structure: what is computed or connected follows it.

        What fails there is logged: the change itself has happened, and is to be committed.
        """
        if any(event.kind in _MOVING for event in outcome.events):
            self._cells.forget()
        self._querying.tables.lose(removed)
        self._telling.forget(outcome.ended)
        try:
            self._settle_functions(outcome, removed)
        except Exception:
            _log.failure("functions could not follow a change of the structure")

    def _settle_functions(self, outcome: Outcome, removed: Sequence[Element]) -> None:
        functions = self.functions
        root = self._users.number(ROOT, outcome.entries)
        for element in removed:
            functions.remove(element)
        functions.follow_names(outcome.renamed, outcome)
        functions.lose(removed, outcome, root)
        moved = moves(outcome.events, self.plant)
        again = functions.retry({*moved.changed, *moved.gone})
        functions.compute(again, outcome, root)

    def watch(self, names: Sequence[str]) -> Deferred[list[WireValue]]:
        """Report changes; see :class:`ISystem`."""
        return execute(self._telling.watch, names)

    def unwatch(self, names: Sequence[str]) -> None:
        """End reports; see :class:`ISystem`."""
        self._telling.unwatch(names)

    def query(self, request: QueryRequest) -> Deferred[Found]:
        """Answer a query; see :class:`ISystem`."""
        return Deferred.fromCoroutine(self._querying.query(request))

    def query_connect(
        self, request: QueryRequest, listener: RowsListener
    ) -> Deferred[Found]:
        """Run a live query; see :class:`ISystem`."""
        return Deferred.fromCoroutine(self._querying.connect(request, listener))

    def query_disconnect(self, query: Query, listener: RowsListener) -> None:
        """End a live query; see :class:`ISystem`."""
        self._querying.disconnect(query, listener)

    def period(
        self, request: PeriodRequest
    ) -> Deferred[tuple[dict[str, IReading], dict[str, OagwError]]]:
        """Read history; see :class:`ISystem`."""
        offload = self._services.offload
        now = int(self.server_time() * NS_PER_S)
        readings = open_period(request, self._cells, self.archive, offload, now)
        return Deferred.fromCoroutine(readings)

    def names(self, pattern: Pattern, dp_type: str | None) -> Deferred[list[str]]:
        """Find names; see :class:`ISystem`."""
        search = self._finding.names(pattern, dp_type)
        return self._services.slices(search.steps()).addCallback(lambda _: search.names)

    def types(self, pattern: Pattern, empty: bool) -> Deferred[list[str]]:
        """Find types; see :class:`ISystem`."""
        search = self._finding.types(pattern, empty)
        return self._services.slices(search.steps()).addCallback(lambda _: search.types)

    def definition(self, dp_type: str, expanded: bool) -> Deferred[TypeNode]:
        """Describe a type; see :class:`ISystem`."""
        return execute(self._finding.definition, dp_type, expanded)

    def lookup(
        self, fact: Fact, names: Sequence[str]
    ) -> Deferred[list[WireValue | OagwError]]:
        """Answer a question of names; see :class:`ISystem`."""
        return succeed(self._finding.lookup(fact, names))

    def inform(self, fact: SystemFact, about: int | str | None) -> Deferred[WireValue]:
        """Answer a question about the system; see :class:`ISystem`."""
        match fact:
            case SystemFact.REDUNDANT:
                return succeed(False)
            case SystemFact.REDU_ACTIVE:
                return succeed(True)
            case SystemFact.VERSION:
                return fail(IllegalCallError(f"{self.name} is a part of this gateway"))
            case _:
                return execute(self._users.find, about)

    def alias(self, text: str) -> str | None:
        """What an alias stands for; see :class:`ISystem`."""
        return self._finding.alias(text)

    def aliases(
        self, pattern: Pattern, matches: Callable[[str], bool]
    ) -> Deferred[dict[str, str]]:
        """Find aliases; see :class:`ISystem`."""
        search = self._finding.aliases(pattern, matches)
        return self._services.slices(search.steps()).addCallback(lambda _: search.aliases)

    def initialize(self, request: SetRequest) -> None:
        """Set initial values: nobody is told, and no history begins.

        :raises NamesRefusedError: a value does not fit.
        """
        outcome = self._apply(self.setting.edits(request), request)
        self.store.add(outcome.entries)

    def keep_history(self, elements: Sequence[Element]) -> None:
        """Switch archiving on where nobody has switched it on or off yet."""
        outcome = Outcome()
        for element in elements:
            if "_archive" not in element.stored("_archive"):
                edit = Edit(stored={"_archive": {"_archive": True}})
                self.setting.store(element, edit, outcome)
        self.store.add(outcome.entries)

    def user_number(self, name: str) -> int:
        """The number that stands in ``_user`` for a user."""
        outcome = Outcome()
        number = self._users.number(name, outcome.entries)
        self.store.add(outcome.entries)
        return number

    def value_name(self, element: Element) -> str:
        """The complete name of an element's original value."""
        return f"{self.name}:{element.name}:{ORIGINAL_VALUE}"
