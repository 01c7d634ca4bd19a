"""The datapoint manager: routes what sessions ask to the systems that have the data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from twisted.internet.defer import Deferred, DeferredSemaphore, gatherResults
from twisted.internet.interfaces import IReactorTime

from oagw.core.live.audience import Subscriber
from oagw.core.live.events import SystemEvents
from oagw.core.live.hotlinks import (
    Hotlink,
    Hotlinks,
    Observer,
    Pace,
)
from oagw.core.live.livequeries import LiveQueries
from oagw.core.live.watches import Watches
from oagw.core.queries.queryanswer import (
    QueryAnswer,
    answer,
)
from oagw.core.router import (
    CompletedNames,
    Router,
)
from oagw.errors import NamesRefusedError, OagwError
from oagw.interfaces.services import Slices
from oagw.interfaces.systems import (
    IReading,
    ISystem,
    NewValue,
    PeriodRequest,
    QueryRequest,
    SetRequest,
)
from oagw.model.changes import (
    Fact,
    SystemEvent,
)
from oagw.model.identifiers import ALIAS, OFFLINE_VALUE, ONLINE_VALUE, ORIGINAL_VALUE
from oagw.model.values import WireValue

_PERIODS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class ReadResult:
    """The result of a read: values by complete name, errors by the name as written.

    :ivar completed: the complete names, with the names as written.
    """

    values: dict[str, WireValue]
    errors: dict[str, OagwError]
    completed: CompletedNames

    @property
    def by_written(self) -> dict[str, WireValue]:
        """The values by the names as the client wrote them."""
        pairs = zip(self.completed.names, self.completed.written, strict=True)
        return {text: self.values[name] for name, text in pairs if name in self.values}


class DatapointManager:
    """One namespace over all systems, with its hotlinks and live queries.

    :param systems: the first is the own system.
    :param slices: runs long work a slice at a time.
    """

    def __init__(
        self, systems: Sequence[ISystem], clock: IReactorTime, slices: Slices
    ) -> None:
        self.router = Router(systems)
        self.hotlinks = Hotlinks(self.router, clock)
        self.watches = Watches()
        self.slices = slices
        self.queries = LiveQueries(self.router, clock, slices)
        self.events = SystemEvents()
        #: Limits the queries that read archives at the same time: each may be large.
        self.history_turns = DeferredSemaphore(_PERIODS_AT_ONCE)

    async def start(self) -> None:
        """Start all systems."""
        # At the same time, so that none waits for one that is away.
        await gatherResults([one.start(self) for one in self.router.systems.values()])

    async def stop(self) -> None:
        """Stop all systems; everything accepted is durable then."""
        await gatherResults([system.stop() for system in self.router.systems.values()])

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """Pass on a change; see :class:`oagw.interfaces.systems.SystemListener`."""
        self.hotlinks.on_change(changes)
        self.watches.on_change(changes)

    def on_end(self, errors: Mapping[str, OagwError]) -> None:
        """Pass on an end; see :class:`oagw.interfaces.systems.SystemListener`."""
        self.hotlinks.on_end(errors)
        self.watches.on_end(errors)

    def on_events(self, events: Sequence[SystemEvent]) -> None:
        """Pass on events; see :class:`oagw.interfaces.systems.SystemListener`."""
        for event in events:
            self.events.notify(event)

    async def get(
        self,
        texts: Sequence[str],
        default: str = ORIGINAL_VALUE,
        max_age: float | None = None,
    ) -> ReadResult:
        """Read attributes by names as clients write them.

        :param default: the attribute of names that have none.
        :param max_age: the most seconds that a value may be old.
        """
        if max_age is None:
            return await self._read(texts, default, lambda system, part: system.get(part))
        return await self._read(
            texts, default, lambda system, part: system.get(part, max_age)
        )

    async def lookup(self, fact: Fact, texts: Sequence[str]) -> ReadResult:
        """Look up a fact about each name, as clients write them."""
        # Structures exist too, but have no value.
        default = ALIAS if fact is Fact.EXISTS else ONLINE_VALUE
        return await self._read(
            texts, default, lambda system, part: system.lookup(fact, part)
        )

    async def _read(
        self,
        texts: Sequence[str],
        default: str,
        ask: Callable[[ISystem, list[str]], Deferred[list[WireValue | OagwError]]],
    ) -> ReadResult:
        completed = self.router.complete(texts, default)
        values: dict[str, WireValue] = {}
        errors: dict[str, OagwError] = {}
        asked = [
            (part, ask(system, part))
            for system, part in self.router.by_system(completed.names).items()
        ]
        for part, pending in asked:
            for name, result in zip(part, await pending, strict=True):
                if isinstance(result, OagwError):
                    errors[name] = result
                else:
                    values[name] = result
        if len(asked) > 1:
            values = {name: values[name] for name in completed.names if name in values}
        completed.blame(errors)
        return ReadResult(values, completed.errors_in_order(texts), completed)

    async def set(
        self,
        values: Sequence[tuple[str, object]],
        user: str,
        source_time: int | None,
        wait: bool,
        default: str = ORIGINAL_VALUE,
    ) -> None:
        """Set attributes by names as clients write them, all of a system or none.

        :param default: the attribute of names that have none.
        :raises NamesRefusedError: nothing was set.
        """
        texts = [text for text, _ in values]
        completed = self.router.complete_all(texts, default)
        given = dict(zip(completed.names, (value for _, value in values), strict=True))
        pending = [
            system.set(
                SetRequest(
                    [NewValue(name, given[name]) for name in part], user, source_time
                ),
                wait,
            )
            for system, part in self.router.by_system(list(given)).items()
        ]
        try:
            for done in pending:
                await done
        except NamesRefusedError as refused:
            raise completed.refusal(refused, texts) from refused

    async def connect(
        self, texts: Sequence[str], subscriber: Subscriber, pace: Pace
    ) -> Hotlink:
        """Send a subscriber the changes of names as clients write them.

        :raises NamesRefusedError: at least one cannot be connected.
        """
        return await self._link(
            texts, lambda names: self.hotlinks.connect(names, subscriber, pace)
        )

    async def observe(self, texts: Sequence[str], observer: Observer) -> Hotlink:
        """Report the changes of names, as clients write them, to an observer.

        :raises NamesRefusedError: at least one cannot be connected.
        """
        return await self._link(texts, lambda names: self.hotlinks.observe(names, observer))

    async def _link(
        self,
        texts: Sequence[str],
        connect: Callable[[list[str]], Awaitable[Hotlink]],
    ) -> Hotlink:
        completed = self.router.complete_all(texts, ONLINE_VALUE)
        try:
            return await connect(completed.names)
        except NamesRefusedError as refused:
            raise completed.refusal(refused, texts) from refused

    async def query(self, request: QueryRequest, raw: bool = False) -> QueryAnswer:
        """Run a query once.

        :param raw: the rows are wanted as they are found.
        :raises OagwError: it cannot be answered; its text says why.
        """
        return await answer(self.router, request, self.slices, raw)

    async def period(
        self, texts: Sequence[str], request: PeriodRequest
    ) -> tuple[dict[str, IReading], dict[str, OagwError]]:
        """Read archived values: readings by complete name, and errors by name as written.

        The caller closes the readings in any case.

        :param request: the request without its names.
        """
        completed = self.router.complete(texts, OFFLINE_VALUE)
        readings: dict[str, IReading] = {}
        names = list(dict.fromkeys(completed.names))
        asked = [
            system.period(replace(request, names=part))
            for system, part in self.router.by_system(names).items()
        ]
        try:
            for pending in asked:
                found, errors = await pending
                readings |= found
                completed.blame(errors)
        except BaseException:
            for reading in readings.values():
                reading.close()
            raise
        return (
            {name: readings[name] for name in names if name in readings},
            completed.errors_in_order(texts),
        )

    def errors_of_period(
        self,
        texts: Sequence[str],
        errors: Mapping[str, OagwError],
        failed: Mapping[str, OagwError],
    ) -> dict[str, OagwError]:
        """The errors of a period by the names as written, in their order.

        :param errors: the errors that :meth:`period` returned.
        :param failed: errors of readings that could not be read, by complete name.
        """
        completed = self.router.complete(texts, OFFLINE_VALUE)
        completed.blame(failed)
        found = {**completed.errors, **errors}
        return {text: found[text] for text in dict.fromkeys(texts) if text in found}
