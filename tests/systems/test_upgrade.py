"""A state directory of an earlier oagw is upgraded, and nothing in it is lost."""

from __future__ import annotations

import json
import sqlite3
from importlib import resources
from pathlib import Path

import msgspec

from oagw.model import status
from oagw.model.changes import CreateDatapoint
from tests.systems.bench import NOW_MS, Bench, EmbeddedTestCase

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
