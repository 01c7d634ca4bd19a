"""The facts of a running gateway that an operator wants to know."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from oagw.interfaces.archives import ArchiveFacts
from oagw.interfaces.services import Services, server_time_of
from oagw.model.systemstate import State
from oagw.server.reactordelay import ReactorDelay
from oagw.server.websocket import OagwFactory, OagwProtocol
from oagw.storage.groupcommit import CommitBacklog

#: The number of connections that are read in a fraction of a millisecond.
_SLICE = 200
_PAGE = os.sysconf("SC_PAGE_SIZE")
_STATM = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """A client that has logged in. Times are in seconds since the epoch.

    :ivar address: as in the log.
    :ivar connects: its DpConnects.
    :ivar queries: its live queries.
    :ivar waits: its waits for values.
    :ivar watched: attributes that a gateway in front watches through it.
    :ivar unsent: bytes that wait until the client reads.
    :ivar conflated: updates that were not sent, because newer ones stood for them.
    """

    user: str
    address: str
    since: float
    connects: int
    queries: int
    waits: int
    watched: int
    unsent: int
    conflated: int


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """The files of one system.

    :ivar values: present values and configs that are not durable yet.
    :ivar archive: the archive, with the samples that are not durable yet.
    :ivar size: bytes of the archive's files, without what is in a database.
    """

    system: str
    values: CommitBacklog
    archive: ArchiveFacts
    size: int


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """A system of the gateway.

    :ivar connected: whether it can be used.
    :ivar since: when ``connected`` changed last, in seconds since the epoch.
    :ivar error: why the last connection ended or failed; empty if none has.
    :ivar latency: seconds that its last sign of life took; 0 for an embedded system.
    """

    name: str
    backend: str
    connected: bool
    since: float
    error: str
    latency: float


@dataclass(slots=True)
class Totals:
    """The sums of all sessions.

    :ivar conflated: updates since the start, also of clients that have left.
    :ivar logins: connections that have not logged in, or are being closed.
    """

    sessions: int = 0
    logins: int = 0
    connects: int = 0
    queries: int = 0
    unsent: int = 0
    conflated: int = 0


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """The process. Delays are in seconds.

    :ivar started: in seconds since the epoch.
    :ivar memory: resident bytes.
    :ivar reactor_delay: by how much the reactor was late a moment ago.
    :ivar reactor_delay_max: the longest such delay since the start.
    """

    version: str
    process: int
    started: float
    uptime: float
    memory: int
    reactor_delay: float
    reactor_delay_max: float


@dataclass(frozen=True, slots=True)
class GatewayStatus:
    """All facts, as ``oagw status --json`` prints them."""

    gateway: ProcessStatus
    listeners: Sequence[str]
    totals: Totals
    sessions: Sequence[SessionStatus]
    systems: Sequence[SystemStatus]
    stores: Sequence[StoreStatus]


@dataclass(frozen=True, slots=True)
class KeptSystem:
    """A system whose datapoints and archive are on the disk here.

    :ivar values: returns the backlog of its values that are not durable yet.
    :ivar archive: returns the facts of its archive.
    :ivar directory: of the archive's files.
    """

    values: Callable[[], CommitBacklog]
    archive: Callable[[], ArchiveFacts]
    directory: Path


class _SessionCount:
    """Adds up the sessions of some connections.

    :ivar sessions: each of them, if they are wanted.
    """

    def __init__(self, factory: OagwFactory, each: bool) -> None:
        self._clients = list(factory.clients)
        self._each = each
        self.totals = Totals(conflated=factory.conflated)
        self.sessions: list[SessionStatus] = []

    def steps(self) -> Iterator[None]:
        """The work, some connections at a time."""
        for start in range(0, len(self._clients), _SLICE):
            if start:
                yield
            for client in self._clients[start : start + _SLICE]:
                self._add(client)

    def _add(self, client: OagwProtocol) -> None:
        totals, session, delivery = self.totals, client.session, client.delivery
        if session is None or delivery is None:
            totals.logins += 1
            return
        load, unsent = session.load(), delivery.backlog()
        totals.sessions += 1
        totals.connects += load.connects
        totals.queries += load.queries
        totals.unsent += unsent
        totals.conflated += delivery.conflated
        if self._each:
            self.sessions.append(
                SessionStatus(
                    session.user,
                    client.peer or "",
                    client.since,
                    load.connects,
                    load.queries,
                    load.waits,
                    load.watched,
                    unsent,
                    delivery.conflated,
                )
            )


class StatusReader:
    """Reads the facts from the parts of the gateway.

    :param backends: the backend of each system, and its state if it may be away.
    :param kept: the systems with files here.
    :param urls: returns the URLs that clients connect to.
    """

    def __init__(
        self,
        version: str,
        services: Services,
        factory: OagwFactory,
        delay: ReactorDelay,
        backends: Mapping[str, tuple[str, State | None]],
        kept: Mapping[str, KeptSystem],
        urls: Callable[[], Sequence[str]],
    ) -> None:
        self._version = version
        self._services = services
        self._factory = factory
        self._delay = delay
        self._backends = backends
        self._kept = kept
        self._begun = services.clock.seconds()
        self._started = server_time_of(services.clock)()
        self._urls = urls

    async def read(self) -> GatewayStatus:
        """All facts."""
        count = _SessionCount(self._factory, each=True)
        await self._services.slices(count.steps())
        stores = [await self._store(name, one) for name, one in self._kept.items()]
        return GatewayStatus(
            self.process(),
            self._urls(),
            count.totals,
            sorted(count.sessions, key=lambda one: one.since),
            [self._system(name) for name in self._backends],
            stores,
        )

    async def totals(self) -> Totals:
        """The sums of all sessions."""
        count = _SessionCount(self._factory, each=False)
        await self._services.slices(count.steps())
        return count.totals

    def process(self) -> ProcessStatus:
        """The facts of the process."""
        uptime = self._services.clock.seconds() - self._begun
        delay = self._delay
        return ProcessStatus(
            self._version,
            os.getpid(),
            self._started,
            uptime,
            _memory(),
            delay.last,
            delay.maximum,
        )

    def kept(self) -> list[tuple[CommitBacklog, ArchiveFacts]]:
        """The backlog and the archive of each system with files here."""
        return [(one.values(), one.archive()) for one in self._kept.values()]

    async def _store(self, name: str, kept: KeptSystem) -> StoreStatus:
        size = await self._services.offload(lambda: _size(kept.directory))
        assert isinstance(size, int)
        return StoreStatus(name, kept.values(), kept.archive(), size)

    def _system(self, name: str) -> SystemStatus:
        backend, state = self._backends[name]
        if state is None:
            return SystemStatus(name, backend, True, self._started, "", 0.0)
        return SystemStatus(
            name, backend, state.connected, state.since, state.error, state.latency
        )


def _memory() -> int:
    """Resident bytes of this process (proc(5))."""
    resident = int(_STATM.read_text(encoding="ascii").split()[1])
    return resident * _PAGE


def _size(directory: Path) -> int:
    """Bytes of all files below a directory; files may come and go during the count."""
    total = 0
    for parent, _, names in os.walk(directory):
        for name in names:
            with suppress(FileNotFoundError):
                total += os.stat(os.path.join(parent, name)).st_size
    return total
