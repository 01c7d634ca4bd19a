"""The states of systems as values of a datapoint."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from oagw.gateway.health import Health
from oagw.model.changes import CreateDatapoint
from oagw.model.systemstate import State
from tests.systems.bench import NOW_MS, EmbeddedTestCase


class HealthTests(EmbeddedTestCase):
    def begin(self, *names: str) -> list[State]:
        """A gateway that begins, with these systems behind it."""
        states = {name: State(name, error="not yet") for name in names}
        backends = {"System1": "embedded"} | dict.fromkeys(names, "winccoa")
        self.health = Health(self.bench.system, backends, states, self.bench.clock)
        self.successResultOf(Deferred.fromCoroutine(self.health.start()))
        return list(states.values())

    def shown(self, system: str) -> list[object]:
        """All elements of a system."""
        keys = ("backend", "connected", "since", "error", "latency")
        return list(self.get(*(f"_oagw.systems.{system}.{key}" for key in keys)))

    def test_each_system_has_its_state(self) -> None:
        """It changes with the system, and only what has changed is set."""
        [other] = self.begin("S2")
        self.assertEqual(self.shown("System1"), ["embedded", True, NOW_MS, "", 0.0])
        self.assertEqual(self.shown("S2"), ["winccoa", False, 0, "not yet", 0.0])
        self.watch("_oagw.systems.S2.connected", "_oagw.systems.S2.latency")
        other.connected, other.since = True, NOW_MS / 1000
        other.latency = 0.0025
        other.notify()
        self.assertEqual(self.shown("S2"), ["winccoa", True, NOW_MS, "not yet", 2.5])
        other.latency = 0.004
        other.notify()
        other.notify()
        [first, second] = self.told()
        self.assertEqual(len(first), 2)
        self.assertEqual(list(second.values()), [4.0])

    def test_the_datapoint_follows_the_configuration(self) -> None:
        """Its elements are those of the configured systems."""
        self.begin("S2", "S3")
        self.health.stop()
        self.reopen()
        self.events.clear()
        self.begin("S2", "S3")
        self.assertEqual(self.events, [])
        self.health.stop()
        self.begin("S3", "S4")
        self.assertEqual(self.error("_oagw.systems.S2.connected"), 8)
        self.assertEqual(self.shown("S4")[0], "winccoa")

    def test_a_datapoint_of_another_type(self) -> None:
        """The start goes on, and its value stays."""
        change = self.bench.system.change(CreateDatapoint("_oagw", "Float"))
        self.successResultOf(change)
        self.set({"_oagw.": 1.5})
        [other] = self.begin("S2")
        other.notify()
        self.assertEqual(self.value("_oagw."), 1.5)
        self.assertEqual(self.flushLoggedErrors(), [])
        self.health.stop()

    def test_after_the_end_nothing_is_set(self) -> None:
        """The system's files are closed then."""
        [other] = self.begin("S2")
        self.health.stop()
        other.connected = True
        other.notify()
        self.assertIs(self.value("_oagw.systems.S2.connected"), False)
