"""The datapoint of the gateway's own status."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from zope.interface import implementer

from oagw.gateway.internaldatapoints import STATUS
from oagw.gateway.statusdatapoint import StatusDatapoint
from oagw.model.changes import (
    ChangeType,
    CreateDatapoint,
    DeleteDatapoint,
    DeleteType,
    RenameDatapoint,
    StructureChange,
)
from oagw.model.dptypes import ElementType, TypeNode
from tests.gateway.monitoring import FakeGateway
from tests.systems.bench import NOW_MS, EmbeddedTestCase


class StatusDatapointTests(EmbeddedTestCase):
    """Over the embedded system that has it."""

    def setUp(self) -> None:
        super().setUp()
        self.begin()

    def begin(self) -> None:
        """A gateway that begins."""
        self.gateway = FakeGateway(self.bench, {})
        self.shown = StatusDatapoint(
            self.bench.system, self.gateway.reader, self.bench.clock
        )
        self.successResultOf(Deferred.fromCoroutine(self.shown.start()))
        self.addCleanup(lambda: self.shown.stop())

    def shown_value(self, element: str) -> object:
        """The present value of an element."""
        return self.value(f"{STATUS}.{element}")

    def test_it_is_refreshed_every_few_seconds(self) -> None:
        """Subscribers are sent what has changed, and nothing else."""
        self.assertEqual(self.shown_value("version"), "1.2.3")
        self.assertEqual(self.shown_value("started"), NOW_MS)
        self.assertEqual(self.shown_value("sessions"), 0)
        names = ("sessions", "connects", "unsentBytes", "conflated", "liveQueries")
        self.watch(*(f"{STATUS}.{name}" for name in names))
        self.gateway.connect("anna", 5)
        self.bench.clock.advance(4.9)
        self.assertEqual(self.told(), [])
        self.bench.clock.advance(0.1)
        [first] = self.told()
        self.assertEqual(list(first.values()), [1, 5, 2, 70])
        self.bench.clock.advance(5)
        self.assertEqual(self.told(), [])

    def test_delays_are_in_milliseconds(self) -> None:
        """As the latencies of systems are."""
        self.gateway.delay.last, self.gateway.delay.maximum = 0.002, 0.25
        self.bench.clock.advance(5)
        self.assertEqual(self.shown_value("reactorDelay"), 2)
        self.assertEqual(self.shown_value("reactorDelayMax"), 250)

    def test_a_refresh_writes_nothing(self) -> None:
        """Neither the store nor the archive gets a value, even if it is configured."""
        name = f"{STATUS}.sessions"
        self.set({f"{name}:_archive.._archive": True})
        self.bench.clock.advance(1)
        before = self.gateway.archive.facts()
        self.gateway.connect("anna", 5)
        self.bench.clock.advance(5)
        self.assertEqual(self.shown_value("sessions"), 1)
        self.assertEqual(self.bench.system.store.backlog().waiting, 0)
        self.assertEqual(self.gateway.archive.facts(), before)
        self.shown.stop()
        self.reopen()
        self.assertEqual(self.shown_value("sessions"), 0)

    def test_functions_of_it_are_stored(self) -> None:
        """What is computed from a status is a value like any other."""
        function = f"System1:{STATUS}.sessions:_online.._value"
        self.set({"F1.:_dp_fct.._param": [function], "F1.:_dp_fct.._fct": "p1 * 10"})
        self.gateway.connect("anna", 5)
        self.bench.clock.advance(5)
        self.assertEqual(self.value("F1."), 10)
        self.bench.clock.advance(1)
        self.shown.stop()
        self.reopen()
        self.assertEqual(self.value("F1."), 10)

    def test_a_restart_goes_on_with_it(self) -> None:
        """The type and the datapoint are created once."""
        self.shown.stop()
        self.reopen()
        self.events.clear()
        self.begin()
        self.assertEqual(self.events, [])
        self.assertEqual(self.shown_value("version"), "1.2.3")

    def test_values_of_clients_do_not_stay(self) -> None:
        """The next refresh sets the true value again."""
        self.set({f"{STATUS}.version": "0.0.0", f"{STATUS}.sessions": 77})
        self.bench.clock.advance(5)
        self.assertEqual(self.shown_value("version"), "1.2.3")
        self.assertEqual(self.shown_value("sessions"), 0)

    def test_it_is_created_again(self) -> None:
        """After somebody has deleted it, with its type, renamed it or changed its type."""
        flat = TypeNode("_OagwStatus", ElementType.FLOAT)
        ways: tuple[list[StructureChange], ...] = (
            [DeleteDatapoint(STATUS)],
            [DeleteDatapoint(STATUS), DeleteType("_OagwStatus")],
            [RenameDatapoint(STATUS, "Old")],
            [ChangeType(flat)],
        )
        for changes in ways:
            for change in changes:
                self.change(change)
            self.bench.clock.advance(5)
            self.bench.clock.advance(5)
            self.assertEqual(self.shown_value("version"), "1.2.3")
        self.assertEqual(self.flushLoggedErrors(), [])

    def test_a_datapoint_of_another_type(self) -> None:
        """The log says it once, a start goes on, and its end brings the status back."""
        self.change(DeleteDatapoint(STATUS))
        self.change(CreateDatapoint(STATUS, "Float"))
        self.set({f"{STATUS}.": 1.5})
        self.shown.stop()
        lines: list[str] = []

        @implementer(ILogObserver)
        def hear(event: LogEvent) -> None:
            lines.append(formatEvent(event))

        globalLogPublisher.addObserver(hear)
        self.addCleanup(globalLogPublisher.removeObserver, hear)
        self.begin()
        self.bench.clock.advance(5)
        self.bench.clock.advance(5)
        self.assertEqual(self.value(f"{STATUS}."), 1.5)
        [line] = lines
        self.assertIn("_oagw_status has no values", line)
        self.assertIn("the type 'Float'", line)
        self.change(DeleteDatapoint(STATUS))
        self.bench.clock.advance(5)
        self.assertEqual(self.shown_value("version"), "1.2.3")

    def test_after_the_end_nothing_is_set(self) -> None:
        """The system's files are closed then."""
        self.shown.stop()
        self.gateway.connect("anna", 5)
        self.bench.clock.advance(60)
        self.assertEqual(self.shown_value("sessions"), 0)
