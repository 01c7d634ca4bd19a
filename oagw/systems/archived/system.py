"""A system that is elsewhere, with an archive here."""

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
from oagw.model.changes import (
    EventKind,
    SystemEvent,
)
from oagw.model.patterns import Pattern
from oagw.model.systemstate import State
from oagw.model.values import WireValue
from oagw.plant.notifier import Nobody
from oagw.plant.plant import Element
from oagw.systems.archived.keeper import Keeper
from oagw.systems.archived.pasts import Pasts
from oagw.systems.archived.recorder import Recorder
from oagw.systems.archived.survey import survey
from oagw.systems.embedded.system import EmbeddedSystem

_log = Logger()
#: Seconds for which events gather before it is looked what there is.
_GATHER = 1.0
#: Seconds after which it is tried again, if the system could not tell.
_AGAIN = 30.0
#: After these there may be other elements.
_CHANGING = (
    EventKind.DP_CREATED,
    EventKind.DP_RENAMED,
    EventKind.DP_TYPE_CHANGED,
)


@implementer(ISystem)
class ArchivedSystem:
    """Archives values of a system by pattern, and reads their history here.

    All else is the system's own.

    :param system: the one elsewhere; ``state`` says whether it is there.
    :param kept: what is known of it here, with its archive: see :class:`Keeper`.
    :param patterns: of the elements that are archived.
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
        self._keeper = Keeper(kept, patterns)
        self._recorder = Recorder(system, kept.archive, kept.store, services.clock)
        self._pasts = Pasts(system, self._keeper, services)
        self._listener: SystemListener = Nobody()
        self._was_there = False
        self._soon: IDelayedCall | None = None
        self._looking: Deferred[None] | None = None
        self._look_again = False
        self._is_stopped = False
        # What it has nothing to do with is asked of the system without a detour.
        self.get = system.get
        self.set = system.set
        self.watch = system.watch
        self.unwatch = system.unwatch
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
        """Begin to serve, and to archive as soon as the system is there."""
        self._listener = listener
        self._state.listeners.append(self._on_state)
        started = self.kept.start(Nobody())
        return started.addCallback(lambda _: self._system.start(self))

    def stop(self) -> Deferred[None]:
        """End; fires when all that was told is durable."""
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
            # When its connects go on: who is told that it is there comes first.
            self._look_in(0)

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """Archive and pass on a change; see :class:`SystemListener`."""
        self._recorder.on_change(changes)
        self._listener.on_change(changes)

    def on_end(self, errors: Mapping[str, OagwError]) -> None:
        """Pass on an end; see :class:`SystemListener`."""
        self._recorder.on_end(errors.keys())
        self._listener.on_end(errors)

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
        """Look what there is to be archived, some seconds from now."""
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
        """Archive all that there is now and that a pattern means."""
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
            # It begins again with the next connection.
            return
        if failure.check(OagwError) is None:
            _log.failure("{name}: what is archived is not known", failure, name=self.name)
        else:
            _log.warn(
                "{name}: what is to be archived cannot be found out: {error}",
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
        """Why there is nothing of elements that could not be archived yet."""
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
        """Read history over there; what is not archived there may once have been here."""
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
