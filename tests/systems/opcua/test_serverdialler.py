"""Connecting again and again, without a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ConnectionBrokenError, OagwError
from oagw.model import status
from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample
from oagw.model.values import Value
from oagw.systems.opcua.nodes import News, Reply, Server, Variable, Watcher
from oagw.systems.opcua.serverdialler import ServerDialler, ServerLine
from oagw.systems.presence import Presence

SPEED = Variable("nsu=u;s=speed", ("P", "speed"), "", ElementType.FLOAT, 11)


class FakeServer:
    """A server whose replies a test determines."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self.beats: list[Deferred[None]] = []
        self.is_closed = False
        self.value = 1.0

    def browse(self) -> Deferred[list[Variable]]:
        return succeed([SPEED])

    def read(self, variables: Sequence[Variable]) -> Deferred[list[Reply]]:
        return succeed([Sample(self.value, 1, status.NORMAL, 0) for _ in variables])

    def missing(self, variables: Sequence[Variable]) -> Deferred[dict[Variable, OagwError]]:
        return succeed({})

    def write(
        self, values: Sequence[tuple[Variable, Value]], source_time: int | None
    ) -> Deferred[list[OagwError | None]]:
        return succeed([None for _ in values])

    def monitor(self, items: Mapping[int, Variable]) -> Deferred[dict[int, OagwError]]:
        return succeed({})

    def ignore(self, numbers: Sequence[int]) -> Deferred[None]:
        return succeed(None)

    def history(
        self, variable: Variable, first: int, last: int, count: int, point: bytes | None
    ) -> Deferred[tuple[list[Sample], bytes | None]]:
        return succeed(([], None))

    def forget(self, variable: Variable, point: bytes | None) -> None:
        pass

    def beat(self) -> Deferred[None]:
        self.beats.append(Deferred())
        return self.beats[-1]

    def close(self) -> Deferred[None]:
        self.is_closed = True
        return succeed(None)


class PresenceTests(SynchronousTestCase):
    """What becomes of a connection."""

    timeout = 30

    def setUp(self) -> None:
        self.clock = Clock()
        self.attempts: list[Deferred[Server]] = []
        self.watchers: list[Watcher] = []
        self.happened: list[str] = []
        self.presence = Presence[ServerLine](
            "Plc",
            self.clock,
            10.0,
            self.begin,
            self.resume,
            lambda: self.happened.append("lost"),
        )
        self.dialling = ServerDialler(
            self.presence, self.open, self.clock, 4.0, self.came, lambda: 1.0
        )
        self.first = self.dialling.start()

    def open(self, watcher: Watcher) -> Deferred[Server]:
        self.watchers.append(watcher)
        self.attempts.append(Deferred())
        return self.attempts[-1]

    async def begin(self, line: ServerLine) -> None:
        self.happened.append("begun")

    async def resume(self, line: ServerLine) -> None:
        self.happened.append("resumed")

    def came(self, news: News) -> None:
        self.happened.append(f"{len(news)} came")

    def connect(self) -> FakeServer:
        server = FakeServer(self.watchers[-1])
        self.attempts[-1].callback(server)
        self.clock.advance(0.25)
        server.beats.pop().callback(None)
        return server

    def test_the_start_waits_a_while(self) -> None:
        """The start waits a few seconds for the first connection."""
        self.assertNoResult(self.first)
        self.clock.advance(5)
        self.successResultOf(self.first)
        self.connect()
        self.assertEqual(self.happened, ["begun", "resumed"])
        self.assertTrue(self.presence.state.connected)
        self.assertEqual(self.presence.state.latency, 0.25)

    def test_it_waits_longer_each_time(self) -> None:
        """Twice as long, up to a limit; from the start again after a connection."""
        for delay in (0.5, 1, 2, 4, 4):
            self.attempts[-1].errback(ConnectionBrokenError("nobody is there"))
            count = len(self.attempts)
            self.clock.advance(delay - 0.1)
            self.assertEqual(len(self.attempts), count)
            self.clock.advance(0.1)
            self.assertEqual(len(self.attempts), count + 1)
        self.assertEqual(self.presence.state.error, "nobody is there")
        self.connect()
        self.watchers[-1].on_lost("cut")
        self.assertEqual(self.happened, ["begun", "resumed", "lost"])
        count = len(self.attempts)
        self.clock.advance(0.5)
        self.assertEqual(len(self.attempts), count + 1)

    def test_a_server_without_signs_of_life_is_left(self) -> None:
        """Its later messages are ignored."""
        server = self.connect()
        self.clock.advance(10)
        server.beats.pop().callback(None)
        self.watchers[-1].on_news([(1, Sample(1.0, 1, 0, 0))])
        self.clock.advance(10)
        server.beats.pop().errback(ConnectionBrokenError("silence"))
        self.assertTrue(server.is_closed)
        self.assertFalse(self.presence.state.connected)
        self.assertIn("does not answer heartbeats", self.presence.state.error)
        server.watcher.on_news([(1, Sample(2.0, 2, 0, 0))])
        server.watcher.on_lost("again")
        self.assertEqual(self.happened, ["begun", "resumed", "1 came", "lost"])
        with self.assertRaises(ConnectionBrokenError) as caught:
            self.presence.there()
        self.assertIn("nothing was done", caught.exception.message)

    def test_a_server_of_no_use_is_tried_again(self) -> None:
        """Whatever was wrong with it is in the log."""

        async def broken(line: ServerLine) -> None:
            raise ValueError("a bug")

        self.presence._prepare = broken
        server = FakeServer(self.watchers[-1])
        self.attempts[-1].callback(server)
        self.assertTrue(server.is_closed)
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        self.clock.advance(0.5)
        self.assertEqual(len(self.attempts), 2)

    def test_the_stop_ends_all(self) -> None:
        """Also while it waits, or is being connected."""
        server = self.connect()
        self.successResultOf(self.dialling.stop())
        self.assertTrue(server.is_closed)
        self.watchers[-1].on_lost("cut")
        self.assertEqual(self.clock.getDelayedCalls(), [])
        other = ServerDialler(
            self.presence,
            lambda watcher: fail(ConnectionBrokenError("no")),
            self.clock,
            4.0,
            self.came,
        )
        self.successResultOf(other.start())
        self.successResultOf(other.stop())
        self.assertEqual(self.clock.getDelayedCalls(), [])
