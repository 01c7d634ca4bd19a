"""The embedded system: what a set does, and what is still there after a restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from twisted.internet.defer import Deferred
from zope.interface.verify import verifyObject

from oagw.config.plantfile import (
    PlantFileError,
    parse_plant,
)
from oagw.errors import DataManagerError, NamesRefusedError, OagwError, ParameterError
from oagw.interfaces.services import Services
from oagw.interfaces.systems import (
    ISystem,
    PeriodRequest,
    SetRequest,
    Setting,
)
from oagw.model import status
from oagw.model.times import NS_PER_S
from oagw.plant.plant import Plant
from oagw.systems.embedded.build import add_missing
from oagw.systems.embedded.store import Store
from oagw.systems.embedded.system import EmbeddedSystem
from tests.systems.bench import (
    NOW,
    NOW_MS,
    PLANT,
    Bench,
    BrokenArchive,
    EmbeddedTestCase,
    at_once,
    unsliced,
)

__all__ = ["NOW_MS", "EmbeddedTestCase", "at_once"]


class ReadTests(EmbeddedTestCase):
    """What can be read of an element, and what cannot."""

    def test_is_a_system(self) -> None:
        """It has what the core asks of a system."""
        self.assertTrue(verifyObject(ISystem, self.bench.system))

    def test_an_element_that_nobody_set_has_its_default(self) -> None:
        """Its value is the type's default and its source time is 1970."""
        self.assertEqual(
            self.get("F1.", "F1.:_online.._value", "F1.:_original.._stime"), [0.0, 0.0, 0]
        )
        self.assertEqual(self.get("A.s", "A.df", "A.b"), ["", [], False])

    def test_initial_values_are_those_of_the_plant_file(self) -> None:
        """They are as old as the epoch, so anything a client sets is newer."""
        self.assertEqual(self.get("F2.", "F2.:_original.._stime"), [2.5, 0])
        self.assertEqual(self.value("pump_02.state.text"), "idle")

    def test_each_part_of_a_name_has_its_own_error(self) -> None:
        """Datapoint 7, element 8, config 9, attribute 19."""
        for name, code in (
            ("Nope.", 7),
            ("F1.nope", 8),
            ("pump_01.value", 9),
            ("pump_01.", 9),
            ("F1.:_nope.._value", 9),
            ("F1.:_online.1._value", 9),
            ("F1.:_online.._nope", 19),
            ("F1.:_offline.._value", 46),
        ):
            with self.subTest(name):
                self.assertEqual(self.error(name), code)

    def test_good_and_bad_names_are_answered_side_by_side(self) -> None:
        """One error does not hide the other values."""
        good, bad, last = self.get("F2.", "Nope.", "F1.")
        self.assertEqual((good, last), (2.5, 0.0))
        self.assertIsInstance(bad, OagwError)

    def test_an_archived_element_has_an_offline_value(self) -> None:
        """It is the present one until another is asked for by its time."""
        self.set({"K.": 4})
        self.assertEqual(self.value("K.:_offline.._value"), 4.0)


