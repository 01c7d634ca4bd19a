"""Type changes with existing datapoints: what stays keeps its values and history."""

from __future__ import annotations

from oagw.errors import ParameterError
from oagw.interfaces.systems import PeriodRequest
from oagw.model.changes import (
    ChangeType,
    CreateDatapoint,
    CreateType,
    DeleteDatapoint,
    DeleteType,
)
from oagw.model.dptypes import ElementType, TypeNode
from tests.plant.bench import (
    BOOL,
    FLOAT,
    INT,
    MOTOR,
    STRING,
    STRUCT,
    StructureTestCase,
    leaf,
    ref,
    struct,
)
from tests.systems.bench import NOW_MS


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
        """No subscriber is notified."""
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
        """An element may also take the name of a deleted one."""
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
        """Attributes of the element's type are converted if they fit, else left out."""
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
        """Each value is shown in the type of its time, ordered by time."""
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
        """At most as many values are read from the archive as the limit allows."""
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
