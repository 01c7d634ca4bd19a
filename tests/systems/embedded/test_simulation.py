"""The simulation drives the plant, leaves alone what clients set, and has a past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import (
    ILogObserver,
    LogEvent,
    LogLevel,
    formatEvent,
    globalLogPublisher,
)
from zope.interface import implementer

from oagw.config.quantities import duration
from oagw.model.changes import (
    ChangeType,
    CreateDatapoint,
    CreateType,
    DeleteDatapoint,
    RenameDatapoint,
)
from oagw.model.dptypes import ElementType, TypeNode
from oagw.model.samples import initial_sample
from oagw.plant.element import Element
from oagw.plant.plant import Plant
from oagw.systems.embedded.signals import (
    Signal,
    SignalError,
    SignalFunction,
    parse_signal,
)
from oagw.systems.embedded.simulation import Simulation
from tests.systems.embedded.test_system import (
    NOW_MS,
    EmbeddedTestCase,
)

HOLD = 10.0


@implementer(ILogObserver)
class Warnings:
    """What was warned of."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, event: LogEvent) -> None:
        if event["log_level"] is LogLevel.warn:
            self.texts.append(formatEvent(event))


class SimulationTestCase(EmbeddedTestCase):
    """A simulation on a clock of the test; ``warnings`` is what it has warned of since."""

    def setUp(self) -> None:
        super().setUp()
        log = Warnings()
        self.warnings = log.texts
        globalLogPublisher.addObserver(log)
        self.addCleanup(globalLogPublisher.removeObserver, log)

    def signals(self, signals: Mapping[str, str]) -> Simulation:
        """Signals by what stands in the configuration; stopped with the test."""
        parsed = {key: parse_signal(one, duration) for key, one in signals.items()}
        simulation = Simulation(self.bench.system, parsed, HOLD, self.bench.clock)
        self.addCleanup(simulation.stop)
        self.warnings.clear()
        return simulation

    def simulation(self, **signals: str) -> Simulation:
        """Signals by datapoint."""
        return self.signals({f"{name}.": one for name, one in signals.items()})

    def keyed(self, **signals: str) -> Simulation:
        """Signals by what stands in the configuration: ``__`` is a dot."""
        return self.signals({key.replace("__", "."): one for key, one in signals.items()})

    def advance(self, seconds: int) -> None:
        self.bench.clock.pump([1.0] * seconds)

    def element(self, name: str) -> Element:
        datapoint, path = name.split(".", 1)
        return self.bench.system.plant.element(datapoint, path, name)

    def make_history(self, simulation: Simulation, seconds: float, step: float) -> int:
        work = simulation.make_history(self.bench.archive, seconds, step)
        return self.successResultOf(Deferred.fromCoroutine(work))


class SimulationTests(SimulationTestCase):
    """Which elements the simulation drives, how and when."""

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

    def test_a_refused_value_leaves_the_others_alone(self) -> None:
        """One out of its range is left out, with a warning; the others miss no value."""
        self.set({"F1.:_pv_range.._max": 2})
        self.simulation(F1="counter max=100", F2="counter").start()
        self.advance(6)
        self.assertEqual(self.get("F1.", "F2."), [2.0, 8.0])
        self.assertEqual(len(self.warnings), 1)

    def test_a_signal_that_fails_leaves_the_others_alone(self) -> None:
        """It is left out and logged once; the others miss no value and have a history."""

        def fail(time: float, last: object) -> object:
            raise OverflowError("too large")

        simulation = self.simulation(F1="counter", F2="counter")
        group = simulation._by_pace[1.0]
        element = self.element("F1.")
        group[element] = replace(group[element], function=fail)
        self.make_history(simulation, 10, 1)
        simulation.start()
        self.advance(6)
        self.assertEqual(self.get("F1.", "F2."), [0.0, 18.0])
        self.assertEqual(len(self.flushLoggedErrors(OverflowError)), 1)
        simulation._left_out.clear()
        self.advance(6)
        self.assertEqual(self.get("F1.", "F2."), [0.0, 24.0])
        self.assertEqual(len(self.flushLoggedErrors(OverflowError)), 1)

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
        self.signals({"F*.": "counter step=1", "F2.": "counter step=100"}).start()
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
        """It follows from the value's own user and time."""
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

    def test_history_begins_with_1970_at_the_earliest(self) -> None:
        """Whatever it is asked for: there are no earlier times."""
        simulation = self.simulation(F1="counter")
        self.make_history(simulation, 5e9, 1e8)
        self.assertEqual(self.history("F1.")[0], (0, 1))

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
        element = self.element("F1.")
        element.sample = initial_sample(element.type)
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
        """So clients' values can be distinguished from them."""
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
        simulation = self.simulation(Nope="counter", F1="counter")
        simulation.start()
        self.advance(10)
        simulation.stop()
        self.assertEqual(self.value("F1."), 10.0)


