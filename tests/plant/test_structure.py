"""Changing what there is: datapoints and types, with what belongs to them."""

from __future__ import annotations

import gc
import tracemalloc

from oagw.archives.policy import Policy
from oagw.errors import DataManagerError
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
from oagw.plant.element import Element
from oagw.query.resultrows import Row
from tests.crash import maintenance_of
from tests.plant.bench import MOTOR, StructureTestCase, leaf, ref, struct
from tests.systems.bench import NOW_MS


class DatapointTests(StructureTestCase):
    """Creating, deleting, copying, renaming."""

    def test_a_new_datapoint_has_the_defaults_of_its_type(self) -> None:
        """At once, and after a restart; all subscribers are notified."""
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
        """The refused change has no effect."""
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
        """It has no old value, config or history, even after a kill in between."""
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
        """By its former name, until a new datapoint has that name."""
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
        """Nothing of it is kept, in memory or on disk."""
        self.change(CreateDatapoint("New", "Motor"))
        self.set({"New.speed:_archive.._archive": True, "New.on:_archive.._archive": True})
        self.set({"New.on": True})
        self.change(DeleteDatapoint("New"))
        self.assertEqual(list(self.bench.system.plant.deleted), ["New.on"])
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
        self.patch(maintenance_of(self.bench.archive), "_policy", Policy(seal=50))
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
        """One report for each change, by name: new, changed and deleted datapoints."""
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
        """The change is on disk and reported; the reason is in the log."""

        def fail(*_: object) -> None:
            raise RuntimeError("cannot follow")

        self.patch(self.bench.system.functions, "invalidate", fail)
        self.change(DeleteDatapoint("M"))
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
        self.assertEqual([event.kind.value for event in self.events], ["dpDeleted"])
        for when in self.both():
            self.again(when)
            self.assertEqual(self.error("M.speed"), 7, when)

    def test_numbers_of_elements_are_never_used_again(self) -> None:
        """Not even after a kill before the change was durable."""
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
        """Not even if the datapoints were never durable, or the system is empty."""
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
        """Subscribers get the reason; a new datapoint of that name needs a new connect."""
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
        """It has no alias, and changes independently."""
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
        """New ones appear, deleted ones no longer change."""
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
        """New elements appear, those that stay report no change."""
        self.change(ChangeType(struct("Motor", leaf("speed"), leaf("torque"))))
        self.assertEqual(self.rows, [[["System1:M.torque", 0.0]]])
        self.heard.clear()
        self.change(ChangeType(struct("Motor", leaf("rpm")), {"speed": "rpm"}))
        self.assertEqual(self.rows, [[["System1:M.rpm", 0.0]]])

    def test_a_change_of_several_types_is_told_once(self) -> None:
        """All types that refer to the changed one are in the same message."""
        _, told = self.run_query("SELECT '_online.._value' FROM '{M,G,P}*.**'")
        self.change(ChangeType(struct("Motor", leaf("speed"), leaf("torque"))))
        [message] = told.rows
        self.assertEqual(len(message), 5)
