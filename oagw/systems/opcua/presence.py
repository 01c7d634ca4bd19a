"""Whether the server is there: connects, looks for signs of life, and connects again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.errors import ConnectionBrokenError, OagwError
from oagw.model.systemstate import State
from oagw.systems.opcua.nodes import News, Opening, Server

_log = Logger()
#: Seconds after the first failure; after each further one it is twice as long.
_FIRST_DELAY = 0.5
#: The start of the gateway waits so many seconds for a first connection.
_FIRST = 5.0


class Presence:
    """One server, and the connection to it if there is one.

    :param begin: makes a new connection ready; the server can be asked when it fires.
    :param resume: begins anew all that goes on over a connection.
    :param lose: notes that there is none any more.
    :param on_news: told of samples that come over the present connection.
    :ivar server: what is asked, while it is there.
    """

    def __init__(
        self,
        name: str,
        opening: Opening,
        clock: IReactorTime,
        longest: float,
        heartbeat: float,
        begin: Callable[[Server], Awaitable[None]],
        resume: Callable[[Server], Awaitable[None]],
        lose: Callable[[], None],
        on_news: Callable[[News], None],
    ) -> None:
        self.state = State(name)
        self.server: Server | None = None
        self._name = name
        self._opening = opening
        self._clock = clock
        self._longest = longest
        self._heartbeat = heartbeat
        self._begin = begin
        self._resume = resume
        self._lose = lose
        self._on_news = on_news
        self._failures = 0
        self._attempt: _Attempt | None = None
        self._work: Deferred[None] = succeed(None)
        self._later: IDelayedCall | None = None
        self._first: Deferred[None] | None = None
        self._is_stopped = False

    def start(self) -> Deferred[None]:
        """Connect, and again whenever that is lost; waits for a server that is there."""
        self.state.since = self._clock.seconds()
        first: Deferred[None] = Deferred()
        self._first = first
        late = self._clock.callLater(_FIRST, self._be_first)
        self._connect()
        return first.addCallback(lambda _: late.cancel() if late.active() else None)

    def _be_first(self) -> None:
        first, self._first = self._first, None
        if first is not None:
            first.callback(None)

    def stop(self) -> Deferred[None]:
        """End the connection, and make no more; fires when it is gone."""
        self._is_stopped = True
        if self._later is not None and self._later.active():
            self._later.cancel()
        attempt, self._attempt = self._attempt, None
        self.server = None
        self._work.cancel()
        if attempt is None or attempt.server is None:
            return succeed(None)
        return attempt.server.close()

    def there(self) -> Server:
        """The server.

        :raises ConnectionBrokenError: it is away.
        """
        if self.server is None:
            raise self.away()
        return self.server

    def away(self) -> ConnectionBrokenError:
        """The error of what is asked while the server is away."""
        why = f" ({self.state.error})" if self.state.error else ""
        return ConnectionBrokenError(f"{self._name} is away{why}; nothing was done")

    def _connect(self) -> None:
        self._later = None
        attempt = self._attempt = _Attempt(self)
        self._work = Deferred.fromCoroutine(self._try(attempt))
        self._work.addErrback(self._failed, attempt)

    async def _try(self, attempt: _Attempt) -> None:
        server = attempt.server = await self._opening(attempt)
        begun = self._clock.seconds()
        await server.beat()
        self.state.latency = self._clock.seconds() - begun
        await self._begin(server)
        if attempt is not self._attempt:
            return
        # First of all, so that who is told that values are good again can set them.
        self.server = server
        self._failures = 0
        self._be(True)
        await self._resume(server)
        self._be_first()
        self._later = self._clock.callLater(self._heartbeat, self._look, attempt)

    def _failed(self, failure: Failure, attempt: _Attempt) -> None:
        if attempt is not self._attempt:
            return
        if failure.check(OagwError) is None:
            _log.failure("{name}: the server is of no use", failure, name=self._name)
        self.lost(attempt, failure.getErrorMessage())

    def lost(self, attempt: _Attempt, reason: str) -> None:
        """A connection has ended, or there was none; no matter how often it is told."""
        if attempt is not self._attempt or self._is_stopped:
            return
        self._attempt = None
        if self._later is not None and self._later.active():
            self._later.cancel()
        if attempt.server is not None:
            attempt.server.close().addErrback(self._not_closed)
        was_there, self.server = self.server is not None, None
        if was_there:
            self._be(False, reason)
            self._lose()
        else:
            self._note(reason)
        delay = min(_FIRST_DELAY * 2**self._failures, self._longest)
        self._failures = min(self._failures + 1, 30)
        self._later = self._clock.callLater(delay, self._connect)
        self._be_first()

    def _not_closed(self, failure: Failure) -> None:
        _log.debug("{name}: {why}", name=self._name, why=failure.getErrorMessage())

    def _note(self, reason: str) -> None:
        if self.state.error != reason:
            _log.warn("{name} is away: {reason}", name=self._name, reason=reason)
        self.state.error = reason
        self.state.tell()

    def _be(self, connected: bool, reason: str = "") -> None:
        state = self.state
        state.connected = connected
        state.since = self._clock.seconds()
        if connected:
            _log.info("{name} is connected", name=self._name)
            state.tell()
        else:
            self._note(reason)

    def _look(self, attempt: _Attempt) -> None:
        assert attempt.server is not None
        begun = self._clock.seconds()

        def came(_: None) -> None:
            if attempt is self._attempt:
                self.state.latency = self._clock.seconds() - begun
                self.state.tell()
                self._later = self._clock.callLater(self._heartbeat, self._look, attempt)

        def missing(failure: Failure) -> None:
            _log.debug("{name}: {why}", name=self._name, why=failure.getErrorMessage())
            self.lost(attempt, "it gives no sign of life")

        attempt.server.beat().addCallbacks(came, missing)

    def came(self, attempt: _Attempt, news: News) -> None:
        """Samples have come over a connection."""
        if attempt is self._attempt:
            self._on_news(news)


class _Attempt:
    """One connection, or the attempt to have it."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self.server: Server | None = None

    def on_news(self, news: News) -> None:
        self._presence.came(self, news)

    def on_lost(self, reason: str) -> None:
        self._presence.lost(self, reason)