class SetTests(EmbeddedTestCase):
    """What a set changes."""

    def test_a_value_is_converted_to_the_elements_type(self) -> None:
        """The value that can be read is the element's, not the client's."""
        self.set({"F1.": "1.5", "A.b": 1, "A.i": "5", "A.s": 7, "A.df": [1, "2"]})
        self.assertEqual(
            self.get("F1.", "A.b", "A.i", "A.s", "A.df"), [1.5, True, 5, "7", [1.0, 2.0]]
        )

    def test_every_type_comes_back_as_the_wire_has_it(self) -> None:
        """What is set can be set again from what was read."""
        values: dict[str, object] = {
            "A.b": True,
            "A.c": 255,
            "A.u": 2**32 - 1,
            "A.i": -5,
            "A.f": 0.1,
            "A.w": 2**32 - 1,
            "A.w64": 2**64 - 1,
            "A.l": -(2**63),
            "A.ul": 2**64 - 1,
            "A.s": "größe",
            "A.t": NOW_MS,
            "A.d": "System1:F1.",
            "A.ls": "Pump",
            "A.x": "aGk=",
            "A.df": [1.5, 2.5],
            "A.ds": ["a", "b"],
            "A.dt": [1, 2],
            "A.dx": ["aGk="],
        }
        self.set(values)
        self.assertEqual(self.get(*values), list(values.values()))
        self.reopen()
        self.assertEqual(self.get(*values), list(values.values()))

    def test_time_user_and_status_go_with_the_value(self) -> None:
        """The source time is the server's, in whole milliseconds."""
        self.bench.clock.advance(0.0125)
        self.set({"F1.": 1})
        self.assertEqual(self.value("F1.:_original.._stime"), NOW_MS + 12)
        self.assertEqual(self.value("F1.:_original.._status64"), status.NORMAL)
        other = self.value("F1.:_original.._user")
        self.assertNotEqual(other, self.value("F2.:_original.._user"))
        self.set({"F2.": 1})
        self.assertEqual(self.value("F2.:_original.._user"), other)

    def test_a_source_time_may_be_given(self) -> None:
        """For the whole set, or for an element by its own attribute."""
        self.set({"F1.": 1}, NOW_MS - 5000)
        self.assertEqual(self.value("F1.:_online.._stime"), NOW_MS - 5000)
        self.set({"F1.": 2, "F1.:_original.._stime": NOW_MS - 10})
        self.assertEqual(self.get("F1.", "F1.:_online.._stime"), [2.0, NOW_MS - 10])

    def test_an_older_value_goes_to_the_archive_alone(self) -> None:
        """The online value stays, nobody is told, the history has it as a correction."""
        self.set({"K.": 1}, NOW_MS)
        name = self.full("K.", "_online")
        self.successResultOf(self.bench.system.watch([name]))
        self.set({"K.": 2}, NOW_MS - 1000)
        self.assertEqual(self.get("K.", "K.:_online.._stime"), [1.0, NOW_MS])
        self.assertEqual(self.changes, [])
        self.assertEqual(self.history("K."), [(NOW_MS - 1000, 2.0), (NOW_MS, 1.0)])
        found, _ = self.period("K.:_offline.._corr", "K.:_offline.._status")
        corrections, statuses = found.values()
        self.assertEqual(list(corrections.values), [True, False])
        self.assertEqual(
            list(statuses.values), [status.NORMAL | status.CORRECTION, status.NORMAL]
        )

    def test_an_older_value_without_archive_is_refused(self) -> None:
        """It would be lost: error 43."""
        self.set({"F1.": 1}, NOW_MS)
        self.assertEqual(
            self.refused({"F1.": 2}, NOW_MS - 1), {"F1.:_original.._value": 43}
        )
        both = {"F1.": 2, "F1.:_original.._stime": NOW_MS - 1}
        self.assertEqual(set(self.refused(both).values()), {43})
        self.assertEqual(self.value("F1."), 1.0)

    def test_an_equal_source_time_is_not_older(self) -> None:
        """The later of two values of one time is the present one; both are archived."""
        self.set({"K.": 1}, NOW_MS)
        self.set({"K.": 2}, NOW_MS)
        self.assertEqual(self.value("K."), 2.0)
        self.assertEqual(self.history("K."), [(NOW_MS, 1.0), (NOW_MS, 2.0)])

    def test_without_a_time_a_set_always_counts(self) -> None:
        """Also after a value from a clock that is ahead: time does not go back."""
        self.set({"F1.": 1}, NOW_MS + 60_000)
        self.set({"F1.": 2})
        self.assertEqual(self.get("F1.", "F1.:_online.._stime"), [2.0, NOW_MS + 60_000])

    def test_times_that_cannot_be_stored_are_refused(self) -> None:
        """A source time before 1970 is error 20."""
        self.assertEqual(
            self.refused({"F1.:_original.._stime": -1}), {"F1.:_original.._stime": 20}
        )

    def test_userbits_are_set_and_stay(self) -> None:
        """A new value keeps them; the value stays when a bit is set."""
        self.set({"F1.": 5})
        self.set({"F1.:_original.._userbit1": True, "F1.:_original.._userbit32": 1})
        self.set({"F1.": 6})
        self.assertEqual(
            self.get("F1.", "F1.:_online.._userbit1", "F1.:_online.._userbit2"),
            [6.0, True, False],
        )
        self.assertEqual(
            self.value("F1.:_online.._status64"),
            status.NORMAL | status.userbit(1) | status.userbit(32),
        )
        self.assertEqual(
            self.value("F1.:_online.._status"), status.NORMAL | status.userbit(1)
        )
        self.set({"F1.:_original.._userbit1": False})
        self.assertEqual(self.get("F1.", "F1.:_online.._userbit1"), [6.0, False])

    def test_virtual_bits_follow_the_real_ones(self) -> None:
        """An invalid value is bad; a new value without the bit is good again."""
        names = [
            f"F1.:_online..{bit}" for bit in ("_invalid", "_bad", "_default", "_online_bad")
        ]
        self.assertEqual(self.get(*names), [False, False, False, False])
        self.set({"F1.": 1, "F1.:_original.._exp_inv": True})
        self.assertEqual(self.get(*names), [True, True, False, True])
        self.set({"F1.": 2})
        self.assertEqual(self.get(*names), [False, False, False, False])

    def test_what_is_computed_cannot_be_set(self) -> None:
        """Only the original value can be set: error 53."""
        for name in (
            "F1.:_online.._value",
            "F1.:_offline.._value",
            "F1.:_original.._bad",
            "F1.:_original.._status",
        ):
            with self.subTest(name):
                self.assertEqual(self.refused({name: 1}), {name: 53})

    def test_a_refused_set_changes_nothing(self) -> None:
        """All settings take effect, or none; each wrong name has its own error."""
        before = self.get("F1.", "A.b", "F1.:_online.._stime")
        errors = self.refused(
            {
                "F1.": 9,
                "A.b": 1,
                "A.i": "x",
                "Nope.": 1,
                "F1.nope": 1,
                "F1.:_original.._nope": 1,
            }
        )
        self.assertEqual(
            errors,
            {
                "A.i:_original.._value": 11,
                "Nope.:_original.._value": 7,
                "F1.nope:_original.._value": 8,
                "F1.:_original.._nope": 19,
            },
        )
        self.assertEqual(self.get("F1.", "A.b", "F1.:_online.._stime"), before)
        self.reopen()
        self.assertEqual(self.get("F1.", "A.b", "F1.:_online.._stime"), before)

    def test_without_waiting_a_set_takes_effect_at_once(self) -> None:
        """The next read sees it, and so does the next start."""
        self.successResultOf(self.begin_set({"F1.": 3}, wait=False))
        self.assertEqual(self.value("F1."), 3.0)
        self.reopen()
        self.assertEqual(self.value("F1."), 3.0)

    def test_too_much_backlog_refuses_before_anything_takes_effect(self) -> None:
        """When the archive has no room the value stays as it was: error 33."""
        system = self.broken_system(has_room=False)
        name = self.full("K.")
        done = system.set(SetRequest([Setting(name, 5)], "anna"), False)
        self.failureResultOf(done, DataManagerError)
        self.assertEqual(self.successResultOf(system.get([name])), [0.0])

    def test_who_waits_learns_that_the_archive_failed(self) -> None:
        """The value is set but not durable: error 33, not success."""
        system = self.broken_system(has_room=True)
        done = system.set(SetRequest([Setting(self.full("K."), 5)], "anna"), True)
        self.failureResultOf(done, DataManagerError)

    def broken_system(self, has_room: bool) -> EmbeddedSystem:
        self.successResultOf(self.bench.system.stop())
        self.bench.store = Store(
            self.bench.directory / "system.sqlite", self.bench.clock, at_once
        )
        self.bench.system = EmbeddedSystem(
            "System1",
            self.bench.store,
            BrokenArchive(has_room),
            Services(self.bench.clock, at_once, unsliced),
        )
        self.start()
        return self.bench.system


