"""Changing what there is: datapoints and types, with what belongs to them."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Sequence

from oagw.archives.policy import Policy
from oagw.errors import DataManagerError, ParameterError
from oagw.interfaces.systems import PeriodRequest
from oagw.model.changes import (
    ChangeType,
    CopyDatapoint,
    CreateDatapoint,
    CreateType,
    DeleteDatapoint,
    DeleteType,
    RenameDatapoint,
    StructureChange,
)
from oagw.model.dptypes import ElementType, TypeNode
from oagw.plant.plant import Element
from oagw.query.finishing import Row
from tests.systems.bench import NOW_MS, EmbeddedTestCase

STRUCT, FLOAT, INT = ElementType.STRUCT, ElementType.FLOAT, ElementType.INT
STRING, BOOL = ElementType.STRING, ElementType.BOOL


def struct(name: str, *children: TypeNode) -> TypeNode:
    return TypeNode(name, STRUCT, 0, children)


def leaf(name: str, kind: ElementType = FLOAT) -> TypeNode:
    return TypeNode(name, kind)


def ref(name: str, reference: str) -> TypeNode:
    return TypeNode(name, ElementType.REFERENCE, 0, (), reference)


MOTOR = struct("Motor", leaf("speed"), leaf("on", BOOL))
GROUP = struct("Group", ref("m1", "Motor"), ref("m2", "Motor"), leaf("limit"))
PLANT_TYPE = struct("Plant", ref("g", "Group"), leaf("name", STRING))


class StructureTestCase(EmbeddedTestCase):
    """Types Motor, Group (of two motors) and Plant (of a group), a datapoint of each."""

    def setUp(self) -> None:
        super().setUp()
        self.change(
            *(CreateType(root) for root in (MOTOR, GROUP, PLANT_TYPE)),
            CreateDatapoint("M", "Motor"),
            CreateDatapoint("G", "Group"),
            CreateDatapoint("P", "Plant"),
        )
        self.events.clear()

    def both(self) -> Sequence[str]:
        """What to look at now and again after a restart: ``for _ in self.both()``."""
        return ("now", "restart", "crash")

    def again(self, when: str) -> None:
        if when == "restart":
            self.reopen()
        elif when == "crash":
            self.crash()

    def number(self, name: str) -> int:
        return self.bench.system.plant.datapoints[name].number


class DatapointTests(StructureTestCase):
    """Creating, deleting, copying, renaming."""

    def test_a_new_datapoint_has_the_defaults_of_its_type(self) -> None:
        """At once, and after a restart; everybody is told."""
        self.change(CreateDatapoint("New", "Motor"))
        for when in self.both():
            self.again(when)
            self.assertEqual(self.get("New.speed", "New.on"), [0.0, False], when)
        [event] = self.events
        self.assertEqual(
            (event.kind.value, event.name, event.dp_type),
            ("dpCreated", "System1:New", "Motor"),
        )

    def test_what_cannot_be_changed_has_its_number(self) -> None:
        """And changes nothing."""
        cases: list[tuple[StructureChange, int]] = [
            (CreateDatapoint("M", "Motor"), 34),
            (CreateDatapoint("X", "Nope"), 57),
            (CreateDatapoint("a.b", "Motor"), 51),
            (CreateDatapoint("", "Motor"), 51),
            (DeleteDatapoint("Nope"), 7),
            (CopyDatapoint("Nope", "X"), 7),
            (CopyDatapoint("M", "G"), 34),
            (CopyDatapoint("M", "a*"), 51),
            (RenameDatapoint("Nope", "X"), 7),
            (RenameDatapoint("M", "M"), 34),
            (RenameDatapoint("M", "G"), 34),
            (RenameDatapoint("M", "a:b"), 51),
            (CreateType(MOTOR), 35),
            (CreateType(struct("a.b", leaf("x"))), 51),
            (CreateType(struct("X", leaf("x"), leaf("x"))), 51),
            (CreateType(struct("X", ref("x", "Nope"))), 57),
            (CreateType(struct("X", ref("x", "X"))), 51),
            (ChangeType(struct("Nope", leaf("x"))), 57),
            (ChangeType(struct("Motor", ref("x", "Group"))), 51),
            (ChangeType(MOTOR, {"nope": "x"}), 8),
            (DeleteType("Nope"), 57),
            (DeleteType("Motor"), 53),
            (DeleteType("Group"), 53),
        ]
        for change, code in cases:
            self.assertEqual(self.change_refused(change), code, change)
        self.assertEqual(self.events, [])
        self.assertEqual(self.error("X."), 7)
        self.assertEqual(self.get("P.g.m1.speed", "G.m2.on"), [0.0, False])

    def test_a_deleted_datapoint_is_gone(self) -> None:
        """With values, configs and aliases, in memory and on disk."""
        self.set({"M.speed": 4, "M.speed:_common.._alias": "Speed"})
        self.configure("M.speed", "_pv_range", _max=5)
        number = self.number("M")
        self.change(DeleteDatapoint("M"))
        for when in self.both():
            self.again(when)
            self.assertEqual(self.error("M.speed"), 7, when)
            self.assertIsNone(self.bench.system.alias("Speed"), when)
        self.reopen()
        for table in ("last_value", "config"):
            rows = self.bench.on_disk(
                f"SELECT * FROM {table} WHERE element / 65536 = {number}"
            )
            self.assertEqual(rows, [], table)
        self.assertEqual(self.bench.on_disk("SELECT 1 FROM datapoint WHERE name = 'M'"), [])

    def test_a_datapoint_made_again_inherits_nothing(self) -> None:
        """Neither value nor config nor history, however the process has ended between."""
        for when in self.both():
            self.set({"M.speed:_archive.._archive": True, "M.speed": 4})
            self.set({"M.speed:_common.._alias": "Speed"})
            self.assertEqual(len(self.history("M.speed")), 1, when)
            self.change(DeleteDatapoint("M"))
            self.again(when)
            self.change(CreateDatapoint("M", "Motor"))
            self.assertEqual(
                self.get("M.speed", "M.speed:_archive.._archive"), [0.0, False]
            )
            self.assertEqual(self.value("M.speed:_common.._alias"), "", when)
            self.set({"M.speed:_archive.._archive": True})
            self.assertEqual(self.history("M.speed"), [], when)

    def test_the_history_of_a_deleted_datapoint_stays_readable(self) -> None:
        """By the name it had, until another datapoint has that name; then only its own."""
        self.set({"M.speed:_archive.._archive": True, "M.speed": 4})
        first = self.history("M.speed")
        self.change(DeleteDatapoint("M"))
        for when in self.both():
            self.again(when)
            self.assertEqual(self.history("M.speed"), first, when)
        _, errors = self.period("M.on")
        self.assertEqual([error.code for error in errors.values()], [7])
        self.change(CreateDatapoint("M", "Motor"))
        self.not_archived("M.speed")
        self.later()
        self.set({"M.speed:_archive.._archive": True, "M.speed": 5})
        second = self.history("M.speed")
        self.change(DeleteDatapoint("M"))
        self.assertEqual(self.history("M.speed"), [*first, *second])

    def test_the_history_of_a_removed_element_stays_readable(self) -> None:
        """Its datapoint lives on; an element of that name made later has its own."""
        self.set({"M.speed:_archive.._archive": True, "M.speed": 4})
        kept = self.history("M.speed")
        on = TypeNode("on", ElementType.BOOL)
        self.change(ChangeType(TypeNode("Motor", ElementType.STRUCT, 0, (on,))))
        for when in self.both():
            self.again(when)
            self.assertEqual(self.history("M.speed"), kept, when)
        speed = TypeNode("speed", ElementType.FLOAT)
        self.change(ChangeType(TypeNode("Motor", ElementType.STRUCT, 0, (on, speed))))
        self.not_archived("M.speed")

    def test_what_never_had_a_value_leaves_no_history(self) -> None:
        """Nothing is kept of it, in memory or on disk."""
        self.change(CreateDatapoint("New", "Motor"))
        self.set({"New.speed:_archive.._archive": True, "New.on:_archive.._archive": True})
        self.set({"New.on": True})
        self.change(DeleteDatapoint("New"))
        self.assertEqual(list(self.bench.system.plant.former), ["New.on"])
        self.assertEqual(
            self.bench.on_disk("SELECT name FROM former_element"), [("New.on",)]
        )

    def test_what_is_kept_of_deleted_elements_is_small(self) -> None:
        """Far less than a kilobyte for each, however many there were."""

        def churn(count: int) -> None:
            for _ in range(count):
                self.change(CreateDatapoint("New", "Float"))
                self.set({"New.:_archive.._archive": True, "New.": 1})
                self.change(DeleteDatapoint("New"))
            gc.collect()

        # What is archived does not stay in memory.
        self.patch(self.bench.archive._tender, "_policy", Policy(seal=50))
        churn(100)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        before, _ = tracemalloc.get_traced_memory()
        churn(100)
        after, _ = tracemalloc.get_traced_memory()
        self.assertLess((after - before) / 100, 600)

    def test_a_deleted_datapoint_needs_no_garbage_collector(self) -> None:
        """What was loaded is hidden from it, so that a cycle would stay for ever."""

        def alive() -> int:
            return sum(isinstance(one, Element) for one in gc.get_objects())

        self.watch("M.speed")
        self.set({"F1.:_dp_fct.._param": ["M.speed"], "F1.:_dp_fct.._fct": "p1"})
        self.events.clear()
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        before = alive()
        self.change(DeleteDatapoint("M"))
        self.assertEqual(alive(), before - 3)

    def test_who_wants_to_know_of_datapoints(self) -> None:
        """Once for each change, by name: what is new or another one, and what is gone."""
        told: list[tuple[list[str], list[str]]] = []
        self.bench.system.on_structure.append(
            lambda changed, gone: told.append((list(changed), list(gone)))
        )
        self.set({"M.speed": 1, "M.speed:_common.._alias": "Speed"})
        self.change(
            CreateDatapoint("A1", "Motor"),
            CopyDatapoint("A1", "A2"),
            RenameDatapoint("A1", "A3"),
            DeleteDatapoint("A2"),
            CreateType(struct("T", leaf("a"))),
            DeleteType("T"),
            ChangeType(struct("Motor", leaf("speed"))),
        )
        self.assertEqual(
            [(sorted(changed), gone) for changed, gone in told],
            [
                (["A1"], []),
                (["A2"], []),
                (["A3"], ["A1"]),
                ([], ["A2"]),
                (["A3", "G", "M", "P"], []),
            ],
        )

    def test_names_are_remembered_while_datapoints_come(self) -> None:
        """New ones change nothing for the others; a deleted one is forgotten."""
        name = self.full("M.speed")
        self.get("M.speed")
        cells = self.bench.system._cells
        known = cells.get(name)
        self.change(CreateDatapoint("New", "Motor"), CopyDatapoint("New", "Copy"))
        self.assertIs(cells.get(name), known)
        self.assertIsNotNone(known)
        self.change(DeleteDatapoint("M"), CreateDatapoint("M", "Motor"))
        self.assertEqual(self.value("M.speed"), 0.0)
        self.assertIsNot(cells.get(name), known)

    def test_what_fails_after_a_change_does_not_undo_it(self) -> None:
        """The change is on disk and told; the reason is in the log."""

        def fail(*_: object) -> None:
            raise RuntimeError("cannot follow")

        self.patch(self.bench.system.functions, "lose", fail)
        self.change(DeleteDatapoint("M"))
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
        self.assertEqual([event.kind.value for event in self.events], ["dpDeleted"])
        for when in self.both():
            self.again(when)
            self.assertEqual(self.error("M.speed"), 7, when)

    def test_numbers_of_elements_are_never_used_again(self) -> None:
        """Not even of a change that was not durable when the process was killed."""
        motor = self.bench.system.plant.types["Motor"]
        for count in (1, 60, 100):
            new = [leaf(f"n{count}_{number}") for number in range(count)]
            self.change(ChangeType(struct("Motor", leaf("speed"), *new)))
            given = self.bench.system.plant.types["Motor"].next_number
            self.patch(self.bench.store._commits, "_commit", self.no_disk)
            again = [leaf(f"m{count}_{number}") for number in range(count)]
            done = self.bench.system.change(
                ChangeType(struct("Motor", leaf("speed"), *again))
            )
            self.failureResultOf(done, DataManagerError)
            self.flushLoggedErrors()
            lost = self.bench.system.plant.types["Motor"].next_number
            self.assertEqual(lost, given + count)
            self.crash()
            motor = self.bench.system.plant.types["Motor"]
            self.assertIn(f"n{count}_0", motor.by_path)
            self.assertGreaterEqual(motor.next_number, lost, count)
        # Only kills use numbers up.
        for _ in range(3):
            self.reopen()
            again_motor = self.bench.system.plant.types["Motor"]
            self.assertEqual(again_motor.next_number, motor.next_number)

    def no_disk(self, *_: object) -> None:
        raise OSError("no disk")

    def test_numbers_are_never_used_again(self) -> None:
        """Not even those of datapoints that were never durable, or of an empty system."""
        seen = {self.number(name) for name in ("M", "G", "P", "F1")}
        for when in ("restart", "crash", "crash"):
            self.change(CreateDatapoint("New", "Motor"))
            number = self.number("New")
            self.assertNotIn(number, seen, when)
            seen.add(number)
            # Given away, and never written.
            seen.add(self.bench.store.next_number())
            self.change(DeleteDatapoint("New"))
            self.again(when)

    def test_hotlinks_end_with_the_datapoint(self) -> None:
        """They are told why; another one of that name is a new connect."""
        self.watch("M.speed", "M.on", "F1.")
        self.change(DeleteDatapoint("M"))
        [errors] = self.ended
        self.assertEqual(
            {name: error.code for name, error in errors.items()},
            {"System1:M.speed:_online.._value": 7, "System1:M.on:_online.._value": 7},
        )
        self.change(CreateDatapoint("M", "Motor"))
        self.set({"M.speed": 1})
        self.assertEqual(self.told(), [])
        self.watch("M.speed")
        # What has ended is not ended twice.
        self.bench.system.unwatch([self.full("M.on", "_online")])
        self.set({"M.speed": 2})
        self.assertEqual(self.told(), [{"M.speed:_online.._value": 2.0}])

    def test_a_renamed_datapoint_keeps_everything(self) -> None:
        """Values, configs, aliases and history are found by the new name."""
        self.set({"M.speed:_archive.._archive": True, "M.speed": 4})
        self.set({"M.speed:_common.._alias": "Speed", "M.:_common.._description": "m"})
        self.watch("M.speed")
        self.change(RenameDatapoint("M", "N"))
        self.assertEqual([error.code for error in self.ended[0].values()], [7])
        [event] = self.events[-1:]
        self.assertEqual(
            (event.kind.value, event.name, event.new_name),
            ("dpRenamed", "System1:M", "System1:N"),
        )
        for when in self.both():
            self.again(when)
            self.assertEqual(self.error("M.speed"), 7, when)
            self.assertEqual(self.get("N.speed", "N.:_common.._description"), [4.0, "m"])
            self.assertEqual(self.history("N.speed"), [(NOW_MS, 4.0)], when)
            self.assertEqual(self.bench.system.alias("Speed"), "N.speed", when)
        self.change(CreateDatapoint("M", "Motor"))
        self.assertEqual(self.value("M.speed"), 0.0)

    def test_a_copy_has_values_and_configs(self) -> None:
        """But not the alias, and a life of its own."""
        self.set({"M.speed": 4, "M.speed:_common.._alias": "Speed"})
        self.configure("M.speed", "_pv_range", _max=5)
        self.configure("M.speed", "_common", _unit="rpm")
        self.set({"M.speed:_lock._original._locked": True})
        self.change(CopyDatapoint("M", "N"))
        self.set({"M.speed": 1}, user="anna")
        for when in self.both():
            self.again(when)
            self.assertEqual(
                self.get("N.speed", "N.speed:_pv_range.._max", "N.speed:_common.._unit"),
                [4.0, 5.0, "rpm"],
                when,
            )
            self.assertEqual(self.value("N.speed:_common.._alias"), "", when)
            self.assertEqual(self.bench.system.alias("Speed"), "M.speed", when)
            self.assertEqual(
                self.refused({"N.speed": 6}, user="bert"), {"N.speed:_original.._value": 30}
            )


class TableTests(StructureTestCase):
    """Live queries follow the structure."""

    def setUp(self) -> None:
        super().setUp()
        _, self.heard = self.run_query(
            "SELECT '_online.._value' FROM '{M,N}*.**' WHERE _DPT = \"Motor\""
        )

    @property
    def rows(self) -> list[list[Row]]:
        """The rows of each message that has some."""
        return [rows for rows in self.heard.rows if rows]

    def test_new_copied_and_deleted_datapoints(self) -> None:
        """New ones appear, deleted ones change no more."""
        self.change(CreateDatapoint("M2", "Motor"))
        self.assertEqual(self.rows, [[["System1:M2.speed", 0.0], ["System1:M2.on", False]]])
        self.heard.clear()
        self.set({"M2.speed": 3})
        self.change(CopyDatapoint("M2", "N2"))
        self.assertEqual(
            self.rows,
            [
                [["System1:M2.speed", 3.0]],
                [["System1:N2.speed", 3.0], ["System1:N2.on", False]],
            ],
        )
        self.heard.clear()
        self.change(DeleteDatapoint("M2"), CreateDatapoint("Other", "Motor"))
        self.set({"M.speed": 1, "Other.speed": 2})
        self.assertEqual(self.rows, [[["System1:M.speed", 1.0]]])

    def test_renamed_datapoints(self) -> None:
        """They appear under the new name if that is meant, and leave if it is not."""
        self.change(RenameDatapoint("M", "N"))
        self.assertEqual(self.rows, [[["System1:N.speed", 0.0], ["System1:N.on", False]]])
        self.heard.clear()
        self.set({"N.speed": 1})
        self.change(RenameDatapoint("N", "Other"))
        self.set({"Other.speed": 2})
        self.assertEqual(self.rows, [[["System1:N.speed", 1.0]]])

    def test_changed_types(self) -> None:
        """New elements appear, those that stay are told of no change."""
        self.change(ChangeType(struct("Motor", leaf("speed"), leaf("torque"))))
        self.assertEqual(self.rows, [[["System1:M.torque", 0.0]]])
        self.heard.clear()
        self.change(ChangeType(struct("Motor", leaf("rpm")), {"speed": "rpm"}))
        self.assertEqual(self.rows, [[["System1:M.rpm", 0.0]]])

    def test_a_change_of_several_types_is_told_once(self) -> None:
        """Whatever refers to the type that changes is in the same message."""
        _, told = self.run_query("SELECT '_online.._value' FROM '{M,G,P}*.**'")
        self.change(ChangeType(struct("Motor", leaf("speed"), leaf("torque"))))
        [message] = told.rows
        self.assertEqual(len(message), 5)


class TypeTests(StructureTestCase):
    """Changing types that have datapoints."""

    def test_elements_that_stay_keep_what_they_have(self) -> None:
        """Also where the type is referred to, at any distance; new ones have defaults."""
        for name in ("M", "G.m2", "P.g.m2"):
            self.set({f"{name}.speed:_archive.._archive": True, f"{name}.speed": 4})
        self.configure("P.g.m2.speed", "_pv_range", _max=5)
        self.set({"P.g.m2.speed:_common.._alias": "Speed"})
        self.watch("P.g.m2.speed", "P.g.m2.on")
        self.events.clear()
        self.change(ChangeType(struct("Motor", leaf("torque"), leaf("speed"))))
        self.assertEqual(
            sorted(event.name for event in self.events), ["Group", "Motor", "Plant"]
        )
        self.assertEqual(
            {name: error.code for name, error in self.ended[0].items()},
            {"System1:P.g.m2.on:_online.._value": 8},
        )
        for when in self.both():
            self.again(when)
            for name in ("M", "G.m2", "P.g.m2"):
                self.assertEqual(self.get(f"{name}.speed", f"{name}.torque"), [4.0, 0.0])
                self.assertEqual(self.error(f"{name}.on"), 8, when)
                self.assertEqual(self.history(f"{name}.speed"), [(NOW_MS, 4.0)], when)
            self.assertEqual(self.bench.system.alias("Speed"), "P.g.m2.speed", when)
            full = "P.g.m2.speed:_original.._value"
            self.assertEqual(self.refused({"P.g.m2.speed": 6}), {full: 30}, when)

    def test_connects_to_elements_that_stay_go_on(self) -> None:
        """Nobody is told of anything."""
        self.watch("P.g.m2.speed")
        self.change(ChangeType(struct("Motor", leaf("torque"), leaf("speed"))))
        self.set({"P.g.m2.speed": 1})
        self.assertEqual(self.told(), [{"P.g.m2.speed:_online.._value": 1.0}])
        self.assertEqual(self.ended, [])
        self.bench.system.unwatch([self.full("P.g.m2.speed", "_online")])
        self.set({"P.g.m2.speed": 2})
        self.assertEqual(self.told(), [])

    def test_renamed_elements_keep_what_they_have(self) -> None:
        """Structures with all that is below them, and elements within those."""
        pump = struct("Pump", struct("val", leaf("rpm"), leaf("running", BOOL)))
        name = "pump_01.value"
        self.set({f"{name}.speed": 4, f"{name}.running": True})
        self.watch(f"{name}.speed")
        self.change(ChangeType(pump, {"value": "val", "value.speed": "val.rpm"}))
        self.assertEqual([error.code for error in self.ended[0].values()], [8])
        for when in ("now", "crash"):
            if when == "crash":
                self.bench.plant_text = ""
                self.crash()
            self.assertEqual(
                self.get("pump_01.val.rpm", "pump_01.val.running"), [4.0, True]
            )
            self.assertEqual(self.error(f"{name}.speed"), 8, when)
            self.assertEqual(self.history("pump_01.val.rpm"), [(NOW_MS, 4.0)], when)

    def test_elements_renamed_in_a_type_that_is_referred_to(self) -> None:
        """They are followed wherever the type is used."""
        self.set({"M.speed": 1, "G.m1.speed": 2, "P.g.m2.speed": 3})
        root = struct("Motor", leaf("rpm"), leaf("on", BOOL))
        self.change(ChangeType(root, {"speed": "rpm"}))
        for when in self.both():
            self.again(when)
            self.assertEqual(
                self.get("M.rpm", "G.m1.rpm", "P.g.m2.rpm"), [1.0, 2.0, 3.0], when
            )

    def test_elements_may_change_places(self) -> None:
        """And one may take the name of another that goes."""
        self.change(
            CreateType(struct("T", leaf("a"), leaf("b"))), CreateDatapoint("t", "T")
        )
        self.set({"t.a": 1, "t.b": 2})
        self.change(
            ChangeType(struct("T", leaf("a"), leaf("b")), {"a": "b", "b": "a"}),
        )
        self.assertEqual(self.get("t.a", "t.b"), [2.0, 1.0])
        self.change(ChangeType(struct("T", leaf("b")), {"a": "b"}))
        for when in self.both():
            self.again(when)
            self.assertEqual(self.value("t.b"), 2.0, when)

    def test_values_are_converted_where_that_loses_nothing(self) -> None:
        """Otherwise the element begins with its default."""
        kinds = ElementType
        for old, value, new, expected in (
            (kinds.INT, 5, kinds.FLOAT, 5.0),
            (kinds.FLOAT, 5.0, kinds.INT, 5),
            (kinds.FLOAT, 5.5, kinds.INT, 0),
            (kinds.INT, 300, kinds.CHAR, 0),
            (kinds.INT, 5, kinds.STRING, "5"),
            (kinds.STRING, "5", kinds.INT, 5),
            (kinds.STRING, "x", kinds.INT, 0),
            (kinds.BOOL, True, kinds.INT, 1),
            (kinds.LONG, 2**62 + 1, kinds.FLOAT, 0.0),
            (kinds.TIME, NOW_MS, kinds.LONG, NOW_MS),
            (kinds.LONG, NOW_MS, kinds.TIME, NOW_MS),
            (kinds.STRING, "a", kinds.LANG_STRING, "a"),
            (kinds.LANG_STRING, "a", kinds.STRING, "a"),
            (kinds.LANG_STRING, {"de": "a", "en": "b"}, kinds.STRING, ""),
            (kinds.DYN_INT, [1, 2], kinds.DYN_FLOAT, [1.0, 2.0]),
            (kinds.DYN_INT, [1], kinds.INT, 0),
            (kinds.BLOB, "aGk=", kinds.BLOB, "aGk="),
            (kinds.FLOAT, 5.0, kinds.STRUCT, None),
        ):
            case = f"{old.name} {value!r} to {new.name}"
            self.change(CreateType(struct("T", leaf("a", old))), CreateDatapoint("t", "T"))
            self.set({"t.a": value})
            node = struct("a", leaf("b")) if new is STRUCT else leaf("a", new)
            self.change(ChangeType(struct("T", node)))
            if expected is None:
                self.assertEqual(self.get("t.a.b"), [0.0], case)
            else:
                self.assertEqual(self.value("t.a"), expected, case)
            self.change(DeleteDatapoint("t"), DeleteType("T"))

    def test_a_converted_element_keeps_what_means_the_same(self) -> None:
        """Alias, texts and archiving; its history begins with the next value."""
        self.configure("M.speed", "_common", _alias="Speed", _unit="rpm")
        self.set({"M.speed:_archive.._archive": True, "M.speed": 4})
        number = self.bench.system.plant.datapoints["M"].elements[1].number
        self.change(ChangeType(struct("Motor", leaf("speed", INT), leaf("on", BOOL))))
        for when in self.both():
            self.again(when)
            self.assertEqual(
                self.get("M.speed", "M.speed:_common.._unit", "M.speed:_archive.._archive"),
                [4, "rpm", True],
                when,
            )
            self.assertEqual(self.bench.system.alias("Speed"), "M.speed", when)
            self.assertEqual(self.history("M.speed"), [], when)
        self.later()
        self.set({"M.speed": 5})
        self.assertEqual([value for _, value in self.history("M.speed")], [5])
        self.reopen()
        for table in ("last_value", "config"):
            rows = self.bench.on_disk(f"SELECT * FROM {table} WHERE element = {number}")
            self.assertEqual(rows, [], table)

    def test_a_converted_element_keeps_its_configs(self) -> None:
        """Those of its own type are converted; what does not convert is left out."""
        self.configure("M.speed", "_pv_range", _min=1.5, _max=5.0, _ignor_inv=False)
        self.configure("M.speed", "_u_range", _1__type=4, _1__min=2.0, _1__max=2.5)
        self.configure("M.speed", "_default", _value=3.0, _set_ibit=True)
        self.configure("M.speed", "_alert_hdl", _1__u_limit=4.0, _2__l_limit=4.5)
        self.configure("M.speed", "_alert_hdl", _1__class="F1.")
        self.configure("M.speed", "_smooth", _std_type=0, _std_tol=2.0)
        self.configure("M.speed", "_msg_conv", _poly_a=2.0)
        self.configure("M.speed", "_cmd_conv", _poly_a=3.0)
        self.configure("M.speed", "_alert_class", _prior=60)
        self.set({"M.speed": 6})
        self.set({"M.speed:_lock._original._locked": True})
        self.change(ChangeType(struct("Motor", leaf("speed", INT), leaf("on", BOOL))))
        expected = {
            "_pv_range.._min": None,
            "_pv_range.._max": 5,
            "_pv_range.._ignor_inv": False,
            "_u_range.1._type": 4,
            "_u_range.1._min": 2,
            "_u_range.1._max": None,
            "_default.._value": 3,
            "_default.._set_ibit": True,
            "_alert_hdl.1._u_limit": 4,
            "_alert_hdl.2._l_limit": None,
            "_alert_hdl.1._class": "F1.",
            "_smooth.._std_tol": 2.0,
            "_msg_conv.._poly_a": 2.0,
            "_cmd_conv.._poly_a": 3.0,
            "_alert_class.._prior": 60,
            "_lock._original._locked": True,
        }
        for when in self.both():
            self.again(when)
            names = [f"M.speed:{name}" for name in expected]
            found = dict(zip(expected, self.get(*names), strict=True))
            self.assertEqual(found, expected, when)
            self.assertEqual(repr(found), repr(expected), when)
            self.assertEqual(self.value("M.speed"), 6, when)
            self.assertEqual(self.status("M.speed", "_out_prange"), (True,), when)
            full = "M.speed:_original.._value"
            self.assertEqual(self.refused({"M.speed": 4}, user="bert"), {full: 24}, when)
        # A structure has none of those of values.
        self.change(
            ChangeType(struct("Motor", struct("speed", leaf("x")), leaf("on", BOOL)))
        )
        self.assertEqual(self.value("M.speed:_alert_hdl.1._class"), "F1.")
        self.assertIsNone(self.value("M.speed:_common.._unit") or None)
        self.reopen()

    def test_a_change_of_many_datapoints_is_few_writes(self) -> None:
        """One for the configs of all converted elements, not one for each."""
        self.change(*(CreateDatapoint(f"N{number}", "Motor") for number in range(20)))
        for number in range(20):
            self.set({f"N{number}.speed:_common.._unit": "rpm"})
        written: list[object] = []
        self.patch(self.bench.store, "add", written.extend)
        self.change(ChangeType(struct("Motor", leaf("speed", INT), leaf("on", BOOL))))
        # Three types refer to one another.
        self.assertLess(len(written), 10)

    def test_a_value_that_is_converted_is_not_archived_again(self) -> None:
        """The archive is another file: after a kill the change may never have been."""
        self.set({"M.speed:_archive.._archive": True, "M.speed": 4})
        self.change(ChangeType(struct("Motor", leaf("speed", INT), leaf("on", BOOL))))
        self.reopen()
        self.assertEqual(len(self.bench.in_archive()), 1)

    def test_the_history_of_elements_of_one_name_and_several_types(self) -> None:
        """Each value is shown as the type of its time has it, ordered by time."""
        kinds = ElementType
        self.change(CreateType(struct("T", leaf("a", STRING))))
        self.change(CreateDatapoint("t", "T"))
        for kind, value in ((kinds.LANG_STRING, "b"), (kinds.TIME, 5), (None, 2.5)):
            self.set({"t.a:_archive.._archive": True, "t.a": "a" if kind else value})
            self.later()
            if kind is None:
                break
            self.change(ChangeType(struct("T", leaf("x"))))
            self.change(ChangeType(struct("T", leaf("a", kind))))
            self.set({"t.a:_archive.._archive": True, "t.a": value})
            self.later()
            self.change(ChangeType(struct("T", leaf("x"))))
            next_kind = FLOAT if kind is kinds.TIME else STRING
            self.change(ChangeType(struct("T", leaf("a", next_kind))))
        self.change(DeleteDatapoint("t"))
        expected = ["a", "b", "a", 5, 2.5]
        for when in self.both():
            self.again(when)
            found, errors = self.period("t.a")
            self.assertEqual(errors, {}, when)
            [series] = found.values()
            self.assertEqual(series.values, expected, when)
            self.assertEqual(series.times, sorted(series.times), when)

    def test_the_limit_counts_for_all_elements_of_one_name(self) -> None:
        """No more is read from the archive than there is room for."""
        for value in range(3):
            for _ in range(4):
                self.set({"M.speed:_archive.._archive": True, "M.speed": value})
                self.later()
            self.change(DeleteDatapoint("M"), CreateDatapoint("M", "Motor"))
        self.change(DeleteDatapoint("M"))
        self.assertEqual(len(self.history("M.speed")), 12)
        self.patch(self.bench.archive, "scan", None)
        request = PeriodRequest([self.full("M.speed", "_offline")], 0, 2**63 - 1, 0, 6)
        self.failureResultOf(self.bench.system.period(request), ParameterError)

    def test_removed_elements_are_gone_from_disk(self) -> None:
        """Configs, aliases and last values; one made again inherits nothing."""
        self.set({"M.speed:_archive.._archive": True, "M.speed": 4})
        self.set({"M.speed:_common.._alias": "Speed"})
        number = self.bench.system.plant.datapoints["M"].elements[1].number
        self.change(ChangeType(struct("Motor", leaf("on", BOOL))))
        self.assertIsNone(self.bench.system.alias("Speed"))
        for when in ("crash", "restart"):
            self.again(when)
            self.assertEqual(self.error("M.speed"), 8, when)
        for table in ("last_value", "config"):
            rows = self.bench.on_disk(f"SELECT * FROM {table} WHERE element = {number}")
            self.assertEqual(rows, [], table)
        self.change(ChangeType(MOTOR))
        self.assertEqual(self.get("M.speed", "M.speed:_archive.._archive"), [0.0, False])
        self.set({"M.speed:_archive.._archive": True})
        self.assertEqual(self.history("M.speed"), [])

    def test_references_to_single_values_hold_them(self) -> None:
        """The element itself has the value; it keeps it when it is no reference."""
        self.change(
            CreateType(struct("T", ref("limit", "Float"), leaf("b"))),
            CreateDatapoint("t", "T"),
        )
        self.set({"t.limit": 5})
        self.change(ChangeType(struct("T", leaf("limit"), ref("again", "Float"))))
        for when in self.both():
            self.again(when)
            self.assertEqual(self.get("t.limit", "t.again"), [5.0, 0.0], when)

    def test_arrays_and_structures_of_one_type(self) -> None:
        """Their members are elements below them."""
        members = (leaf("1"), leaf("2"))
        kinds = [ElementType.ARRAY, ElementType.FLOAT_STRUCT]
        children = [TypeNode(kind.keyword, kind, 0, members) for kind in kinds]
        self.change(CreateType(struct("T", *children)), CreateDatapoint("t", "T"))
        for kind in kinds:
            self.set({f"t.{kind.keyword}.2": 5})
            self.assertEqual(self.error(f"t.{kind.keyword}"), 9, kind.name)
        for when in self.both():
            self.again(when)
            self.assertEqual(self.get("t.array.2", "t.float_struct.2"), [5.0, 5.0], when)

    def test_types_are_deleted_when_nothing_uses_them(self) -> None:
        """Datapoints first, then what refers to them."""
        self.change(
            DeleteDatapoint("P"),
            DeleteType("Plant"),
            DeleteDatapoint("G"),
            DeleteType("Group"),
            DeleteDatapoint("M"),
            DeleteType("Motor"),
        )
        self.reopen()
        self.assertNotIn("Motor", self.bench.system.plant.types)
        self.change(CreateType(struct("Motor", leaf("x", STRING))))
        self.change(CreateDatapoint("M", "Motor"))
        self.assertEqual(self.value("M.x"), "")
