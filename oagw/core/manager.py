"""The datapoint manager: what sessions ask, routed to the systems that hold the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twisted.internet.defer import DeferredSemaphore, gatherResults

from oagw.core.audience import Subscriber
from oagw.core.hotlinks import Hotlink, Hotlinks
from oagw.core.livequeries import LiveQueries
from oagw.core.routing import Router
from oagw.errors import NamesRefusedError, OagwError
from oagw.interfaces import ISystem, PeriodRequest, SetRequest, Setting
from oagw.model.identifiers import OFFLINE_VALUE, ONLINE_VALUE, ORIGINAL_VALUE
from oagw.model.values import WireValue
from oagw.wire.series import Series

_PERIODS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Reading:
    """What a read found: values by complete name, errors by the name as written."""

    values: dict[str, WireValue]
    errors: dict[str, OagwError]


class DatapointManager:
    """One namespace over all systems, with the hotlinks and live queries on it.

    :param systems: the first is the own system.
    """

    def __init__(self, systems: Sequence[ISystem]) -> None:
        self.router = Router(systems)
        self.hotlinks = Hotlinks(self.router)
        self.queries = LiveQueries(self.router)
        #: Period queries that are read and encoded at once: each may be large.
        self.history_turns = DeferredSemaphore(_PERIODS_AT_ONCE)

    async def start(self) -> None:
        """Start all systems."""
        for system in self.router.systems.values():
            await system.start(self.hotlinks.on_change)

    async def stop(self) -> None:
        """Stop all systems; what was accepted is durable then."""
        await gatherResults([system.stop() for system in self.router.systems.values()])

    async def get(self, texts: Sequence[str]) -> Reading:
        """Read attributes by names as clients write them."""
        completed = self.router.complete(texts, ORIGINAL_VALUE)
        values: dict[str, WireValue] = {}
        errors: dict[str, OagwError] = {}
        asked = [
            (part, system.get(part))
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
        return Reading(values, completed.errors_in_order(texts))

    async def set(
        self,
        values: Sequence[tuple[str, object]],
        user: str,
        source_time: int | None,
        wait: bool,
    ) -> None:
        """Set attributes by names as clients write them, all of a system or none.

        :raises NamesRefusedError: nothing was set.
        """
        texts = [text for text, _ in values]
        completed = self.router.complete_all(texts, ORIGINAL_VALUE)
        given = dict(zip(completed.names, (value for _, value in values), strict=True))
        pending = [
            system.set(
                SetRequest(
                    [Setting(name, given[name]) for name in part], user, source_time
                ),
                wait,
            )
            for system, part in self.router.by_system(list(given)).items()
        ]
        try:
            for done in pending:
                await done
        except NamesRefusedError as refused:
            completed.blame(refused.errors)
            raise NamesRefusedError(completed.errors_in_order(texts)) from refused

    async def connect(self, texts: Sequence[str], subscriber: Subscriber) -> Hotlink:
        """Let a subscriber get changes, by names as clients write them.

        :raises NamesRefusedError: at least one cannot be connected.
        """
        completed = self.router.complete_all(texts, ONLINE_VALUE)
        try:
            return await self.hotlinks.connect(completed.names, subscriber)
        except NamesRefusedError as refused:
            completed.blame(refused.errors)
            raise NamesRefusedError(completed.errors_in_order(texts)) from refused

    async def period(
        self, texts: Sequence[str], first: int, last: int, bonus: int, limit: int
    ) -> tuple[dict[str, Series], dict[str, OagwError]]:
        """Read archived values; a name without any is in neither result."""
        completed = self.router.complete(texts, OFFLINE_VALUE)
        series: dict[str, Series] = {}
        names = list(dict.fromkeys(completed.names))
        asked = [
            system.period(PeriodRequest(part, first, last, bonus, limit))
            for system, part in self.router.by_system(names).items()
        ]
        for pending in asked:
            found, errors = await pending
            series |= found
            completed.blame(errors)
        return series, completed.errors_in_order(texts)