class WatchTests(EmbeddedTestCase):
    """Who is told of what."""

    def test_watching_gives_the_present_values(self) -> None:
        """They come in the order asked for."""
        names = [self.full("F2.", "_online"), self.full("A.s", "_original")]
        self.assertEqual(self.successResultOf(self.bench.system.watch(names)), [2.5, ""])

    def test_one_set_is_one_report(self) -> None:
        """All watched attributes that an atomic set touches come together."""
        names = [
            self.full("F1.", "_online"),
            self.full("F2.", "_online"),
            self.full("F1.:_online.._stime"),
        ]
        self.successResultOf(self.bench.system.watch(names))
        self.set({"F1.": 1, "F2.": 2, "A.s": "not watched"})
        self.assertEqual(self.changes, [{names[0]: 1.0, names[1]: 2.0, names[2]: NOW_MS}])

    def test_a_set_to_the_same_value_is_reported(self) -> None:
        """Setting is an event, whatever the value was before."""
        name = self.full("F1.", "_online")
        self.successResultOf(self.bench.system.watch([name]))
        self.set({"F1.": 0})
        self.assertEqual(self.changes, [{name: 0.0}])

    def test_unwatching_ends_the_reports(self) -> None:
        """Who watches twice has to end it twice."""
        name = self.full("F1.", "_online")
        for _ in range(2):
            self.successResultOf(self.bench.system.watch([name]))
        self.bench.system.unwatch([name])
        self.set({"F1.": 1})
        self.bench.system.unwatch([name])
        self.set({"F1.": 2})
        self.assertEqual(self.changes, [{name: 1.0}])

    def test_what_cannot_be_watched_watches_nothing(self) -> None:
        """Each wrong name has its own error, and the right ones are not watched."""
        names = [
            self.full("F1.", "_online"),
            self.full("Nope.", "_online"),
            self.full("F1.:_archive.._archive"),
            self.full("K.:_offline.._value"),
        ]
        failure = self.failureResultOf(self.bench.system.watch(names), NamesRefusedError)
        self.assertEqual(
            [error.code for error in failure.value.errors.values()], [7, 53, 53]
        )
        self.set({"F1.": 1})
        self.assertEqual(self.changes, [])


