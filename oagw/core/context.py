"""The context of a command's handler: the client's session and the gateway's services."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime

from oagw.core.live.clientconnects import Connects
from oagw.core.live.watches import Watch
from oagw.core.manager import DatapointManager
from oagw.interfaces.sessions import IOutlet

_T = TypeVar("_T")


class Offload(Protocol):
    """Runs work in a thread that would block the reactor."""

    def __call__(self, work: Callable[[], _T], /) -> Deferred[_T]:
        """Run the work; fires with its result."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings that commands depend on.

    :ivar answer_default: the default of ``Answer``.
    :ivar zone: the zone of times that name none; ``None`` is the server's local time.
    :ivar max_period_values: the most values of one period query.
    :ivar max_rows: the most rows of a reply to a query.
    :ivar version: of the gateway.
    """

    answer_default: bool = True
    zone: tzinfo | None = None
    max_period_values: int = 10_000_000
    max_rows: int = 200_000
    version: str = ""


@dataclass(slots=True)
class Context:
    """A session as its handlers use it."""

    user: str
    outlet: IOutlet
    manager: DatapointManager
    rules: Rules
    offload: Offload
    clock: IReactorTime
    closed: bool = False
    connects: Connects = field(default_factory=Connects)
    query_connects: Connects = field(default_factory=Connects)
    sys_connects: Connects = field(default_factory=Connects)
    waits: Connects = field(default_factory=Connects)
    watch: Watch | None = None
    #: One period query of a session at a time, so that other sessions need not wait long.
    period_turn: DeferredLock = field(default_factory=DeferredLock)
    #: Work that is cancelled when the client leaves.
    running: set[Deferred[Any]] = field(default_factory=set)

    async def while_open(self, work: Coroutine[Deferred[Any], Any, _T]) -> _T:
        """Do work that is cancelled when the client leaves.

        :raises CancelledError: the client has left.
        """
        done = Deferred.fromCoroutine(work)
        self.running.add(done)
        if self.closed:
            done.cancel()
        try:
            return await done
        finally:
            self.running.discard(done)

    def end_all(self) -> None:
        """End everything that the session has open, because the client has left."""
        self.closed = True
        for connects in (
            self.connects,
            self.query_connects,
            self.sys_connects,
            self.waits,
        ):
            connects.end_all()
        if self.watch is not None:
            self.manager.watches.remove(self.watch)
            self.watch.close()
        for work in list(self.running):
            work.cancel()
