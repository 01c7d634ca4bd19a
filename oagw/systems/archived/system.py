"""A system elsewhere whose values are archived here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from oagw.errors import ConnectionBrokenError, NoArchivedValuesError, OagwError
from oagw.interfaces.services import Services
from oagw.interfaces.systems import (
    Found,
    IReading,
    ISystem,
    PeriodRequest,
    QueryRequest,
    SystemListener,
)
from oagw.model.changes import EventKind, SystemEvent
from oagw.model.patterns import Pattern
from oagw.model.systemstate import State
from oagw.model.values import WireValue
from oagw.plant.element import Element
from oagw.plant.notifier import NullListener
from oagw.systems.archived.archivedplant import ArchivedPlant
from oagw.systems.archived.pastqueries import PastQueries
from oagw.systems.archived.recorder import Recorder
from oagw.systems.archived.survey import survey
from oagw.systems.embedded.system import EmbeddedSystem

_log = Logger()
#: Seconds between an event and the search for new elements, to gather further events.
_GATHER = 1.0
#: Seconds after a search that failed until the next.
_AGAIN = 30.0
#: Events after which there may be new elements.
_CHANGING = (
    EventKind.DP_CREATED,
    EventKind.DP_RENAMED,
    EventKind.DP_TYPE_CHANGED,
)


@implementer(ISystem)
class ArchivedSystem:
    """Archives values of a system by pattern, and reads their history here.

    Everything else goes to the system itself.

    :param system: the system elsewhere; ``state`` says whether it is connected.
    :param kept: its datapoints here, with the archive: see :class:`ArchivedPlant`.
    :param patterns: patterns of the elements to archive.
    """

    def __init__(
        self,
        system: ISystem,
        state: State,
        kept: EmbeddedSystem,
        patterns: Sequence[Pattern],
        services: Services,
    ) -> None:
        self.name = system.name
        self._system = system
        self._state = state
        self._services = services
        self.kept = kept
        self._keeper = ArchivedPlant(kept, patterns)
        self._recorder = Recorder(system, kept.archive, kept.store, services.clock)
        self._pasts = PastQueries(system, self._keeper, services)
        self._listener: SystemListener = NullListener()
        self._was_there = False
        self._soon: IDelayedCall | None = None
        self._looking: Deferred[None] | None = None
        self._look_again = False
        self._is_stopped = False
        #: How often the listener watches each name; the recorder watches others too.
        self._wanted: dict[str, int] = {}
        # These calls go to the system itself, without a detour.
        self.get = system.get
        self.set = system.set
        self.query_connect = system.query_connect
        self.query_disconnect = system.query_disconnect
        self.names = system.names
        self.types = system.types
        self.definition = system.definition
        self.lookup = system.lookup
        self.inform = system.inform
        self.alias = system.alias
        self.aliases = system.aliases
        self.change = system.change

    def start(self, listener: SystemListener) -> Deferred[None]:
        """Begin to serve, and to archive as soon as the system is connected."""
        self._listener = listener
        self._state.listeners.append(self._on_state)
        started = self.kept.start(NullListener())
        return started.addCallback(lambda _: self._system.start(self))

    def stop(self) -> Deferred[None]:
        """Stop; fires when all reported samples are durable."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self._is_stopped = True
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        if self._looking is not None:
            self._looking.cancel()
        try:
            await self._system.stop()
        finally:
            try:
                await self._recorder.stop()
            finally:
                await self.kept.stop()

    def _on_state(self, state: State) -> None:
        was_there, self._was_there = self._was_there, state.connected
        if state.connected and not was_there and not self._is_stopped:
            # After other listeners of the state have restored their watches.
            self._look_in(0)

    def watch(self, names: Sequence[str]) -> Deferred[list[WireValue]]:
        """Report changes; see :class:`ISystem`."""
        for name in names:
            self._wanted[name] = self._wanted.get(name, 0) + 1
        watching = self._system.watch(names)

        def failed(failure: Failure) -> Failure:
            self._release(names)
            return failure

        return watching.addErrback(failed)

    def unwatch(self, names: Sequence[str]) -> None:
        """End reports; see :class:`ISystem`."""
        self._system.unwatch(self._release(names))

    def _release(self, names: Sequence[str]) -> list[str]:
        """Count names down; returns those that the listener watched."""
        watched: list[str] = []
        for name in names:
            count = self._wanted.pop(name, 0)
            if count:
                watched.append(name)
            if count > 1:
                self._wanted[name] = count - 1
        return watched

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """Archive a change, and pass on what the listener watches of it."""
        self._recorder.on_change(changes)
        wanted = self._wanted
        passed = {name: value for name, value in changes.items() if name in wanted}
        if passed:
            self._listener.on_change(passed)

    def on_end(self, errors: Mapping[str, OagwError]) -> None:
        """Pass on the end of what the listener watches; see :class:`SystemListener`."""
        self._recorder.on_end(errors.keys())
        passed = {name: error for name, error in errors.items() if name in self._wanted}
        for name in passed:
            del self._wanted[name]
        if passed:
            self._listener.on_end(passed)

    def on_events(self, events: Sequence[SystemEvent]) -> None:
        """Pass on events; see :class:`SystemListener`."""
        for event in events:
            if event.kind is EventKind.DP_RENAMED:
                names = (event.name, event.new_name)
                self._keeper.rename(*(name.partition(":")[2] for name in names))
        if not self._is_stopped and any(event.kind in _CHANGING for event in events):
            self._look_in(_GATHER)
        self._listener.on_events(events)

    def _look_in(self, seconds: float) -> None:
        """Search for elements to archive, some seconds from now."""
        if self._soon is not None:
            if self._soon.getTime() <= self._services.clock.seconds() + seconds:
                return
            self._soon.cancel()
        self._soon = self._services.clock.callLater(seconds, self._look)

    def _look(self) -> None:
        self._soon = None
        if self._looking is not None:
            self._look_again = True
            return
        self._looking = Deferred.fromCoroutine(self._follow())
        self._looking.addErrback(self._not_followed).addCallback(self._looked)

    async def _follow(self) -> None:
        """Archive every present element that a pattern matches."""
        before = self._recorder.count
        found = await survey(self._system, self._keeper.patterns)
        wanted: list[Element] = []
        await self._services.slices(self._keeper.follow(found, wanted))
        await self._recorder.want(wanted)
        if self._recorder.count != before:
            _log.info(
                "{name}: {count} elements are archived",
                name=self.name,
                count=self._recorder.count,
            )

    def _not_followed(self, failure: Failure) -> None:
        if self._is_stopped or failure.check(ConnectionBrokenError) is not None:
            # The next connection starts another search.
            return
        if failure.check(OagwError) is None:
            _log.failure(
                "{name}: the search for elements to archive failed", failure, name=self.name
            )
        else:
            _log.warn(
                "{name}: the elements to archive cannot be listed: {error}",
                name=self.name,
                error=failure.value,
            )
        self._look_in(_AGAIN)

    def _looked(self, _: None) -> None:
        self._looking = None
        if self._look_again and not self._is_stopped:
            self._look_again = False
            self._look_in(0)

    def query(self, request: QueryRequest) -> Deferred[Found]:
        """Answer a query; see :class:`oagw.interfaces.systems.ISystem`."""
        if request.query.period is None or request.query.is_alert:
            return self._system.query(request)
        return Deferred.fromCoroutine(self._pasts.query(request))

    def period(
        self, request: PeriodRequest
    ) -> Deferred[tuple[dict[str, IReading], dict[str, OagwError]]]:
        """Read history, where it is; see :class:`oagw.interfaces.systems.ISystem`."""
        here = [name for name in request.names if self._keeper.has(name)]
        there = [name for name in request.names if not self._keeper.has(name)]
        return Deferred.fromCoroutine(self._period(request, here, there))

    def _never_archived(self, names: Sequence[str]) -> dict[str, OagwError]:
        """Errors of elements that could never be archived so far."""
        why = {
            f"{self.name}:{element.name}": error
            for element, error in self._recorder.refused.items()
            if not element.sample.stime
        }
        errors: dict[str, OagwError] = {}
        for name in names if why else ():
            error = why.get(":".join(name.split(":")[:2]))
            if error is not None:
                message = f"'{name}' is not archived: {error.message}"
                errors[name] = NoArchivedValuesError(message)
        return errors

    async def _period(
        self, request: PeriodRequest, here: Sequence[str], there: Sequence[str]
    ) -> tuple[dict[str, IReading], dict[str, OagwError]]:
        if not here:
            return await self._period_elsewhere(request)
        never = self._never_archived(here)
        here = [name for name in here if name not in never]
        readings, errors = await self.kept.period(replace(request, names=here))
        errors = errors | never
        if not there:
            return readings, errors
        try:
            more, wrong = await self._period_elsewhere(replace(request, names=there))
        except ConnectionBrokenError as error:
            return readings, errors | dict.fromkeys(there, error)
        except BaseException:
            for reading in readings.values():
                reading.close()
            raise
        return readings | more, errors | wrong

    async def _period_elsewhere(
        self, request: PeriodRequest
    ) -> tuple[dict[str, IReading], dict[str, OagwError]]:
        """Read the system's own history; what it lacks may once have been archived here."""
        readings, errors = await self._system.period(request)
        once = [
            name
            for name, error in errors.items()
            if isinstance(error, NoArchivedValuesError) and self._keeper.had(name)
        ]
        if once:
            found, _ = await self.kept.period(replace(request, names=once))
            readings |= found
            errors = {name: one for name, one in errors.items() if name not in found}
        return readings, errors
