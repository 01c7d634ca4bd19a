"""Whether the peer is there: greets it, looks for signs of life, and tells when it goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Protocol

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.errors import ConnectionBrokenError, OagwError
from oagw.model.systemstate import State
from oagw.systems.remote.dialect import OAGW, Dialect
from oagw.systems.remote.greeting import find_dialect
from oagw.systems.remote.link import Body, Link

_log = Logger()
#: The start of the gateway waits so many seconds for a first connection.
_FIRST = 5.0


class Connector(Protocol):
    """Has a connection to the peer as often as it can.

    :ivar dials: there may be one soon after the start.
    """

    dials: bool

    def start(self, presence: Presence) -> None:
        """Begin: tell of each connection, and of its end."""
        ...

    def stop(self) -> Deferred[None]:
        """End the connection, and make no more."""
        ...


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """How a peer is treated.

    :ivar peer: what it calls the system.
    :ivar dialect: what it can do; ``None`` is to be asked.
    :ivar patience: seconds after which a command that is not answered is given up.
    :ivar heartbeat: seconds between signs of life.
    :ivar zone: of times in queries; ``None`` is local time.
    :ivar user_of: who sets values there for a user of ours; ``None`` is who is logged in.
    :ivar offload: runs longer work in a thread.
    """

    peer: str
    dialect: Dialect | None = None
    patience: float = 60.0
    heartbeat: float = 10.0
    zone: tzinfo | None = None
    user_of: Callable[[str], str | None] = field(default=lambda user: None)
    offload: Callable[[Callable[[], object]], Deferred[object]] = field(
        default=lambda work: maybeDeferred(work)
    )


class Presence:
    """One peer, and the connection to it if there is one.

    :param prepare: has done, when it fires, what must be before anything is asked.
    :param resume: begins anew all that goes on over a connection.
    :param lose: notes that there is none any more.
    :ivar link: what the peer is asked through, while it is there.
    :ivar dialect: what it can do, as it said the last time.
    """

    def __init__(
        self,
        name: str,
        options: RemoteOptions,
        clock: IReactorTime,
        prepare: Callable[[Link, Dialect], Awaitable[None]],
        resume: Callable[[Link, Dialect], Awaitable[None]],
        lose: Callable[[], None],
    ) -> None:
        self.state = State(name)
        self.dialect = options.dialect or OAGW
        self.link: Link | None = None
        self._name = name
        self._options = options
        self._clock = clock
        self._prepare = prepare
        self._resume = resume
        self._lose = lose
        self._greeting: Link | None = None
        self._beat: IDelayedCall | None = None
        self._first: Deferred[None] | None = None

    def start(self, connector: Connector) -> Deferred[None]:
        """Have a connection made; a peer that is there at once is waited for."""
        self.state.since = self._clock.seconds()
        connector.start(self)
        if self.link is not None or not connector.dials:
            return succeed(None)
        first: Deferred[None] = Deferred()
        self._first = first
        late = self._clock.callLater(_FIRST, self._be_first)
        return first.addCallback(lambda _: late.cancel() if late.active() else None)

    def _be_first(self) -> None:
        first, self._first = self._first, None
        if first is not None:
            first.callback(None)

    def there(self) -> Link:
        """The link to the peer.

        :raises ConnectionBrokenError: there is none.
        """
        if self.link is None:
            raise self.away()
        return self.link

    def away(self) -> ConnectionBrokenError:
        """The error of what is asked while the peer is away."""
        why = f" ({self.state.error})" if self.state.error else ""
        return ConnectionBrokenError(f"{self._name} is away{why}; nothing was done")

    def attach(self, send: Callable[[bytes], None], drop: Callable[[str], None]) -> Link:
        """There is a connection; what comes over it goes to the link.

        :param send: sends a text; ``drop`` ends the connection and is told why.
        """
        for before in (self.link, self._greeting):
            if before is not None:
                before.drop("another connection has taken its place")
        link = Link(self._name, send, drop, self._clock, self._options.patience)
        self._greeting = link
        greeting = Deferred.fromCoroutine(self._greet(link))
        greeting.addErrback(self._not_greeted, link)
        return link

    async def _greet(self, link: Link) -> None:
        self.dialect = self._options.dialect or await find_dialect(link)
        begun = self._clock.seconds()
        if self.dialect.more:
            await link.ask("DpGet", {"Dps": []})
            self.state.latency = self._clock.seconds() - begun
        await self._prepare(link, self.dialect)
        # First of all, so that who is told that values are good again can set them.
        self._greeting = None
        self.link = link
        link.was_good = True
        if self.dialect.more:
            # What an original makes of a command without names is its own affair: it has
            # the websocket's pings.
            heartbeat = self._options.heartbeat
            self._beat = self._clock.callLater(heartbeat, self._send_beat, link)
        self._be(True)
        await self._resume(link, self.dialect)
        self._be_first()

    def _not_greeted(self, failure: Failure, link: Link) -> None:
        if link.is_lost:
            return
        if failure.check(OagwError) is None:
            _log.failure("{name}: the connection is of no use", failure, name=self._name)
        link.drop(failure.getErrorMessage())

    def detach(self, link: Link, reason: str) -> None:
        """A connection has ended; it is no matter how often that is told."""
        if link.is_lost:
            return
        link.lost(reason)
        if link is self._greeting:
            self._greeting = None
            self.failed(reason)
        elif link is self.link:
            self.link = None
            if self._beat is not None and self._beat.active():
                self._beat.cancel()
            self._be(False, reason)
            self._lose()

    def failed(self, reason: str) -> None:
        """There could be no connection; says why."""
        if self.state.error != reason:
            _log.warn("{name} is away: {reason}", name=self._name, reason=reason)
        self.state.error = reason
        self.state.tell()
        self._be_first()

    def _be(self, connected: bool, reason: str = "") -> None:
        state = self.state
        state.connected = connected
        state.since = self._clock.seconds()
        if connected:
            _log.info("{name} is connected", name=self._name)
        else:
            state.error = reason
            _log.warn("{name} is away: {reason}", name=self._name, reason=reason)
        state.tell()

    def _send_beat(self, link: Link) -> None:
        begun = self._clock.seconds()

        def came(_: Body) -> None:
            self.state.latency = self._clock.seconds() - begun
            self.state.tell()
            if link is self.link:
                self._beat = self._clock.callLater(
                    self._options.heartbeat, self._send_beat, link
                )

        def missing(failure: Failure) -> None:
            if link is self.link:
                link.drop("it gives no sign of life")

        beat = link.ask("DpGet", {"Dps": []}, patience=self._options.heartbeat)
        beat.addCallbacks(came, missing)