class PeriodTests(EmbeddedTestCase):
    """History."""

    def test_archived_elements_have_a_history(self) -> None:
        """Each set is a value of it."""
        self.set({"K.": 1})
        self.bench.clock.advance(1)
        self.set({"K.": 2})
        self.assertEqual(self.history("K."), [(NOW_MS, 1.0), (NOW_MS + 1000, 2.0)])

    def test_initial_values_begin_no_history(self) -> None:
        """The archive begins with the first set."""
        self.assertEqual(self.history("K."), [])

    def test_archiving_can_be_switched_on_and_off(self) -> None:
        """Values are kept from the one that comes with it until it is switched off."""
        self.set({"F1.": 1})
        self.assertEqual(self.value("F1.:_archive.._archive"), False)
        self.set({"F1.:_archive.._archive": True, "F1.": 2})
        self.bench.clock.advance(1)
        self.set({"F1.": 3})
        self.assertEqual(self.value("F1.:_archive.._archive"), True)
        self.assertEqual(self.history("F1."), [(NOW_MS, 2.0), (NOW_MS + 1000, 3.0)])
        self.set({"F1.:_archive.._archive": False})
        self.set({"F1.": 4})
        self.assertEqual(len(self.history("F1.")), 2)
        self.assertEqual(self.error("F1.:_offline.._value"), 46)

    def test_switching_archiving_is_no_change_of_the_value(self) -> None:
        """The source time stays and nobody is told."""
        self.successResultOf(self.bench.system.watch([self.full("F2.", "_online")]))
        self.set({"F2.:_archive.._archive": True})
        self.assertEqual(self.value("F2.:_online.._stime"), 0)
        self.assertEqual(self.changes, [])

    def test_several_attributes_stand_side_by_side(self) -> None:
        """They have the same times, each under its complete name."""
        self.set({"K.": 1, "K.:_original.._userbit3": True})
        names = ["K.:_offline.._value", "K.:_offline.._userbit3", "K.:_offline.._stime"]
        found, errors = self.period(*names)
        self.assertEqual(errors, {})
        self.assertEqual(list(found), [f"System1:{name}" for name in names])
        self.assertEqual(
            [list(series.values) for series in found.values()], [[1.0], [True], [NOW_MS]]
        )

    def test_wrong_names_have_their_errors_beside_the_others(self) -> None:
        """What is known is answered."""
        self.set({"K.": 1})
        found, errors = self.period("K.", "Nope.", "K.:_archive.._archive")
        self.assertEqual(list(found), [self.full("K.", "_offline")])
        self.assertEqual([error.code for error in errors.values()], [7, 53])

    def test_too_many_values_are_refused(self) -> None:
        """The limit counts the values of all columns; at the limit it still works."""
        for value in range(3):
            self.set({"K.": value, "pump_01.value.speed": value})
        names = ("K.", "K.:_offline.._stime", "pump_01.value.speed")
        found, _ = self.period(*names, limit=9)
        self.assertEqual(sum(len(one.values) for one in found.values()), 9)
        request = PeriodRequest(
            [self.full(name, "_offline") for name in names], 0, 2**63 - 1, 0, 8
        )
        failure = self.failureResultOf(self.bench.system.period(request), ParameterError)
        self.assertIn("8 values", failure.value.message)


