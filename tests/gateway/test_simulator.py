"""The simulation that the configuration switches on."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.defer import Deferred

from oagw.config.settings import read_settings
from oagw.gateway.simulator import Simulator
from oagw.systems.embedded.signals import SignalError
from tests.systems.bench import EmbeddedTestCase


class SimulatorTests(EmbeddedTestCase):
    def simulator(self, text: str) -> Simulator:
        settings = read_settings(f"[simulate]\nhistory = 0\n{text}", "x.ini", Path())
        return Simulator(settings.simulate, self.bench.system, self.bench.clock)

    def test_signals_set_values_while_it_runs(self) -> None:
        """From the start to the stop."""
        simulator = self.simulator("F1. = counter every=1s\n")
        before = self.value("F1.")
        self.successResultOf(Deferred.fromCoroutine(simulator.start()))
        self.bench.clock.advance(5)
        during = self.value("F1.")
        self.assertNotEqual(during, before)
        simulator.stop()
        self.bench.clock.advance(5)
        self.assertEqual(self.value("F1."), during)

    def test_switched_off_it_does_nothing(self) -> None:
        """Its signals are not even read."""
        simulator = self.simulator("enabled = no\nF1. = nonsense\n")
        self.successResultOf(Deferred.fromCoroutine(simulator.start()))
        simulator.stop()
        self.assertEqual(self.bench.clock.getDelayedCalls(), [])

    def test_a_wrong_signal_is_named(self) -> None:
        """With its pattern."""
        with self.assertRaises(SignalError) as caught:
            self.simulator("F1. = sinus\n")
        self.assertIn("[simulate] F1.: 'sinus'", str(caught.exception))
