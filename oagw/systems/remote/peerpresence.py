"""Peers that speak the wire protocol: how they are treated, and whether they are there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Protocol

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import IReactorTime

from oagw.systems import presence
from oagw.systems.remote.dialect import OAGW, Dialect
from oagw.systems.remote.greeting import find_dialect
from oagw.systems.remote.link import Link


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


class Presence(presence.Presence[Link]):
    """One peer, and the link to it if there is one.

    :param prepare: has done, when it fires, what must be before anything is asked.
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
        super().__init__(
            name,
            clock,
            options.heartbeat,
            self._meet,
            lambda link: resume(link, self.dialect),
            lose,
        )
        self.dialect = options.dialect or OAGW
        self._name = name
        self._options = options
        self._begin = prepare

    def start(self, connector: Connector) -> Deferred[None]:
        """Have a connection made; a peer that is there at once is waited for."""
        connector.start(self)
        return self.wait() if connector.dials else succeed(None)

    def attach(self, send: Callable[[bytes], None], drop: Callable[[str], None]) -> Link:
        """There is a connection; what comes over it goes to the link.

        :param send: sends a text; ``drop`` ends the connection and is told why.
        """
        link = Link(self._name, send, drop, self._clock, self._options.patience)
        self.greet(link)
        return link

    async def _meet(self, link: Link) -> None:
        self.dialect = self._options.dialect or await find_dialect(link)
        # What an original makes of a command without names is its own affair: it has the
        # websocket's pings.
        link.beats = self.dialect.more
        await self._begin(link, self.dialect)