class PersistenceTests(EmbeddedTestCase):
    """What a restart keeps."""

    def test_values_times_users_and_bits_are_kept(self) -> None:
        """Everything that can be read of an element is as it was."""
        names = [
            f"F1.:_original..{attribute}"
            for attribute in ("_value", "_stime", "_status64", "_user")
        ]
        self.set({"F1.": 7, "F1.:_original.._userbit32": True}, NOW_MS - 50)
        before = self.get(*names)
        self.assertEqual(before[0], 7.0)
        for _ in range(2):
            self.reopen()
            self.assertEqual(self.get(*names), before)

    def test_the_newest_of_many_values_is_kept(self) -> None:
        """More than the journal holds, the last one wins."""
        for value in range(50):
            self.set({"F1.": value, "F2.": -value})
        self.reopen()
        self.assertEqual(self.get("F1.", "F2."), [49.0, -49.0])

    def test_archiving_and_history_are_kept(self) -> None:
        """A stored config is read again, and so is what was archived."""
        self.set({"F1.:_archive.._archive": True, "F1.": 1})
        self.set({"K.:_archive.._archive": False})
        self.reopen()
        self.assertEqual(
            self.get("F1.:_archive.._archive", "K.:_archive.._archive"), [True, False]
        )
        self.bench.clock.advance(1)
        self.set({"F1.": 2})
        self.assertEqual(self.history("F1."), [(NOW_MS, 1.0), (NOW_MS + 1000, 2.0)])

    def test_initial_values_are_given_once(self) -> None:
        """What a client has set is not overwritten by the plant file."""
        self.set({"F2.": 9})
        self.reopen()
        self.assertEqual(self.value("F2."), 9.0)

    def test_a_plant_file_may_grow(self) -> None:
        """New datapoints are made; the others keep their values."""
        self.set({"F1.": 9})
        self.bench.plant_text = PLANT.replace('"K",', '"K", "New",').replace(
            '"F2." = 2.5', '"{New,F1}." = 4.5'
        )
        self.reopen()
        self.assertEqual(self.get("New.", "F1."), [4.5, 9.0])

    def test_a_plant_file_cannot_change_what_exists(self) -> None:
        """Another definition of a type or another type of a datapoint is refused."""
        for changed, wrong in (
            (PLANT.replace('running = "bool"', 'running = "int"'), "types.Pump"),
            (PLANT.replace('All = ["A"]', 'All = ["A", "F9"]\nNone_ = ["Z"]'), "None_"),
            (PLANT.replace('"K", ', "").replace('["A"]', '["A", "K"]'), "'K' exists"),
        ):
            with self.subTest(wrong):
                with self.assertRaises(PlantFileError) as caught:
                    add_missing(parse_plant(changed), self.bench.system)
                self.assertIn(wrong, str(caught.exception))

    def test_an_initial_value_must_fit(self) -> None:
        """The error says that it comes from the values."""
        text = PLANT.replace('"F2." = 2.5', '"F2." = "much"')
        with self.assertRaises(PlantFileError) as caught:
            Bench(Path(self.mktemp()), text)
        self.assertIn("values", str(caught.exception))
        self.assertIn("F2.", str(caught.exception))

    def test_stopping_waits_for_the_values_also_when_the_archive_fails(self) -> None:
        """The file is not closed while its thread still writes to it."""
        threads: list[tuple[Callable[[], None], Deferred[None]]] = []

        def in_thread(work: Callable[[], None]) -> Deferred[None]:
            done: Deferred[None] = Deferred()
            threads.append((work, done))
            return done

        clock = self.bench.clock
        directory = Path(self.mktemp())
        Bench(directory)
        store = Store(directory / "system.sqlite", clock, in_thread)
        archive = BrokenArchive(has_room=True)
        archive.stops = False
        system = EmbeddedSystem(
            "System1", store, archive, Services(clock, at_once, unsliced)
        )
        system.set(SetRequest([Setting(self.full("F1."), 5)], "anna"), False)
        stopped = system.stop()
        self.assertNoResult(stopped)
        for work, done in threads:
            work()
            done.callback(None)
        self.failureResultOf(stopped)

    def test_what_fails_while_creating_leaves_nothing(self) -> None:
        """Datapoints and their initial values become durable together, or not at all."""
        directory = Path(self.mktemp())
        with self.assertRaises(PlantFileError):
            Bench(directory, PLANT.replace('"F2." = 2.5', '"F2." = "much"'))
        store = Store(directory / "system.sqlite", self.bench.clock, at_once)
        plant = Plant()
        store.load(plant)
        store.close()
        self.assertEqual((plant.types, plant.datapoints), ({}, {}))

    def test_source_times_keep_their_nanoseconds(self) -> None:
        """What the wire cuts off is kept inside and archived."""
        time = NOW * NS_PER_S + 123_456_789
        request = SetRequest([Setting(self.full("K."), 1)], "anna", time)
        self.successResultOf(self.bench.system.set(request, True))
        self.reopen()
        [series] = self.period("K.")[0].values()
        self.assertEqual(list(series.times), [time])
