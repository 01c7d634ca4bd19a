"""Whether the server behind a system is connected: greeting, heartbeat and state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.errors import ConnectionBrokenError, OagwError
from oagw.interfaces.services import server_time_of
from oagw.model.systemstate import State

_log = Logger()
#: Seconds for which the start of the gateway waits for a first connection.
_FIRST = 5.0


class Line(Protocol):
    """A connection.

    :ivar beats: it answers heartbeats.
    :ivar was_good: it was greeted, and commands went over it.
    """

    beats: bool
    was_good: bool

    @property
    def is_lost(self) -> bool:
        """Whether it has ended."""
        ...

    def beat(self, patience: float) -> Deferred[Any]:
        """Send a heartbeat; fires with its reply, and fails without one in time.

        :param patience: in seconds.
        """
        ...

    def drop(self, reason: str) -> None:
        """Close it; whoever opened it calls :meth:`Presence.detach`."""
        ...

    def lost(self, reason: str) -> None:
        """It has ended."""
        ...


_L = TypeVar("_L", bound=Line)


class Presence(Generic[_L]):
    """One peer, and the connection to it if there is one; a dialler opens it.

    :param heartbeat: seconds between two heartbeats.
    :param prepare: does what must be done before the first command.
    :param resume: restores subscriptions over a new connection.
    :param lose: called when the connection is lost.
    :ivar line: the connection that commands go through; ``None`` while the peer is away.
    """

    def __init__(
        self,
        name: str,
        clock: IReactorTime,
        heartbeat: float,
        prepare: Callable[[_L], Awaitable[None]],
        resume: Callable[[_L], Awaitable[None]],
        lose: Callable[[], None],
    ) -> None:
        self.state = State(name)
        self.line: _L | None = None
        self._clock = clock
        self._heartbeat = heartbeat
        self._prepare = prepare
        self._resume = resume
        self._lose = lose
        self._greeted: _L | None = None
        self._work: Deferred[None] = succeed(None)
        self._beat: IDelayedCall | None = None
        self._first: Deferred[None] | None = None
        self._server_time = server_time_of(clock)
        self.state.since = self._server_time()

    def wait(self) -> Deferred[None]:
        """Fires when the peer is connected, the first attempt has failed, or after 5 s."""
        if self.line is not None:
            return succeed(None)
        first: Deferred[None] = Deferred()
        self._first = first
        late = self._clock.callLater(_FIRST, self._be_first)
        return first.addCallback(lambda _: late.cancel() if late.active() else None)

    def _be_first(self) -> None:
        first, self._first = self._first, None
        if first is not None:
            first.callback(None)

    def there(self) -> _L:
        """The connection that commands go through.

        :raises ConnectionBrokenError: it is away.
        """
        if self.line is None:
            raise self.away()
        return self.line

    def away(self) -> ConnectionBrokenError:
        """The error of a command that is sent while the peer is away."""
        why = f" ({self.state.error})" if self.state.error else ""
        return ConnectionBrokenError(f"{self.state.name} is away{why}; nothing was done")

    def greet(self, line: _L) -> None:
        """Take over a new connection; it replaces the one before."""
        for before in (self.line, self._greeted):
            if before is not None:
                before.drop("another connection has replaced it")
        self._greeted = line
        self._work = Deferred.fromCoroutine(self._greet(line))
        self._work.addErrback(self._not_greeted, line)

    async def _greet(self, line: _L) -> None:
        await self._prepare(line)
        if line.beats:
            begun = self._clock.seconds()
            await line.beat(self._heartbeat)
            self.state.latency = self._clock.seconds() - begun
        if line.is_lost:
            return
        # First, so that a subscriber can set values as soon as they are reported valid.
        self._greeted = None
        self.line = line
        line.was_good = True
        if line.beats:
            self._beat = self._clock.callLater(self._heartbeat, self._look, line)
        self._be(True)
        await self._resume(line)
        self._be_first()

    def _not_greeted(self, failure: Failure, line: _L) -> None:
        if line.is_lost:
            return
        if failure.check(OagwError) is None:
            name = self.state.name
            _log.failure("{name}: the connection cannot be used", failure, name=name)
        line.drop(failure.getErrorMessage())

    def detach(self, line: _L, reason: str) -> None:
        """Note that a connection has ended; further calls do nothing."""
        if line.is_lost:
            return
        line.lost(reason)
        if line is self._greeted:
            self._greeted = None
            self.failed(reason)
        elif line is self.line:
            self._forget()
            self._be(False, reason)
            self._lose()

    def _forget(self) -> None:
        self.line = None
        if self._beat is not None and self._beat.active():
            self._beat.cancel()

    def failed(self, reason: str) -> None:
        """Note that a connection could not be made, and why."""
        self._note(reason)
        self._be_first()

    def stop(self) -> None:
        """Forget the connection, and cancel a greeting."""
        self._forget()
        self._work.cancel()

    def _note(self, reason: str) -> None:
        if self.state.error != reason:
            _log.warn("{name} is away: {reason}", name=self.state.name, reason=reason)
        self.state.error = reason
        self.state.notify()

    def _be(self, connected: bool, reason: str = "") -> None:
        state = self.state
        state.connected = connected
        state.since = self._server_time()
        if connected:
            _log.info("{name} is connected", name=state.name)
            state.notify()
        else:
            self._note(reason)

    def _look(self, line: _L) -> None:
        begun = self._clock.seconds()

        def came(_: object) -> None:
            if line is self.line:
                self.state.latency = self._clock.seconds() - begun
                self.state.notify()
                self._beat = self._clock.callLater(self._heartbeat, self._look, line)

        def missing(failure: Failure) -> None:
            if line is self.line:
                line.drop("it does not answer heartbeats")

        line.beat(self._heartbeat).addCallbacks(came, missing)
