"""Damaged files: the place is named, what is whole is kept, and no value is wrong."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.enginetable import engine_of
from oagw.cli.clierrors import CommandError
from oagw.cli.stoppedgateway import result_of
from oagw.cli.storerepair import repair_all
from oagw.errors import OagwError
from oagw.gateway.stores import mismatches
from oagw.interfaces.systems import NewValue, SetRequest
from oagw.model.changes import CreateType
from oagw.model.dptypes import ElementType, TypeNode
from oagw.model.times import LAST
from tests.gateway.test_stores import Gateway

_LAST = "(SELECT max(id) FROM batch)"
_NAMES = [f"D{number}" for number in range(12)]
_HOT, _MONTH, _SYSTEM = "archive/hot.sqlite", "archive/1970-01.sqlite", "system.sqlite"


def _changed(statement: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        database = sqlite3.connect(path)
        with database:
            database.execute(statement)
        database.close()

    return change


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:9000])


def _overwritten(path: Path) -> None:
    path.write_bytes(b"text" * 5000)


def _flipped(seed: int) -> Callable[[Path], None]:
    """Flip a bit of a random byte."""

    def change(path: Path) -> None:
        data, chance = bytearray(path.read_bytes()), random.Random(seed)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)

    return change


class DamageTestCase(SynchronousTestCase):
    timeout = 120

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        (self.directory / "whole").mkdir()
        self.whole = Gateway(self.directory / "whole", seal=1000)
        self.whole.begin(*_NAMES)
        with self.whole.started() as parts:
            for number, name in enumerate(_NAMES):
                setting = NewValue(f"System1:{name}.:_original.._value", number + 0.5)
                result_of(parts.system.set(SetRequest([setting], "root"), True))
                # Some of them are sealed then, the last ones are not.
                self.whole.archive(parts, name, *(at / 4 for at in range(100)))
        copy = self.whole.copy(self.directory / "copy")
        self.right = self.look(copy)

    def look(self, gateway: Gateway) -> dict[str, object]:
        """All that it has: by name, and what it says cannot be read is left out."""
        found: dict[str, object] = {}
        with gateway.started() as parts:
            for name in parts.system.plant.datapoints:
                element = gateway.element(parts, name)
                found[name] = element.sample.value if element.sample else None
                edges = np.array([0, 30, 200], np.int64)
                try:
                    read = parts.archive.read(element.number, 0, LAST, 0, 1000)
                    found[f"{name} archived"] = [one.value for one in result_of(read)]
                    extremes = result_of(parts.archive.extremes(element.number, edges))
                    found[f"{name} extremes"] = extremes and extremes.high.tolist()
                except OagwError as error:
                    self.assertIn(".sqlite", error.message)
        return found

    def damaged(self, name: str, change: Callable[[Path], None]) -> Gateway:
        gateway = self.whole.copy(Path(tempfile.mkdtemp(dir=self.directory)) / "state")
        change(gateway.state / name)
        return gateway


class DamageTests(DamageTestCase):
    def test_where_the_damage_is(self) -> None:
        """A start that cannot be right is refused in a line with place and command."""
        for name, change, told in (
            (_HOT, _changed("UPDATE batch SET samples = x'0100000000ff'"), ", batch "),
            (_HOT, lambda path: path.write_bytes(path.read_bytes()[:9000]), "is damaged"),
            (_HOT, lambda path: path.write_bytes(b"text" * 5000), "is damaged"),
            (_MONTH, lambda path: path.write_bytes(path.read_bytes()[:9000]), "is damaged"),
            (
                _SYSTEM,
                lambda path: path.write_bytes(path.read_bytes()[:9000]),
                "is damaged",
            ),
            (
                _SYSTEM,
                _changed("UPDATE datapoint SET name = 'E3' WHERE name = 'D3'"),
                "row",
            ),
            (_SYSTEM, _changed("UPDATE last_value SET element = element + 1"), "row"),
            (_SYSTEM, _changed("UPDATE user SET name = 'boot'"), "row"),
        ):
            gateway = self.damaged(name, change)
            with self.assertRaises(CommandError) as raised, gateway.started():
                pass
            message = str(raised.exception)
            self.assertIn(str(gateway.state / name), message)
            self.assertIn(told, message)
            self.assertIn(f"'oagw archive repair --state {gateway.state}'", message)
            self.assertNotIn("\n", message)

    def test_no_flipped_bit_gives_a_wrong_value(self) -> None:
        """The start is refused, or a read is, or all is right; also after a repair."""
        for name in (_SYSTEM, _HOT, _MONTH):
            for seed in range(12):
                gateway = self.damaged(name, _flipped(seed))
                again = gateway.copy(gateway.state.with_name("again"))
                try:
                    found = self.look(gateway)
                except CommandError as error:
                    self.assertIn(name, str(error))
                    found = {}
                for key, value in found.items():
                    self.assertEqual(value, self.right[key], (name, seed, key))
                self.assert_repaired_well(again)

    def assert_repaired_well(self, gateway: Gateway) -> None:
        lines = repair_all(gateway.state, gateway.settings)
        if mismatches(gateway.state, engine_of(gateway.settings)):
            # Nothing could be kept of a file.
            self.assertIn("is lost", "".join(lines))
            return
        for name, value in self.look(gateway).items():
            right = self.right[name]
            if isinstance(value, list) and isinstance(right, list):
                self.assertLessEqual(set(value), {*right, float("-inf")})
            elif value is not None:
                self.assertEqual(value, right)


class RepairTests(DamageTestCase):
    def test_what_is_whole_is_kept(self) -> None:
        """One row that is damaged is lost; the damaged file is put aside."""
        for name, change, lost in (
            (_HOT, f"UPDATE batch SET samples = x'01' WHERE id = {_LAST}", 2),
            (_MONTH, "UPDATE block SET data = x'01'", 20),
            (_SYSTEM, "UPDATE datapoint SET name = 'x' WHERE name = 'D3'", 3),
        ):
            gateway = self.damaged(name, _changed(change))
            lines = repair_all(gateway.state, gateway.settings)
            self.assertIn(f"{gateway.state / name} was damaged and is in ", lines[0])
            self.assertIn("rows are damaged", lines[1])
            self.assertEqual(mismatches(gateway.state, engine_of(gateway.settings)), [])
            found = self.look(gateway)
            different = [one for one in self.right if found.get(one) != self.right[one]]
            self.assertLessEqual(len(different), lost + 1, different)
            self.assertEqual(repair_all(gateway.state, gateway.settings), [])

    def test_what_is_not_damaged_stays(self) -> None:
        """An intact file stays the same, byte by byte."""
        before = (self.whole.state / _SYSTEM).read_bytes()
        self.assertEqual(repair_all(self.whole.state, self.whole.settings), [])
        self.assertEqual((self.whole.state / _SYSTEM).read_bytes(), before)

    def test_types_that_refer_to_a_lost_one(self) -> None:
        """They and their datapoints are lost with it, and named; the rest is kept."""
        child = TypeNode("part", ElementType.REFERENCE, reference="Float")
        holder = TypeNode("Holder", ElementType.STRUCT, children=(child,))
        with self.whole.started() as parts:
            result_of(parts.system.change(CreateType(holder)))
            plain = TypeNode("Plain", ElementType.FLOAT)
            result_of(parts.system.change(CreateType(plain)))
            self.whole.create(parts, "held", "Holder")
            self.whole.create(parts, "plain", "Plain")
        change = _changed("UPDATE dp_type SET definition = 'x' WHERE name = 'Float'")
        gateway = self.damaged(_SYSTEM, change)
        lines = "\n".join(repair_all(gateway.state, gateway.settings))
        self.assertIn("type 'Holder': ", lines)
        self.assertIn("the type of datapoint 'held' is lost", lines)
        with gateway.started() as parts:
            self.assertEqual(list(parts.system.plant.datapoints), ["plain"])