class ChangingPlantTests(SimulationTestCase):
    """Datapoints come, go and become others while the simulation runs."""

    def come_and_go(self, number: int) -> None:
        """A datapoint is made, another renamed, another deleted."""
        self.change(CreateDatapoint(f"N{number}", "Float"))
        if number > 0:
            self.change(RenameDatapoint(f"N{number - 1}", f"M{number - 1}"))
        if number > 1:
            self.change(DeleteDatapoint(f"M{number - 2}"))

    def test_new_datapoints_come_to_life(self) -> None:
        """A datapoint that is created during the simulation is driven a second later."""
        self.keyed(F__="counter", float="counter").start()
        self.change(CreateDatapoint("F7", "Float"))
        self.advance(4)
        self.assertEqual(self.value("F7."), 3.0)
        self.assertTrue(self.value("F7.:_archive.._archive"))

    def test_new_datapoints_have_the_signals_that_all_have(self) -> None:
        """The later of two patterns wins, and a pattern before a type."""
        signals = {
            "float": "counter step=1",
            "G*.": "counter step=10",
            "G2.": "counter step=100",
        }
        self.signals(signals).start()
        self.change(*(CreateDatapoint(name, "Float") for name in ("G1", "G2", "H", "_H")))
        self.advance(2)
        self.assertEqual(self.get("G1.", "G2.", "H.", "_H."), [10.0, 100.0, 1.0, 0.0])

    def test_a_slow_signal_keeps_its_pace(self) -> None:
        """It has a value each ten seconds, whatever changes in between."""
        self.signals({"F1.": "counter every=10s", "{M,N}*.": "counter every=10s"}).start()
        for number in range(12):
            self.come_and_go(number)
            self.advance(5)
        self.assertEqual(
            self.history("F1."),
            [(NOW_MS + n * 10_000, float(n)) for n in range(1, 7)],
        )

    def test_a_walk_goes_on(self) -> None:
        """Its steps are the same as without a break."""
        walk = parse_signal("walk", duration).function("F1.", ElementType.FLOAT)
        self.signals({"*.": "walk"}).start()
        last: object = 0.0
        for number in range(10):
            self.come_and_go(number)
            self.advance(3)
            for _ in range(3):
                last = walk(0, last)
            self.assertEqual(self.value("F1."), last)

    def test_a_deleted_datapoint_leaves_the_others_alone(self) -> None:
        """The other elements of its pace miss no value."""
        self.simulation(F1="counter", F2="counter").start()
        self.change(DeleteDatapoint("F1"))
        self.advance(5)
        self.assertEqual(self.value("F2."), 7.0)
        self.assertEqual(self.warnings, [])

    def test_only_what_came_is_looked_at(self) -> None:
        """A new datapoint costs the same in a plant of many driven elements."""
        self.change(*(CreateDatapoint(f"N{number}", "Float") for number in range(200)))
        self.signals({"N*.": "counter", "*1.": "walk", "float": "walk"}).start()
        self.change(CreateDatapoint("N1001", "Float"))
        found, built = self.looked_at()
        self.advance(2)
        self.assertEqual((set(found), built), ({"N1001."}, ["N1001."]))
        self.assertNotEqual(self.value("N1001."), 0.0)

    def looked_at(self) -> tuple[list[str], list[str]]:
        """Elements that a pattern finds from now on, and those that get a signal."""
        found: list[str] = []
        built: list[str] = []
        elements, function = Plant.elements, Signal.function

        def find(plant: Plant, *args: Any, **kwargs: Any) -> Iterator[Element]:
            for element in elements(plant, *args, **kwargs):
                found.append(element.name)
                yield element

        def build(signal: Signal, name: str, kind: ElementType) -> SignalFunction:
            built.append(name)
            return function(signal, name, kind)

        self.patch(Plant, "elements", find)
        self.patch(Signal, "function", build)
        return found, built

    def test_many_changes_are_looked_at_once(self) -> None:
        """The names gather for a second."""
        self.signals({"N*.": "counter"}).start()
        _, built = self.looked_at()
        for number in range(9):
            self.change(CreateDatapoint(f"N{number}", "Float"))
            self.later(0.1)
        self.assertEqual(built, [])
        self.later(0.2)
        self.assertEqual(sorted(built), [f"N{number}." for number in range(9)])

    def test_a_misfit_at_run_time_is_a_warning(self) -> None:
        """Only the element that the signal does not fit is left out."""
        root = TypeNode(
            "value",
            ElementType.STRUCT,
            0,
            (TypeNode("speed", ElementType.STRING), TypeNode("running", ElementType.BOOL)),
        )
        odd = TypeNode("Odd", ElementType.STRUCT, 0, (root,))
        signals = {
            "pump_*.value.speed": "counter",
            "pump_*.value.running": "square phase=0",
        }
        self.signals(signals).start()
        self.change(CreateType(odd), CreateDatapoint("pump_99", "Odd"))
        self.advance(10)
        self.assertEqual(self.get("pump_01.value.speed", "pump_99.value.speed"), [10.0, ""])
        self.assertNotEqual(self.value("pump_99.value.running:_original.._stime"), 0)
        self.assertFalse(self.value("pump_99.value.speed:_archive.._archive"))
        [warning] = self.warnings
        self.assertIn("'pump_99.value.speed', a string", warning)

    def test_bounds_that_are_none_are_a_warning_too(self) -> None:
        """A value range too wide for a walk does not keep others from being seen."""
        self.signals({"N*.": "walk"}).start()
        self.change(CreateDatapoint("N1", "Float"), CreateDatapoint("N2", "Float"))
        self.set({"N1.:_pv_range.._min": -1.7e308, "N1.:_pv_range.._max": 1.7e308})
        self.advance(3)
        self.assertEqual(self.value("N1."), 0.0)
        self.assertNotEqual(self.value("N2.:_online.._stime"), 0)
        [warning] = self.warnings
        self.assertIn("finite", warning)

    def test_a_new_datapoint_that_refuses_costs_the_others_nothing(self) -> None:
        """They get their values in the same second."""
        self.signals({"F2.": "counter", "N*.": "counter max=9 step=5"}).start()
        self.change(CreateDatapoint("N1", "Float"))
        self.set({"N1.:_pv_range.._max": 4})
        self.advance(6)
        self.assertEqual(self.get("N1.", "F2."), [0.0, 8.0])

    def test_a_refused_element_comes_back_with_its_datapoint(self) -> None:
        """Deleted and made again it is driven, and only then."""
        self.set({"F1.:_pv_range.._max": 2})
        self.simulation(F1="counter max=100").start()
        self.advance(5)
        self.change(CreateDatapoint("N1", "Float"))
        self.set({"F1.:_pv_range.._max": 50})
        self.advance(5)
        self.assertEqual(self.value("F1."), 2.0)
        self.change(DeleteDatapoint("F1"), CreateDatapoint("F1", "Float"))
        self.advance(5)
        self.assertEqual(self.value("F1."), 4.0)

    def test_a_refused_element_comes_back_with_its_type(self) -> None:
        """Its datapoint has other elements now: that is a reason to try again."""
        self.set({"pump_01.value.speed:_pv_range.._max": 2})
        self.signals({"pump_01.value.speed": "counter max=100"}).start()
        self.advance(5)
        self.set({"pump_01.value.speed:_pv_range.._max": 50})
        self.change(ChangeType(self.pump(TypeNode("level", ElementType.FLOAT))))
        self.advance(5)
        self.assertEqual(self.value("pump_01.value.speed"), 6.0)

    def pump(self, *more: TypeNode) -> TypeNode:
        """The type Pump with more elements."""
        root = self.bench.system.plant.types["Pump"].root
        return replace(root, children=(*root.children, *more))

    def test_a_type_with_other_elements_is_seen(self) -> None:
        """New elements are driven, those that stay walk on, deleted ones stop."""
        walk = parse_signal("walk", duration).function(
            "pump_01.value.speed", ElementType.FLOAT
        )
        self.signals({"pump_*.**.{speed,level}": "walk"}).start()
        self.advance(3)
        self.change(ChangeType(self.pump(TypeNode("level", ElementType.FLOAT))))
        self.advance(3)
        self.assertNotEqual(self.value("pump_02.level:_online.._stime"), 0)
        self.change(ChangeType(self.pump_without("level")))
        self.advance(3)
        last: object = 0.0
        # Nothing is set between a change and the look at it.
        for _ in range(7):
            last = walk(0, last)
        self.assertEqual(self.value("pump_01.value.speed"), last)

    def pump_without(self, name: str) -> TypeNode:
        root = self.bench.system.plant.types["Pump"].root
        return replace(root, children=tuple(c for c in root.children if c.name != name))

    def test_an_element_of_another_type_is_another_one(self) -> None:
        """A signal that fits it no longer leaves it out."""
        self.signals({"F1.": "counter", "A.i": "counter"}).start()
        self.advance(2)
        self.change(ChangeType(TypeNode("Float", ElementType.STRING)))
        self.advance(2)
        text = self.value("F1.")
        self.advance(3)
        self.assertEqual(self.get("F1.", "A.i"), [text, 7])
        self.assertIn("a string", self.warnings[-1])

    def test_a_renamed_datapoint_is_what_it_is_called(self) -> None:
        """It has the signals of its new name, and none if that has none."""
        self.signals({"F1.": "counter", "N*.": "counter step=10"}).start()
        self.advance(1)
        self.change(RenameDatapoint("F1", "N1"))
        self.advance(3)
        self.assertEqual(self.value("N1."), 21.0)
        self.change(RenameDatapoint("N1", "Other"))
        self.advance(3)
        self.assertEqual(self.value("Other."), 21.0)
        self.change(RenameDatapoint("Other", "F1"))
        self.advance(3)
        self.assertEqual(self.value("F1."), 23.0)

    def test_one_that_takes_the_name_of_another_is_driven(self) -> None:
        """Deleted and renamed within a second: what has the name then counts."""
        self.signals({"F*.": "counter"}).start()
        self.change(DeleteDatapoint("F1"), RenameDatapoint("F2", "F1"))
        self.advance(4)
        self.assertEqual(self.value("F1."), 5.0)
        self.change(CreateDatapoint("F2", "Float"))
        self.advance(4)
        self.assertEqual(self.value("F2."), 3.0)

    def test_a_pace_lasts_as_long_as_its_elements(self) -> None:
        """A new one begins with its first element, and ends with its last."""
        simulation = self.signals({"F1.": "counter every=100s", "N*.": "counter every=2s"})
        simulation.start()
        self.change(CreateDatapoint("N1", "Float"))
        self.advance(5)
        self.assertEqual(self.value("N1."), 2.0)
        self.assertEqual(set(simulation._loops), {100.0, 2.0})
        self.change(DeleteDatapoint("N1"))
        self.advance(5)
        self.assertEqual(set(simulation._loops), {100.0})
        self.change(CreateDatapoint("N1", "Float"))
        self.advance(5)
        self.assertEqual(self.value("N1."), 2.0)

    def test_what_comes_before_the_start_is_seen(self) -> None:
        """While the history is made others may change what there is."""
        simulation = self.keyed(float="counter")
        self.change(CreateDatapoint("N1", "Float"), DeleteDatapoint("F1"))
        self.advance(5)
        self.assertEqual(self.value("N1."), 0.0)
        simulation.start()
        self.advance(3)
        self.assertEqual(self.get("N1.", "F2."), [2.0, 5.0])

    def test_after_stopping_nothing_is_looked_at(self) -> None:
        """What came just before the end is not driven any more."""
        others = list(self.bench.system.on_structure)
        simulation = self.keyed(float="counter")
        simulation.start()
        self.change(CreateDatapoint("N1", "Float"))
        simulation.stop()
        self.change(CreateDatapoint("N2", "Float"))
        self.advance(5)
        self.assertEqual(self.get("N1.", "N2.", "F1."), [0.0, 0.0, 0.0])
        self.assertEqual(self.bench.system.on_structure, others)


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
