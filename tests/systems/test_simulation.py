"""The simulation drives the plant, leaves alone what clients set, and has a past."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.defer import Deferred

from oagw.config import duration
from oagw.model.samples import initial_sample
from oagw.model.structure import CreateDatapoint, DeleteDatapoint
from oagw.systems.embedded.signals import SignalError, parse_signal
from oagw.systems.embedded.simulation import Simulation
from tests.systems.test_embedded import NOW_MS, EmbeddedTestCase

HOLD = 10.0


class SimulationTests(EmbeddedTestCase):
    """A simulation on a clock of the test."""

    def simulation(self, **signals: str) -> Simulation:
        """Signals by datapoint; started and stopped with the test."""
        parsed = {f"{name}.": parse_signal(one, duration) for name, one in signals.items()}
        simulation = Simulation(self.bench.system, parsed, HOLD, self.bench.clock)
        self.addCleanup(simulation.stop)
        return simulation

    def keyed(self, **signals: str) -> Simulation:
        """Signals by what stands in the configuration: ``__`` is a dot."""
        parsed = {
            key.replace("__", "."): parse_signal(one, duration)
            for key, one in signals.items()
        }
        simulation = Simulation(self.bench.system, parsed, HOLD, self.bench.clock)
        self.addCleanup(simulation.stop)
        return simulation

    def advance(self, seconds: int) -> None:
        self.bench.clock.pump([1.0] * seconds)

    def make_history(self, simulation: Simulation, seconds: float, step: float) -> int:
        work = simulation.make_history(self.bench.archive, seconds, step)
        return self.successResultOf(Deferred.fromCoroutine(work))

    def test_a_type_drives_its_elements_that_no_pattern_names(self) -> None:
        """The key float is a signal for all floats, but patterns come first."""
        self.keyed(float="counter", F2__="counter step=5").start()
        self.advance(1)
        values = [self.value(name) for name in ("F1.", "F2.", "A.f", "A.i")]
        self.assertEqual(values, [1.0, 7.0, 1.0, 0])
        self.assertEqual(self.value("_Internal."), 0.0)

    def test_bounds_are_those_of_the_value_range(self) -> None:
        """A walk without bounds stays within _pv_range; one with bounds keeps its own."""
        for name in ("F1.", "F2."):
            self.set({f"{name}:_pv_range.._min": 40, f"{name}:_pv_range.._max": 42})
        self.keyed(float="walk", F2__="ramp min=41 max=41.5").start()
        seen = set()
        for _ in range(50):
            self.advance(1)
            seen.add(self.value("F1."))
            self.assertTrue(41 <= float(str(self.value("F2."))) <= 41.5)
        self.assertTrue(all(40 <= float(str(one)) <= 42 for one in seen), seen)
        self.assertGreater(len(seen), 5)

    def test_new_datapoints_come_to_life(self) -> None:
        """What is made while the simulation runs is driven a second later."""
        self.keyed(F__="counter", float="counter").start()
        change = CreateDatapoint("F7", "Float")
        self.successResultOf(self.bench.system.change(change))
        self.advance(4)
        self.assertGreater(float(str(self.value("F7."))), 0)

    def test_a_deleted_datapoint_leaves_the_others_alone(self) -> None:
        """The other elements of its pace go on."""
        self.simulation(F1="counter", F2="counter").start()
        self.successResultOf(self.bench.system.change(DeleteDatapoint("F1")))
        self.advance(5)
        self.assertGreater(float(str(self.value("F2."))), 2.5)

    def test_a_refused_value_leaves_the_others_alone(self) -> None:
        """An element that is out of its range is left out, with a warning."""
        self.set({"F1.:_pv_range.._max": 2})
        self.simulation(F1="counter max=100", F2="counter").start()
        self.advance(6)
        self.assertEqual(self.value("F1."), 2.0)
        self.assertGreater(float(str(self.value("F2."))), 6)

    def test_elements_get_values_at_their_pace(self) -> None:
        """Each element is set as often as its signal says, from the first interval on."""
        self.simulation(F1="counter", F2="counter every=5s").start()
        self.assertEqual(self.value("F1."), 0.0)
        self.advance(10)
        self.assertEqual(self.get("F1.", "F2."), [10.0, 4.0])
        self.assertEqual(self.value("F1.:_online.._stime"), NOW_MS + 10_000)

    def test_elements_of_one_pace_are_set_together(self) -> None:
        """One atomic set, so one report."""
        names = [self.full("F1.", "_online"), self.full("F2.", "_online")]
        self.successResultOf(self.bench.system.watch(names))
        self.simulation(F1="counter", F2="counter").start()
        self.advance(2)
        self.assertEqual([set(change) for change in self.changes], [set(names)] * 2)

    def test_the_later_of_two_signals_wins(self) -> None:
        """Patterns may overlap."""
        signals = {
            "F*.": parse_signal("counter step=1", duration),
            "F2.": parse_signal("counter step=100", duration),
        }
        simulation = Simulation(self.bench.system, signals, HOLD, self.bench.clock)
        self.addCleanup(simulation.stop)
        simulation.start()
        self.advance(1)
        self.assertEqual(self.get("F1.", "F2."), [1.0, 102.0])

    def test_what_a_client_sets_is_left_alone_for_a_while(self) -> None:
        """After the hold time the signal goes on from there; others never stop."""
        self.simulation(F1="counter", F2="counter").start()
        self.advance(3)
        self.set({"F1.": 100})
        self.advance(int(HOLD) - 1)
        self.assertEqual(self.get("F1.", "F2."), [100.0, 14.0])
        self.advance(2)
        self.assertEqual(self.value("F1."), 102.0)

    def test_each_set_of_a_client_begins_the_hold_anew(self) -> None:
        """Who sets again within it is left alone from then on."""
        self.simulation(F1="counter").start()
        self.set({"F1.": 100})
        self.advance(8)
        self.set({"F1.": 200})
        self.advance(8)
        self.assertEqual(self.value("F1."), 200.0)

    def test_the_hold_outlasts_a_restart(self) -> None:
        """It is told from the value's own user and time."""
        self.simulation(F1="counter").stop()
        self.set({"F1.": 100})
        self.reopen()
        self.simulation(F1="counter").start()
        self.advance(int(HOLD) - 1)
        self.assertEqual(self.value("F1."), 100.0)
        self.advance(1)
        self.assertEqual(self.value("F1."), 101.0)

    def test_simulated_elements_are_archived(self) -> None:
        """Their archiving is switched on, and each value is kept."""
        self.simulation(F1="counter").start()
        self.assertEqual(self.value("F1.:_archive.._archive"), True)
        self.advance(3)
        self.assertEqual(
            self.history("F1."),
            [(NOW_MS + 1000, 1.0), (NOW_MS + 2000, 2.0), (NOW_MS + 3000, 3.0)],
        )

    def test_history_reaches_back_as_far_as_asked(self) -> None:
        """There is a value for each step, the newest before now."""
        simulation = self.simulation(F1="counter")
        self.assertEqual(self.make_history(simulation, 60, 10), 6)
        times = [time - NOW_MS for time, _ in self.history("F1.")]
        self.assertEqual(times, [-60_000, -50_000, -40_000, -30_000, -20_000, -10_000])
        self.assertEqual([value for _, value in self.history("F1.")], [1, 2, 3, 4, 5, 6])

    def test_the_present_follows_on_from_the_past(self) -> None:
        """A counter does not jump when the simulation starts."""
        simulation = self.simulation(F1="counter")
        self.make_history(simulation, 60, 10)
        self.assertEqual(self.value("F1."), 6.0)
        simulation.start()
        self.advance(1)
        self.assertEqual(self.value("F1."), 7.0)

    def test_history_has_no_more_values_than_the_signal(self) -> None:
        """A signal that is slower than the step keeps its own pace."""
        simulation = self.simulation(F1="counter every=30s")
        self.assertEqual(self.make_history(simulation, 60, 10), 2)

    def test_history_is_made_once(self) -> None:
        """An element that was ever set, by anyone, has its own past."""
        self.set({"F2.": 1})
        simulation = self.simulation(F1="counter", F2="counter")
        self.assertEqual(self.make_history(simulation, 60, 10), 6)
        self.assertEqual(self.make_history(simulation, 60, 10), 0)
        self.assertEqual(self.history("F2."), [])
        self.reopen()
        self.assertEqual(self.make_history(self.simulation(F1="counter"), 60, 10), 0)

    def test_history_of_a_start_that_was_killed_is_not_made_again(self) -> None:
        """What the archive has already is taken as the past, and the present follows it."""
        simulation = self.simulation(F1="counter")
        self.make_history(simulation, 60, 10)
        [driven] = simulation._driven
        driven.element.sample = initial_sample(driven.kind)
        self.assertEqual(self.make_history(simulation, 60, 10), 0)
        self.assertEqual(len(self.history("F1.")), 6)
        self.assertEqual(self.value("F1."), 6.0)

    def test_after_stopping_nothing_is_set(self) -> None:
        """The elements stay as they are."""
        simulation = self.simulation(F1="counter")
        simulation.start()
        self.advance(2)
        simulation.stop()
        self.advance(5)
        self.assertEqual(self.value("F1."), 2.0)

    def test_values_of_the_simulation_have_a_user_of_their_own(self) -> None:
        """So clients' values can be told from them."""
        self.simulation(F1="counter").start()
        self.advance(1)
        self.set({"F2.": 1})
        self.assertNotEqual(
            self.value("F1.:_online.._user"), self.value("F2.:_online.._user")
        )

    def test_a_value_with_a_time_ahead_is_not_held(self) -> None:
        """A client whose clock is wrong does not stop the simulation for years."""
        self.simulation(F1="counter").start()
        self.successResultOf(self.begin_set({"F1.": 50}, NOW_MS + 3_600_000))
        self.advance(1)
        self.assertEqual(self.value("F1."), 51.0)

    def test_a_signal_must_fit_the_element(self) -> None:
        """The error names the element and its type."""
        signals = {"A.s": parse_signal("sine", duration)}
        with self.assertRaises(SignalError) as caught:
            Simulation(self.bench.system, signals, HOLD, self.bench.clock)
        self.assertIn("A.s", str(caught.exception))
        self.assertIn("string", str(caught.exception))

    def test_bounds_must_fit_a_whole_type(self) -> None:
        """What could not be set is refused before anything runs."""
        signals = {"A.c": parse_signal("sine min=0 max=300", duration)}
        with self.assertRaises(SignalError) as caught:
            Simulation(self.bench.system, signals, HOLD, self.bench.clock)
        self.assertIn("A.c", str(caught.exception))
        self.assertIn("300", str(caught.exception))

    def test_a_pattern_may_name_nothing(self) -> None:
        """The demo's signals do not keep a plant of one's own from starting."""
        simulation = self.simulation(Nope="counter")
        simulation.start()
        self.bench.clock.advance(10)
        simulation.stop()


class DirectoryTests(EmbeddedTestCase):
    """The files that a simulation leaves."""

    def test_history_is_on_disk_when_it_is_made(self) -> None:
        """A gateway that starts again right after has it."""
        signals = {"F1.": parse_signal("counter", duration)}
        simulation = Simulation(self.bench.system, signals, HOLD, self.bench.clock)
        work = simulation.make_history(self.bench.archive, 30, 10)
        self.assertEqual(self.successResultOf(Deferred.fromCoroutine(work)), 3)
        self.reopen()
        self.assertEqual(len(self.history("F1.")), 3)
        self.assertTrue(Path(self.bench.directory / "archive.sqlite").exists())
