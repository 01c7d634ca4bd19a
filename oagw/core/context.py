"""What a command's handler works with: the client's side and the gateway's."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime

from oagw.core.connects import Connects
from oagw.core.live.watches import Watch
from oagw.core.manager import DatapointManager
from oagw.interfaces.sessions import IOutlet

_T = TypeVar("_T")


class Offload(Protocol):
    """Runs what would hold the reactor somewhere else."""

    def __call__(self, work: Callable[[], _T], /) -> Deferred[_T]:
        """Run the work; fires with what it returns."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings that commands depend on.

    :ivar answer_default: what ``Answer`` is when it is left out.
    :ivar zone: what a time without a zone is in; ``None`` is the server's local time.
    :ivar max_period_values: more values than this in one period query are refused.
    :ivar max_rows: more rows than this in the answer to one query are refused.
    :ivar version: the gateway's.
    """

    answer_default: bool = True
    zone: tzinfo | None = None
    max_period_values: int = 10_000_000
    max_rows: int = 200_000
    version: str = ""


@dataclass(slots=True)
class Context:
    """A session as handlers see it."""

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
    #: One period query of a session at a time: the others' must not wait for all of them.
    period_turn: DeferredLock = field(default_factory=DeferredLock)
    #: What is of no use any more when the client is gone.
    running: set[Deferred[Any]] = field(default_factory=set)

    async def while_open(self, work: Coroutine[Deferred[Any], Any, _T]) -> _T:
        """Do work that is cancelled when the client goes.

        :raises CancelledError: the client is gone.
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
        """The client is gone: nothing of it goes on."""
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
