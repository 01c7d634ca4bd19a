"""A state directory of an earlier oagw is upgraded, and nothing in it is lost."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import msgspec
from twisted.internet.defer import Deferred

from oagw.config.plantfile import (
    PlantFileError,
    parse_plant,
)
from oagw.interfaces.services import Services
from oagw.interfaces.systems import (
    NewValue,
    SetRequest,
)
from oagw.model import status
from oagw.model.changes import CreateDatapoint
from oagw.model.times import NS_PER_S
from oagw.plant.plant import Plant
from oagw.systems.embedded.plantsetup import add_missing
from oagw.systems.embedded.system import EmbeddedSystem
from oagw.systems.embedded.systemstore import SystemStore
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

_encode = msgspec.msgpack.encode

#: As version 1 wrote them: numbers of elements are those of the definition.
TYPES = {
    "Float": {"name": "Float", "type": 22, "number": 1, "children": []},
    "Pump": {
        "name": "Pump",
        "type": 1,
        "number": 1,
        "children": [
            {
                "name": "value",
                "type": 1,
                "number": 2,
                "children": [
                    {"name": "speed", "type": 22, "number": 3, "children": []},
                    {"name": "times", "type": 10, "number": 4, "children": []},
                ],
            },
            {"name": "text", "type": 25, "number": 5, "children": []},
        ],
    },
}
DATAPOINTS = [(3, "K", "Float"), (7, "pump_01", "Pump")]
K, SPEED, TIMES, TEXT = 3 * 65536 + 1, 7 * 65536 + 3, 7 * 65536 + 4, 7 * 65536 + 5
NS = NOW_MS * 1_000_000


def write_version_1(directory: Path) -> None:
    """A system's file and an archive as version 1 left them when it was killed."""
    directory.mkdir(exist_ok=True)
    schema = resources.files("oagw.systems.embedded.schema") / "0001.sql"
    database = sqlite3.connect(directory / "system.sqlite")
    with database:
        database.executescript(schema.read_text(encoding="utf-8"))
        database.execute("PRAGMA user_version = 1")
        database.executemany(
            "INSERT INTO dp_type VALUES (?, ?)",
            [(name, json.dumps(definition)) for name, definition in TYPES.items()],
        )
        database.executemany("INSERT INTO datapoint VALUES (?, ?, ?)", DATAPOINTS)
        database.execute("INSERT INTO user VALUES (1, 'anna')")
        for number in (K, SPEED):
            attributes = _encode({"_archive": True})
            row = (number, "_archive", attributes)
            database.execute("INSERT INTO config VALUES (?, ?, ?)", row)
        for number, sample in (
            (K, [1.5, NS - 5, status.NORMAL, 1]),
            (TIMES, [[NS, 0], NS, status.NORMAL, 0]),
            (TEXT, ["old", NS - 5, status.NORMAL, 1]),
        ):
            database.execute(
                "INSERT INTO last_value VALUES (?, ?)", (number, _encode(sample))
            )
        journal = [
            [SPEED, [3.5, NS, status.NORMAL | status.userbit(2), 1]],
            [TEXT, ["new", NS, status.NORMAL, 1]],
        ]
        database.execute("INSERT INTO journal (samples) VALUES (?)", (_encode(journal),))
    database.close()


class UpgradeTests(EmbeddedTestCase):
    """From schema version 1."""

    def setUp(self) -> None:
        super().setUp()
        self.successResultOf(self.bench.system.stop())
        directory = Path(self.mktemp())
        write_version_1(directory)
        self.bench = Bench(directory, "")
        self.start()

    def test_values_and_configs_are_found(self) -> None:
        """The last values, and those of the journal that are newer."""
        for when in ("first start", "second start"):
            self.assertEqual(
                self.get(
                    "K.", "pump_01.value.speed", "pump_01.value.times", "pump_01.text"
                ),
                [1.5, 3.5, [NOW_MS, 0], "new"],
                when,
            )
            self.assertEqual(
                self.get("K.:_archive.._archive", "pump_01.text:_archive.._archive"),
                [True, False],
                when,
            )
            self.assertEqual(self.value("K.:_archive.._type"), 45, when)
            self.assertEqual(self.status("pump_01.value.speed", "_userbit2"), (True,), when)
            self.assertEqual(
                self.value("K.:_online.._user"), self.bench.system.user_number("anna"), when
            )
            self.reopen()

    def test_elements_have_the_numbers_that_they_had(self) -> None:
        """So their history is theirs; new datapoints have other numbers."""
        plant = self.bench.system.plant
        found = {
            element.name: element.number
            for datapoint in plant.datapoints.values()
            for element in datapoint.elements
            if element.type.holds_value
        }
        self.assertEqual(
            found,
            {
                "K.": K,
                "pump_01.value.speed": SPEED,
                "pump_01.value.times": TIMES,
                "pump_01.text": TEXT,
            },
        )
        self.change(CreateDatapoint("New", "Float"))
        self.assertGreater(plant.datapoints["New"].number, 7)

    def test_numbers_are_in_reserve_from_the_first_start_on(self) -> None:
        """A change that a kill has undone used some; a later one gives others."""
        numbers = self.bench.system.plant.types["Pump"].numbers
        following = self.bench.system.plant.types["Pump"].next_number
        for when in ("first start", "after a kill"):
            found = self.bench.system.plant.types["Pump"]
            self.assertEqual(found.numbers, numbers, when)
            [[stored]] = self.bench.on_disk(
                "SELECT next_number FROM dp_type WHERE name = 'Pump'"
            )
            self.assertEqual(stored, found.next_number + 64, when)
            self.crash()
        self.reopen()
        found = self.bench.system.plant.types["Pump"]
        self.assertEqual(found.numbers, numbers)
        self.assertEqual(found.next_number, following + 2 * 64)

    def test_history_goes_on(self) -> None:
        """It is read and written by the same numbers as before."""
        self.set({"pump_01.value.speed": 4})
        self.assertEqual(self.bench.in_archive(), [SPEED])
        self.assertEqual(self.history("pump_01.value.speed"), [(NOW_MS, 4.0)])

    def test_the_file_has_the_present_version(self) -> None:
        """A start upgrades it once."""
        files = resources.files("oagw.systems.embedded.schema").iterdir()
        count = sum(file.name.endswith(".sql") for file in files)
        self.assertEqual(self.bench.on_disk("PRAGMA user_version"), [(count,)])


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
        """With more values than the journal holds, the last one wins."""
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
        store = SystemStore(directory / "system.sqlite", clock, in_thread)
        archive = BrokenArchive(has_room=True)
        archive.stops = False
        system = EmbeddedSystem(
            "System1", store, archive, Services(clock, at_once, unsliced)
        )
        system.set(SetRequest([NewValue(self.full("F1."), 5)], "anna"), False)
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
        store = SystemStore(directory / "system.sqlite", self.bench.clock, at_once)
        plant = Plant()
        store.load(plant)
        store.close()
        self.assertEqual((plant.types, plant.datapoints), ({}, {}))

    def test_source_times_keep_their_nanoseconds(self) -> None:
        """What the wire cuts off is kept inside and archived."""
        time = NOW * NS_PER_S + 123_456_789
        request = SetRequest([NewValue(self.full("K."), 1)], "anna", time)
        self.successResultOf(self.bench.system.set(request, True))
        self.reopen()
        [series] = self.period("K.")[0].values()
        self.assertEqual(list(series.times), [time])
