"""The facts of a running gateway."""

from __future__ import annotations

import os
from pathlib import Path

from oagw.gateway.gatewaystatus import GatewayStatus, SystemStatus, Totals
from oagw.model.systemstate import State
from oagw.server.websocket import OagwProtocol
from oagw.wire.codec import Message
from tests.gateway.monitoring import FakeGateway, status_of
from tests.systems.bench import NOW_MS, EmbeddedTestCase

NOW = NOW_MS / 1000


class GatewayStatusTests(EmbeddedTestCase):
    """The status of a gateway with an embedded system and one that is away."""

    def setUp(self) -> None:
        super().setUp()
        self.state = State("Plc", False, NOW, "refused", 0.002)
        self.gateway = FakeGateway(self.bench, {"Plc": self.state})

    def read(self) -> GatewayStatus:
        """All facts now."""
        found: GatewayStatus = self.successResultOf(status_of(self.gateway))
        return found

    def test_sessions(self) -> None:
        """Logged-in sessions are listed, the oldest first; the others are counted."""
        anna = self.gateway.connect("anna", 5, conflated=7)
        self.bench.clock.advance(1)
        self.gateway.connect("bob", 1)
        self.gateway.factory.clients.add(OagwProtocol())
        self.gateway.factory.conflated = 100
        assert anna.delivery is not None
        anna.delivery.send(Message(b"x" * 100))
        status = self.read()
        self.assertEqual([one.user for one in status.sessions], ["anna", "bob"])
        first = status.sessions[0]
        self.assertEqual(first.address, anna.peer)
        self.assertEqual(first.since, NOW)
        counts = (first.connects, first.queries, first.waits, first.watched)
        self.assertEqual(counts, (5, 2, 3, 4))
        self.assertEqual((first.unsent, first.conflated), (102 + 70, 7))
        expected = Totals(2, 1, 6, 4, 102 + 70 + 70, 107)
        self.assertEqual(status.totals, expected)

    def test_systems(self) -> None:
        """A system that may be away has its own state, an embedded one that of here."""
        own, plc = self.read().systems
        self.assertEqual(own, SystemStatus("System1", "embedded", True, NOW, "", 0.0))
        self.assertEqual(plc, SystemStatus("Plc", "opcua", False, NOW, "refused", 0.002))

    def test_the_process(self) -> None:
        """Version, times, memory and how late the reactor is."""
        self.bench.clock.advance(90)
        self.gateway.delay.last, self.gateway.delay.maximum = 0.001, 0.5
        status = self.read()
        process = status.gateway
        self.assertEqual((process.version, process.process), ("1.2.3", os.getpid()))
        self.assertEqual((process.started, process.uptime), (NOW, 90))
        self.assertEqual((process.reactor_delay, process.reactor_delay_max), (0.001, 0.5))
        self.assertGreater(process.memory, 10_000_000)
        self.assertEqual(status.listeners, self.gateway.urls)

    def test_files(self) -> None:
        """The backlog, the unsealed samples, and the bytes of all files."""
        self.successResultOf(self.begin_set({"K.": 1}, NOW_MS, wait=False))
        self.bench.clock.advance(0.01)
        [store] = self.read().stores
        self.assertEqual(store.system, "System1")
        self.assertGreater(store.values.waiting, 0)
        self.assertAlmostEqual(store.values.age, 0.01)
        self.assertEqual((store.archive.hot, store.archive.partitions), (0, 0))
        self.bench.clock.advance(1)
        [store] = self.read().stores
        self.assertEqual((store.values.waiting, store.values.age), (0, 0))
        self.assertEqual(store.archive.hot, 1)
        files = [one for one in Path(self.bench.directory).rglob("*") if one.is_file()]
        self.assertEqual(store.size, sum(one.stat().st_size for one in files))
