"""Changing what there is: datapoints and types, with what belongs to them."""

from __future__ import annotations

from collections.abc import Sequence

from oagw.interfaces import Row
from oagw.model.dptypes import ElementType, TypeNode
from oagw.model.structure import (
    ChangeType,
    CopyDatapoint,
    CreateDatapoint,
    CreateType,
    DeleteDatapoint,
    DeleteType,
    RenameDatapoint,
    StructureChange,
)
from oagw.query.parser import parse_query
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
        self.assertEqual(self.history("M.speed"), [])
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
        self.assertEqual(self.history("M.speed"), [])

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
        self.rows: list[list[Row]] = []
        query = parse_query(
            "SELECT '_online.._value' FROM '{M,N}*.**' WHERE _DPT = \"Motor\""
        )
        self.successResultOf(self.bench.system.query_connect(query, self.on_rows))

    def on_rows(self, rows: Sequence[Row]) -> None:
        self.rows.append([list(row) for row in rows])

    def test_new_copied_and_deleted_datapoints(self) -> None:
        """New ones appear, deleted ones change no more."""
        self.change(CreateDatapoint("M2", "Motor"))
        self.assertEqual(self.rows, [[["System1:M2.speed", 0.0], ["System1:M2.on", False]]])
        self.rows.clear()
        self.set({"M2.speed": 3})
        self.change(CopyDatapoint("M2", "N2"))
        self.assertEqual(
            self.rows,
            [
                [["System1:M2.speed", 3.0]],
                [["System1:N2.speed", 3.0], ["System1:N2.on", False]],
            ],
        )
        self.rows.clear()
        self.change(DeleteDatapoint("M2"), CreateDatapoint("Other", "Motor"))
        self.set({"M.speed": 1, "Other.speed": 2})
        self.assertEqual(self.rows, [[["System1:M.speed", 1.0]]])

    def test_renamed_datapoints(self) -> None:
        """They appear under the new name if that is meant, and leave if it is not."""
        self.change(RenameDatapoint("M", "N"))
        self.assertEqual(self.rows, [[["System1:N.speed", 0.0], ["System1:N.on", False]]])
        self.rows.clear()
        self.set({"N.speed": 1})
        self.change(RenameDatapoint("N", "Other"))
        self.set({"Other.speed": 2})
        self.assertEqual(self.rows, [[["System1:N.speed", 1.0]]])

    def test_changed_types(self) -> None:
        """New elements appear, those that stay are told of no change."""
        self.change(ChangeType(struct("Motor", leaf("speed"), leaf("torque"))))
        self.assertEqual(self.rows, [[["System1:M.torque", 0.0]]])
        self.rows.clear()
        self.change(ChangeType(struct("Motor", leaf("rpm")), {"speed": "rpm"}))
        self.assertEqual(self.rows, [[["System1:M.rpm", 0.0]]])


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
        """Alias, texts and archiving; not the range, and none of its bits."""
        self.configure("M.speed", "_common", _alias="Speed", _unit="rpm")
        self.configure("M.speed", "_pv_range", _max=1, _ignor_inv=False)
        self.set({"M.speed:_archive.._archive": True, "M.speed": 4})
        number = self.bench.system.plant.datapoints["M"].elements[1].number
        self.change(ChangeType(struct("Motor", leaf("speed", INT), leaf("on", BOOL))))
        for when in self.both():
            self.again(when)
            self.assertEqual(
                self.get("M.speed", "M.speed:_common.._unit", "M.speed:_pv_range.._type"),
                [4, "rpm", 0],
                when,
            )
            self.assertEqual(self.status("M.speed", "_bad", "_out_prange"), (False, False))
            self.assertEqual(self.bench.system.alias("Speed"), "M.speed", when)
            self.assertEqual(self.history("M.speed"), [(NOW_MS, 4)], when)
        self.reopen()
        for table in ("last_value", "config"):
            rows = self.bench.on_disk(f"SELECT * FROM {table} WHERE element = {number}")
            self.assertEqual(rows, [], table)

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
