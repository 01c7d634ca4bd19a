"""A gateway's monitor over an embedded system, without any network."""

from __future__ import annotations

from typing import Any

from twisted.cred.portal import Portal
from twisted.internet.defer import Deferred, maybeDeferred
from zope.interface import implementer

from oagw.archives.archive import Archive
from oagw.gateway.gatewaystatus import KeptSystem, StatusReader
from oagw.interfaces.services import Services
from oagw.interfaces.sessions import ISession, SessionLoad
from oagw.model.systemstate import State
from oagw.server.delivery import Bounds, Delivery, Turn
from oagw.server.reactordelay import ReactorDelay
from oagw.server.websocket import Limits, OagwFactory, OagwProtocol
from tests.server.test_websocket import EchoRealm
from tests.systems.bench import Bench, unsliced

_BOUNDS = Bounds(1 << 20, 1.0, 1 << 20, 60.0)


@implementer(ISession)
class FakeSession:
    """A session with some connects."""

    def __init__(self, user: str, connects: int) -> None:
        self.user = user
        self.connects = connects

    def load(self) -> SessionLoad:
        return SessionLoad(self.connects, 2, 3, 4)

    def receive(self, frame: bytes) -> None:
        raise NotImplementedError

    def refuse_binary(self, frame: bytes) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class FakeTransport:
    """A transport whose kernel accepts no bytes."""

    bytes_waiting = 70


class FakeGateway:
    """The parts that a status is read from.

    :ivar urls: where it listens.
    """

    def __init__(self, bench: Bench, states: dict[str, State]) -> None:
        self.bench = bench
        clock: Any = bench.clock
        services = Services(clock, lambda work: maybeDeferred(work), unsliced)
        limits = Limits(10, 1000, _BOUNDS)
        self.factory = OagwFactory(Portal(EchoRealm(lambda _: [])), {"/"}, limits, clock)
        self.delay = ReactorDelay(clock)
        self.urls = ["wss://localhost:8443/winccoa"]
        archive = bench.system.archive
        assert isinstance(archive, Archive)
        self.archive = archive
        kept = KeptSystem(bench.system.store.backlog, self.archive.facts, bench.directory)
        backends: dict[str, tuple[str, State | None]] = {"System1": ("embedded", None)}
        backends |= {name: ("opcua", state) for name, state in states.items()}
        self.reader = StatusReader(
            "1.2.3",
            services,
            self.factory,
            self.delay,
            backends,
            {"System1": kept},
            lambda: self.urls,
        )

    def connect(self, user: str, connects: int, conflated: int = 0) -> OagwProtocol:
        """A client that has logged in, with 70 bytes in its transport."""
        client = OagwProtocol()
        client.peer = f"tcp4:192.0.2.1:{len(self.factory.clients)}"
        client.session = FakeSession(user, connects)
        client.since = self.bench.clock.seconds()
        turn = Turn(self.bench.clock)
        client.delivery = Delivery(FakeTransport(), turn, _BOUNDS, client)
        client.delivery.conflated = conflated
        self.factory.clients.add(client)
        return client


def status_of(gateway: FakeGateway) -> Deferred[Any]:
    """All facts."""
    return Deferred.fromCoroutine(gateway.reader.read())
