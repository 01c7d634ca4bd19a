"""The embedded system: datapoints in memory, on disk and in an archive."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from twisted.internet.defer import (
    Deferred,
    fail,
    gatherResults,
    succeed,
)
from twisted.logger import Logger

from oagw.errors import (
    OagwError,
    UnexpectedStateError,
)
from oagw.interfaces.archives import IArchive
from oagw.interfaces.services import (
    Services,
    server_time_of,
)
from oagw.interfaces.systems import (
    IReading,
    PeriodRequest,
    SetRequest,
    SystemListener,
)
from oagw.model.changes import (
    EventKind,
    StructureChange,
    SystemFact,
)
from oagw.model.configs.declarations import Edit
from oagw.model.identifiers import ORIGINAL_VALUE
from oagw.model.times import NS_PER_S
from oagw.plant.dpfunctions import DpFunctions
from oagw.plant.element import Element
from oagw.plant.notifier import (
    datapoint_changes,
)
from oagw.plant.outcome import Outcome
from oagw.plant.periods.readings import open_period
from oagw.plant.plant import Plant
from oagw.plant.servertime import ServerTime
from oagw.plant.setapplication import SetApplication
from oagw.plant.setchecks import SetChecks
from oagw.plant.structure import PlantStructure
from oagw.plant.usernumbers import (
    ROOT,
    UserNumbers,
)
from oagw.systems.embedded.archivegroups import ArchiveGroups
from oagw.systems.embedded.systemstore import SystemStore
from oagw.systems.plantsystem import PlantSystem
from oagw.systems.systemanswers import SystemAnswers

_log = Logger()
#: After these events a complete name may mean another element, or none.
_MOVING = (EventKind.DP_DELETED, EventKind.DP_RENAMED, EventKind.DP_TYPE_CHANGED)


class EmbeddedSystem(PlantSystem):
    """A system whose datapoints live here."""

    def __init__(
        self, name: str, store: SystemStore, archive: IArchive, services: Services
    ) -> None:
        plant = Plant()
        users = self._users = UserNumbers(store.load(plant), store.last_user)
        answers = SystemAnswers(
            dict.fromkeys((SystemFact.USER_ID, SystemFact.USER_NAME), users.find),
            lambda _: f"{name} is a part of this gateway: it has no version of its own",
        )
        super().__init__(name, plant, archive, services, answers)
        self.store = store
        self.archive = archive
        self.server_time = server_time_of(services.clock)
        self.time = ServerTime(self.server_time)
        self.functions = DpFunctions(self._cells, name, self.time)
        self._set_checks = SetChecks(self.plant, self._cells, self.functions, services.zone)
        self.set_application = SetApplication(self.plant, self.functions, self.time)
        self.structure = PlantStructure(self.plant, store.next_number)
        #: Elements whose values are kept in memory only; see :meth:`show`.
        self.shown: set[Element] = set()
        self._busy_with = ""
        self._waiting: list[Deferred[None]] = []
        #: Called after datapoints have changed, whoever changed them: with the names of
        #: those that are new or have other elements or another name now, and with the
        #: names that do not exist any longer.
        self.on_structure: list[Callable[[Collection[str], Collection[str]], None]] = []
        self.functions.reinstall(
            element for element in self._every_element() if element.stored("_dp_fct")
        )

    def _every_element(self) -> Iterator[Element]:
        for datapoint in self.plant.datapoints.values():
            for element in datapoint.elements:
                if element.configs is not None:
                    yield element

    def start(self, listener: SystemListener) -> Deferred[None]:
        """Begin to serve."""
        self._notifier.listener = listener
        configured, names = self._services.groups, self.archive.asks_names
        groups = ArchiveGroups(self.plant, self.name, configured, names)
        self.on_structure.append(groups.follow)
        return self.archive.start(groups.group_of, groups.name_of)

    def stop(self) -> Deferred[None]:
        """Stop; fires when everything accepted is durable."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            stopping = f"{self.name} is being stopped; nothing was changed"
            one.errback(UnexpectedStateError(stopping))
        try:
            await self.archive.stop()
        finally:
            try:
                await self.store.flushed()
            finally:
                self.store.close()

    def set(self, request: SetRequest, wait: bool) -> Deferred[None]:
        """Set attributes; see :class:`ISystem`."""
        try:
            self.check_room()
            edits = self._set_checks.check(request)
        except OagwError as error:
            return fail(error)
        return self.commit(self._applied(edits, request), wait)

    def show(self, request: SetRequest) -> None:
        """Set values that are kept in memory only: they are neither stored nor archived.

        Subscribers get them like other values; a restart begins without them.

        :raises NamesRefusedError: a value does not fit.
        """
        edits = self._set_checks.check(request)
        outcome = self._applied(edits, request)
        self.shown.update(edits)
        shown = {element.number for element in edits}
        # What functions compute from them is stored as usual.
        outcome.facts = [
            one for one in outcome.facts if not (isinstance(one, tuple) and one[0] in shown)
        ]
        outcome.archived = [one for one in outcome.archived if one[0] not in shown]
        self.commit(outcome, wait=False)

    @contextmanager
    def exclusive(self, what: str) -> Iterator[None]:
        """Delay other changes of the structure until the block ends.

        :param what: what the block does, for the message to others.
        :raises UnexpectedStateError: another such block is running.
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
        """Refuse a change that could not be stored, before it takes effect.

        :raises DataManagerError: too much waits to be written, or writing fails.
        """
        self.store.check_room()
        self.archive.check_room()

    def _applied(self, edits: Mapping[Element, Edit], request: SetRequest) -> Outcome:
        outcome = Outcome()
        user = self._users.number(request.user, outcome)
        self.set_application.apply(edits, user, request.user, outcome)
        return outcome

    def commit(self, outcome: Outcome, wait: bool) -> Deferred[None]:
        """Store an outcome and notify everybody; with ``wait`` fires when it is durable."""
        self.store.add(outcome.facts)
        archived = self.archive.append(outcome.archived, wait)
        moved = self._notifier.notify(outcome)
        if moved.changed or moved.deleted:
            for listener in list(self.on_structure):
                try:
                    listener(moved.changed, moved.deleted)
                except Exception:
                    # The change has happened, so the other listeners must get it.
                    _log.failure("a change of datapoints could not be followed")
        if not wait:
            return succeed(None)
        both = gatherResults([self.store.flushed(), archived], consumeErrors=True)
        return both.addCallbacks(lambda _: None, lambda failure: failure.value.subFailure)

    def change(self, change: StructureChange) -> Deferred[None]:
        """Change the structure; see :class:`ISystem`.

        During an import it waits until the import has ended.
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
        """Update connects, live queries and functions after a change of the structure.

        Errors of functions are logged: the change has happened and must be committed.
        """
        if any(event.kind in _MOVING for event in outcome.events):
            self._cells.forget()
        self._queries.tables.drop(removed)
        self._notifier.forget(outcome.ended)
        try:
            self._settle_functions(outcome, removed)
        except Exception:
            _log.failure("functions could not follow a change of the structure")

    def _settle_functions(self, outcome: Outcome, removed: Sequence[Element]) -> None:
        functions = self.functions
        root = self._users.number(ROOT, outcome)
        for element in removed:
            functions.remove(element)
        functions.follow_names(outcome.renamed, outcome)
        functions.invalidate(removed, outcome, root)
        moved = datapoint_changes(outcome.events, self.plant)
        again = functions.retry({*moved.changed, *moved.deleted})
        functions.compute(again, outcome, root)

    def period(
        self, request: PeriodRequest
    ) -> Deferred[tuple[dict[str, IReading], dict[str, OagwError]]]:
        """Read history; see :class:`ISystem`."""
        offload = self._services.offload
        now = int(self.server_time() * NS_PER_S)
        readings = open_period(request, self._cells, self.archive, offload, now)
        return Deferred.fromCoroutine(readings)

    def initialize(self, request: SetRequest) -> None:
        """Set initial values without notifying subscribers or archiving them.

        :raises NamesRefusedError: a value does not fit.
        """
        outcome = self._applied(self._set_checks.check(request), request)
        self.store.add(outcome.facts)

    def start_archiving(self, elements: Sequence[Element]) -> None:
        """Switch archiving on, except where a client has switched it on or off."""
        outcome = Outcome()
        for element in elements:
            if "_archive" not in element.stored("_archive"):
                configs = {"_archive": {"_archive": True}}
                self.set_application.change_configs(element, configs, outcome)
        self.store.add(outcome.facts)

    def user_number(self, name: str) -> int:
        """The number that ``_user`` shows for a user."""
        outcome = Outcome()
        number = self._users.number(name, outcome)
        self.store.add(outcome.facts)
        return number

    def value_name(self, element: Element) -> str:
        """The complete name of an element's original value."""
        return f"{self.name}:{element.name}:{ORIGINAL_VALUE}"
