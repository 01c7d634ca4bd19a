"""Whether a peer with the wire protocol is connected, and the options of its system."""

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
from oagw.systems.remote.peerlink import PeerLink


class Connector(Protocol):
    """Keeps a connection to the peer open.

    :ivar dials: it connects at the start; otherwise it waits for the peer.
    """

    dials: bool

    def start(self, presence: PeerPresence) -> None:
        """Begin, and give each connection to the presence."""
        ...

    def stop(self) -> Deferred[None]:
        """Close the connection for good; fires when it is closed."""
        ...


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """Options of a remote system.

    :ivar peer: the peer's name of the system.
    :ivar dialect: what the peer supports; ``None`` asks it at each connection.
    :ivar patience: seconds after which a command without a reply times out.
    :ivar heartbeat: seconds between two heartbeats.
    :ivar zone: zone of times in queries; ``None`` is local time.
    :ivar user_of: maps a user here to the user who sets values there; ``None`` is the
        user of the login.
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


class PeerPresence(presence.Presence[PeerLink]):
    """One peer, and the link to it if there is one.

    :param prepare: does what must be done before the first command.
    :ivar dialect: what the peer supports, as found out at the last connection.
    """

    def __init__(
        self,
        name: str,
        options: RemoteOptions,
        clock: IReactorTime,
        prepare: Callable[[PeerLink, Dialect], Awaitable[None]],
        resume: Callable[[PeerLink, Dialect], Awaitable[None]],
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
        """Start the connector; fires when the first attempt to dial has ended."""
        connector.start(self)
        return self.wait() if connector.dials else succeed(None)

    def attach(
        self, send: Callable[[bytes], None], drop: Callable[[str], None]
    ) -> PeerLink:
        """Make the link of a new connection, which takes the messages from it.

        :param send: sends a text; ``drop`` closes the connection for a reason.
        """
        link = PeerLink(self._name, send, drop, self._clock, self._options.patience)
        self.greet(link)
        return link

    async def _meet(self, link: PeerLink) -> None:
        self.dialect = self._options.dialect or await find_dialect(link)
        # WinCC OA's manager may not answer a command without names; there the websocket's
        # pings are the heartbeat.
        link.beats = self.dialect.more
        await self._begin(link, self.dialect)
