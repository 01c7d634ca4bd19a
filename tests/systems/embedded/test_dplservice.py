"""DPL files into and out of an embedded system."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import OagwError, ParameterError
from oagw.model.changes import (
    CreateDatapoint,
    CreateType,
    RenameDatapoint,
)
from oagw.model.configs.configcatalogue import CONFIGS
from oagw.model.configs.declarations import kind_of
from oagw.model.dptypes import BY_KEYWORD, ElementType, TypeNode
from oagw.model.identifiers import is_name
from oagw.model.samples import Sample
from oagw.model.times import LAST
from oagw.plant.element import Element
from oagw.systems.embedded.dplservice import (
    NothingToImport,
    StartRefused,
    import_lines,
)
from tests.dpl.plans import config, values
from tests.systems.bench import Bench
from tests.systems.embedded.dplbench import (
    STATION,
    STATUS,
    STIME,
    DplTestCase,
    files,
    finish,
    service,
)


class ImportTests(DplTestCase):
    """A project is there as it was."""

    timeout = 60

    def test_everything_is_found_under_its_address(self) -> None:
        """Names, aliases, values, times, status, users and configs."""
        text = STATION + values(
            ("S1.motor.speed", "Station", "950.5"),
            ("S1.states", "Station", '"on", "warm, \\"very\\""'),
            ("S2.motor.label", "Station", 'lt:1 LANG:10001 "Motor"'),
        )
        text += config(
            "PvssRangeCheck",
            "_pv_range.._type _pv_range.._min _pv_range.._max _pv_range.._incl_min",
            "S1.motor.speed Station 7 0 3000 1",
        )
        text += config(
            "AlertValue",
            "DetailNr _alert_hdl.._type _alert_hdl.._u_limit _alert_hdl.._class",
            "S1.motor.speed Station ~ 13",
            "S1.motor.speed Station 1 4 2500 alert.",
        )
        self.load(text)
        for _ in range(2):
            self.assertEqual(
                self.get(
                    "S1.motor.speed",
                    "S1.motor.speed:_online.._stime",
                    "S1.motor.speed:_original.._status64",
                    "S1.motor.speed:_original.._user",
                    "S1.motor.speed:_common.._alias",
                    "S1.motor.speed:_common.._unit",
                    "S1.motor.speed:_pv_range.._max",
                    "S1.motor.speed:_pv_range.._incl_min",
                    "S1.motor.speed:_alert_hdl.._type",
                    "S1.motor.speed:_alert_hdl.1._u_limit",
                    "S1.motor.speed:_alert_hdl.1._class",
                    "S1.states",
                    "S2.motor.label",
                    "S2.total",
                ),
                [
                    *(950.5, STIME, STATUS, 7, "Speed of S1", "rpm", 3000.0, True, 13),
                    *(2500.0, "alert.", ["on", 'warm, "very"'], "Motor", 0.0),
                ],
            )
            system = self.bench.system
            self.assertEqual(system.alias("Speed of S1"), "S1.motor.speed")
            self.assertEqual(system.alias("Second"), "S2.")
            self.assertEqual(system.plant.datapoints["S2"].dp_id, 102)
            self.reopen()

    def test_the_report(self) -> None:
        """It counts what was found, and has the warnings."""
        plan = self.load(STATION + values(("_S3.total", "Station", "1")))
        self.assertEqual(
            import_lines(plan),
            [
                "new types: 2",
                "new datapoints: 3",
                "Aliases/Comments: 2",
                "kept rows of CNS: 1",
                "DpValue: 1",
                "warning: a.dpl, line 27: the datapoint '_S3' is not in the files; it is "
                "created with the type Station from the row",
            ],
        )

    def test_one_error_changes_nothing(self) -> None:
        """Neither types, datapoints, configs and values, nor the disk."""
        before = self.export()
        good = STATION + values(("F1.", "Float", "5"), ("S1.total", "Station", "1"))
        good += config("DpSmoothMain", "_smooth.._type", "F1. Float 48")
        for bad, reason in (
            (values(("S1.total", "Station", "x")), "b.dpl, line 3, column 27: the cell"),
            ("# DpType\nTypeName\nStation.Station\t1#1\n\tx\t99#2\n", "no element type 99"),
            ("# DpType\nTypeName\nAll.All\t1#1\n\tb\t41#2:All\n", "in a circle"),
            ('# DpValue\nElementName\nF1.\t"\n', "the quote is not closed"),
        ):
            lines = self.refused_load(good, bad)
            self.assertIn(reason, lines[0])
            self.assertEqual(lines[-1][:20], "nothing was imported")
            self.assertEqual(self.export(), before, bad)
            self.assertEqual((self.changes, self.events), ([], []))
        self.reopen()
        self.assertEqual(self.export(), before)

    def test_one_line_for_a_start_that_is_refused(self) -> None:
        """Before the system serves there is one line to say it in."""
        bad = values(("F1.", "Float", "x"), ("F1.", "Float", "y"))
        with (
            self.assertRaises(StartRefused) as refused,
            self.bench.store.creating(),
        ):
            self.dpl.import_now(files(bad), keep_going=False)
        self.assertEqual(
            str(refused.exception),
            "a.dpl, line 3, column 20: the cell 'x' is not a valid float (and 1 more)",
        )

    def test_many_problems(self) -> None:
        """Fifty are listed, and after a thousand the reading ends."""
        lines = self.refused_load(values(*[("F1.", "Float", "x")] * 60))
        self.assertEqual(len(lines), 53)
        self.assertEqual(lines[50:52], ["... and 10 more", "60 problems"])
        lines = self.refused_load(values(*[("F1.", "Float", "x")] * 2000))
        self.assertIn("the reading ended after 1000 problems", lines[51])

    def test_keep_going(self) -> None:
        """What is good is there, and the rest is in the report."""
        bad = values(("F1.", "Float", "x"), ("F2.", "Float", "7"))
        plan = self.load(STATION, bad, keep_going=True)
        self.assertEqual(self.get("F2.", "S1.total"), [7.0, 0.0])
        self.assertEqual(
            import_lines(plan)[-1],
            "left out: b.dpl, line 3, column 20: the cell 'x' is not a valid float",
        )
        text = bad + values(*[("F1.", "Float", "x")] * 1500)
        plan = self.load(text, keep_going=True)
        self.assertEqual(import_lines(plan)[-1], "left out: 501 more")

    def test_members_of_arrays(self) -> None:
        """They are written without a dot, in files, names, patterns and queries."""
        head = "# Datapoint/DpId\nDpName\tTypeName\nU\t_C\n\n"
        rows = (("U.n[1]", "_C", "5"), ("U.n[2]", "_C", "6"), ("U.m[1].x[3]", "_C", "7"))
        self.load(head + values(*rows))
        for _ in range(2):
            self.assertEqual(self.get("U.n[1]", "U.n[2]", "U.m[1].x[3]"), [5, 6, 7])
            for pattern, names in (
                ("U.n[1]", ["U.n[1]"]),
                ("U.n[1,2]", ["U.n[1]", "U.n[2]"]),
                ("U.n[*]", ["U.n[1]", "U.n[2]"]),
                ("U.m[1].x[1-5]", ["U.m[1].x[3]"]),
                ("U.**", ["U.n[1]", "U.n[2]", "U.m[1].x[3]"]),
            ):
                found = self.query(f"SELECT '_online.._value' FROM '{pattern}'")
                found_names = [str(row[0]).partition(":")[2] for row in found]
                self.assertEqual(found_names, names, pattern)
            self.reopen()
        text = self.export()
        self.assertRegex(text, r"\tn\t2#\d+\n\t\t\[1\]\t21#\d+\n\t\t\[2\]\t21#\d+\n")
        self.set({"U.n[2]": 8})
        self.assertEqual(self.get("U.n[2]"), [8])

    def test_attributes_that_nobody_knows(self) -> None:
        """They stay with their element, and an export writes them back."""
        text = config(
            "DpSmoothMain",
            "_smooth.._type _smooth.._new_one _what.._ever",
            'F1. Float 48 "x" 7',
        )
        self.load(text)
        self.bench.system.change(RenameDatapoint("F1", "Renamed"))
        for _ in range(2):
            self.reopen()
            exported = self.export()
            self.assertIn("\t_smooth.._new_one\n", exported)
            self.assertIn("ASC (1)/0\tRenamed.\tFloat\t48\t", exported)
            self.assertIn('\t"x"\n', exported)
            head = "# GeneralConfig\nManager/User\tElementName\tTypeName\t_what.._ever\n"
            self.assertIn(f"{head}ASC (1)/0\tRenamed.\tFloat\t7\n", exported)
            self.load(exported)
            self.assertEqual(self.export(), exported)

    def test_nothing_to_import(self) -> None:
        """It is refused, and why is said; what is there already is something."""
        for text, reason in (
            ("", "nothing was imported: there is no row to import in a.dpl"),
            ("# DpValue\nElementName\tTypeName\n", "there is no row to import in a.dpl"),
            (
                values(("F1.", "Float", "x")),
                "nothing was imported: nothing in a.dpl is good",
            ),
        ):
            done = self.finish(self.begin(text, keep_going=True))
            failure = self.failureResultOf(done, NothingToImport)
            self.assertIn(reason, failure.value.report[-1], text)
            self.assertLess(len(failure.value.report), 5)
        self.load(STATION)
        head, _, _ = STATION.partition("# Aliases")
        self.assertEqual(self.load(head).counts["existing types"], 2)

    def test_existing_datapoints(self) -> None:
        """What the files say of them is set; all else stays."""
        self.set({"F1.:_common.._alias": "Eff", "F1.:_smooth.._std_tol": 0.5, "F2.": 1})
        text = values(("F1.", "Float", "5"))
        text += config("DpSmoothMain", "_smooth.._type", "F1. Float 48")
        text += "# Aliases/Comments\nAliasId\tAliasName\tCommentName\nF1.\t\t\nF2.\tTwo\n"
        self.load(text)
        for _ in range(2):
            self.assertEqual(
                self.get("F1.", "F2.", "F1.:_smooth.._type", "F1.:_smooth.._std_tol"),
                [5.0, 1.0, 48, 0.5],
            )
            self.assertEqual(self.bench.system.alias("Eff"), "F1.")
            self.assertEqual(self.bench.system.alias("Two"), "F2.")
            self.reopen()

    def test_a_changed_type(self) -> None:
        """Elements that stay keep their values and configs; values find the new ones."""
        self.set({"pump_01.value.speed": 900, "pump_01.value.speed:_common.._alias": "P"})
        text = (
            "# DpType\nTypeName\nPump.Pump\t1#1\n\tstate\t1#2\n\t\ttext\t25#3\n"
            "\t\tnew\t21#4\n\tvalue\t1#5\n\t\tspeed\t22#6\n\n"
        )
        plan = self.load(text + values(("pump_02.state.new", "Pump", "3")))
        self.assertEqual(import_lines(plan), ["changed types: 1", "DpValue: 1"])
        for _ in range(2):
            self.assertEqual(
                self.get("pump_01.value.speed", "pump_01.state.text", "pump_02.state.new"),
                [900.0, "idle", 3],
            )
            self.assertEqual(self.error("pump_01.value.running"), 8)
            self.assertEqual(self.bench.system.alias("P"), "pump_01.value.speed")
            self.bench.plant_text = self.bench.plant_text.partition("[types]")[0]
            self.reopen()

    def test_types_that_change_together(self) -> None:
        """In an order in which each of them goes: here the second one first."""
        self.load("# DpType\nTypeName\nA.A\t1#1\n\tx\t22#2\nB.B\t1#1\n\ta\t41#2:A\n")
        self.load("# DpType\nTypeName\nA.A\t1#1\n\tb\t41#3:B\nB.B\t1#1\n\tx\t22#2\n")
        types = self.bench.system.plant.types
        self.assertEqual(list(types["A"].by_path), ["", "b", "b.x"])
        self.assertEqual(list(types["B"].by_path), ["", "x"])

    def test_an_inferred_type_and_the_real_one(self) -> None:
        """The real definition takes its place later, and values stay."""
        head = "# Datapoint/DpId\nDpName\tTypeName\tID\nW1\tWell\t0\n\n"
        self.load(head + values(("W1.level", "Well", "2.5"), ("W1.on", "Well", "1")))
        self.assertEqual(self.get("W1.level", "W1.on"), [2.5, 1])
        self.load("# DpType\nTypeName\nWell.Well\t1#1\n\tlevel\t22#2\n\ton\t23#3\n")
        self.assertEqual(self.get("W1.level", "W1.on"), [2.5, True])

    def test_an_inferred_type_and_more_rows(self) -> None:
        """Values and ranges stay when it has to hold more, also after a restart."""
        head = "# Datapoint/DpId\nDpName\tTypeName\tID\n{}\tWell\t0\n\n"
        limits = config(
            "PvssRangeCheck", "_pv_range.._type _pv_range.._max", "W1.level Well 7 50"
        )
        self.load(head.format("W1") + values(("W1.level", "Well", "2")) + limits)
        self.assertEqual(self.get("W1.level"), [2])
        self.reopen()
        more = values(("W2.level", "Well", "2.5"), ("W1.names", "Well", '"a"'))
        self.load(head.format("W2") + more)
        names = ("W1.level", "W1.level:_pv_range.._max", "W2.level", "W1.names")
        self.assertEqual(self.get(*names), [2.0, 50.0, 2.5, "a"])
        self.load(values(("W2.names", "Well", '"a", "b"')))
        self.reopen()
        self.assertEqual(self.get("W1.names", "W2.names"), [["a"], ["a", "b"]])

    def test_values_are_taken_as_they_are(self) -> None:
        """Outside of a range too; the status is that of the file."""
        text = values(("F1.", "Float", "99"))
        text += config(
            "PvssRangeCheck", "_pv_range.._type _pv_range.._max", "F1. Float 7 5"
        )
        self.load(text)
        self.assertEqual(self.get("F1.", "F1.:_original.._status64"), [99.0, STATUS])

    def test_what_is_there_already_is_no_change(self) -> None:
        """The system's own export changes nothing, and no subscriber is notified."""
        self.load(STATION + values(("S1.total", "Station", "1")))
        self.connect("S1.total", "F2.")
        self.events.clear()
        before = self.export()
        plan = self.load(before)
        self.assertEqual(
            (plan.new_types, plan.changed_types, plan.datapoints), ({}, {}, [])
        )
        self.assertEqual((self.changes, self.events), ([], []))
        self.assertEqual(self.export(), before)


class ExportTests(DplTestCase):
    """What is written of a system."""

    timeout = 60

    def test_a_pattern(self) -> None:
        """Datapoints with their types, and what those refer to; or single elements."""
        self.load(STATION + values(("S1.total", "Station", "1"), ("S2.total", "", "2")))
        text = self.export("S1")
        self.assertIn("Motor.Motor", text)
        self.assertNotIn("Pump", text)
        self.assertNotIn("S2", text)
        self.assertEqual(self.export("System1:S1"), text)
        self.assertNotIn("motor.speed\t", self.export("S*.total").partition("Aliases")[2])
        self.assertNotIn("CNS", text)

    def test_a_pattern_that_means_nothing(self) -> None:
        """It is an error, instead of an empty file."""
        for pattern, error in (
            ("Nope*", OagwError),
            ("F1.nope", OagwError),
            ("F{1", ParameterError),
        ):
            with self.assertRaises(error):
                self.dpl.export(pattern)

    def test_while_it_runs(self) -> None:
        """The content is the same as that of a stopped system."""
        self.load(STATION)
        done = Deferred.fromCoroutine(self.dpl.export_running(""))
        self.assertEqual(self.successResultOf(done).decode(), self.export())

    def test_kept_sections_once(self) -> None:
        """However often they are imported, and whatever stands around them."""
        odd = "# OddThings\nThing\tSize\na\t1\n\n\t\n"
        self.load(STATION + odd)
        self.load("# OddThings\nThing\tSize\na\t1\n")
        self.load(self.export())
        self.assertEqual(self.export().count("# OddThings"), 1)
        self.assertEqual(self.export().count("# CNS"), 1)


def _texts() -> st.SearchStrategy[str]:
    return st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)


#: Names that are easily read as something else.
_ODD_NAMES = (
    *("DpName", "TypeName", "ID", "AliasId", "ElementName", "Manager/User", "CNSpath"),
    *("#", "# DpType", '"', '""', 'a"b', '"a"', "a\\", '\\"', "lt", "1#1", "0", "-", "a b"),
    *("_original", "Ω" * 255, "日本", "\u200d", "é"),
)


def _words() -> st.SearchStrategy[str]:
    """Whatever can be the name of a datapoint, a type or an element."""
    return st.one_of(
        st.text("abcXYZ_0123456789äß", min_size=1, max_size=6),
        st.sampled_from(_ODD_NAMES).filter(is_name),
        st.text("a\"\\#/'=<>| é", min_size=1, max_size=4).filter(is_name),
        st.text(min_size=1, max_size=4).filter(is_name),
    )


_INTS = {
    ElementType.CHAR: (0, 2**8 - 1),
    ElementType.UINT: (0, 2**32 - 1),
    ElementType.INT: (-(2**31), 2**31 - 1),
    ElementType.BIT32: (0, 2**32 - 1),
    ElementType.BIT64: (0, 2**64 - 1),
    ElementType.LONG: (-(2**63), 2**63 - 1),
    ElementType.ULONG: (0, 2**64 - 1),
    ElementType.TIME: (0, LAST),
}
_LANGUAGES = st.sampled_from(["en_US.utf8", "de_AT.utf8", "LANG:123", "xx"])
_OTHERS: dict[ElementType, st.SearchStrategy[Any]] = {
    ElementType.BOOL: st.booleans(),
    ElementType.FLOAT: st.floats(allow_nan=False, allow_infinity=False),
    ElementType.STRING: _texts(),
    ElementType.DPID: _texts().map(str.strip),
    ElementType.BLOB: st.binary(max_size=6),
    ElementType.LANG_STRING: st.dictionaries(_LANGUAGES, _texts(), max_size=3),
}


def _values(kind: ElementType) -> st.SearchStrategy[Any]:
    if kind.member is not None:
        return st.lists(_values(kind.member), max_size=3).map(tuple)
    return _OTHERS[kind] if kind in _OTHERS else st.integers(*_INTS[kind])


_LEAVES = st.sampled_from(sorted(BY_KEYWORD.values()))
_CONFIGS = ("_smooth", "_pv_range", "_u_range", "_alert_hdl", "_archive", "_address")
_MORE = ("_default", "_alert_class", "_general", "_auth", "_msg_conv", "_distrib")


@st.composite
def _types(draw: Callable[[Any], Any]) -> list[TypeNode]:
    """Types that refer to the ones before."""
    types: list[TypeNode] = []
    for name in draw(st.lists(_words(), min_size=1, max_size=3, unique=True)):
        before = [one.name for one in types]

        def node(name: str, depth: int, before: list[str] = before) -> TypeNode:
            shape = draw(st.sampled_from(("leaf", "leaf", "struct", "reference")))
            if shape == "reference" and before and depth:
                other = draw(st.sampled_from(before))
                return TypeNode(name, ElementType.REFERENCE, 0, (), other)
            if depth and (shape != "struct" or depth > 2):
                return TypeNode(name, draw(_LEAVES))
            names = draw(st.lists(_words(), min_size=1, max_size=3, unique=True))
            kind = draw(st.sampled_from((ElementType.STRUCT, ElementType.ARRAY)))
            if kind is ElementType.ARRAY:
                names = [f"[{number}]" for number in range(1, len(names) + 1)]
            children = tuple(node(child, depth + 1) for child in names)
            return TypeNode(name, kind, 0, children)

        types.append(node(name, 0))
    return types


def _set_up(bench: Bench, types: list[TypeNode], draw: Callable[[Any], Any]) -> None:
    """Datapoints with values, configs and aliases, straight into a system."""
    system = bench.system
    for root in types:
        system.change(CreateType(root))
    names = draw(st.lists(_words(), min_size=1, max_size=3, unique=True))
    for name in names:
        system.change(CreateDatapoint(name, draw(st.sampled_from(types)).name))
        for element in system.plant.datapoints[name].elements:
            _fill(element, draw)
    aliases = draw(st.lists(_texts().map(str.strip), max_size=2, unique=True))
    elements = [one for name in names for one in system.plant.datapoints[name].elements]
    for alias, element in zip(filter(None, aliases), elements, strict=False):
        system.plant.set_alias(element, alias)
        element.change_config("_common", {"_alias": alias})


def _fill(element: Element, draw: Callable[[Any], Any]) -> None:
    kind = element.type
    if kind.holds_value and draw(st.booleans()):
        numbers = [draw(st.integers(0, top)) for top in (LAST, 2**64 - 1, 2**32 - 1)]
        element.sample = Sample(draw(_values(kind)), *numbers)
    if draw(st.booleans()):
        element.change_config("_common", draw(_commons()))
    for name in draw(st.sets(st.sampled_from(_CONFIGS + _MORE), max_size=2)):
        config = CONFIGS[name]
        if not (kind.holds_value or config.on_structs):
            continue
        for detail in draw(st.sampled_from(([""], ["", "1", "2"]))):
            if detail and config.details is None:
                continue
            for attribute in draw(st.sets(st.sampled_from(sorted(config.attributes)))):
                try:
                    found = config.find(detail, attribute, name)
                except OagwError:
                    continue
                own = kind_of(found.kind, kind)
                if attribute == "_type" or not own.holds_value:
                    continue
                key = f"{detail}.{attribute}" if detail else attribute
                element.change_config(name, {key: draw(_values(own))})


def _commons() -> st.SearchStrategy[dict[str, Any]]:
    # A language without text is none.
    some = st.one_of(_texts(), st.text('@"\\\n', max_size=4)).filter(bool)
    texts = st.dictionaries(_LANGUAGES, some, min_size=1, max_size=2)
    return st.fixed_dictionaries(
        {}, optional={"_description": texts, "_format": texts, "_unit": texts}
    )


class RoundTripTests(SynchronousTestCase):
    """Export, import into a new system, export again."""

    timeout = 240

    def test_any_plant(self) -> None:
        """The second file is the first, and the systems are equal in every attribute."""
        number = iter(range(1_000_000))
        directory = Path(self.mktemp())
        directory.mkdir()

        def bench() -> Bench:
            return Bench(directory / str(next(number)), "[types]\n")

        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(_types(), st.data())
        def check(types: list[TypeNode], data: st.DataObject) -> None:
            one, other = bench(), bench()
            _set_up(one, types, data.draw)
            text = "".join(service(one).export(""))
            importing = service(other).import_running([("x", text.encode())], False)
            done = Deferred.fromCoroutine(importing)
            finish(other, done)
            plan = self.successResultOf(done)
            self.assertEqual(plan.warnings, [])
            self.assertEqual("".join(service(other).export("")), text)
            self.assertEqual(_contents(other), _contents(one))
            self.successResultOf(other.system.stop())
            other.open()
            self.assertEqual("".join(service(other).export("")), text)
            for opened in (one, other):
                self.successResultOf(opened.system.stop())

        check()


def _contents(bench: Bench) -> dict[str, object]:
    """Everything that a system has, by name."""
    plant = bench.system.plant
    found: dict[str, object] = {"aliases": {}}
    for name, datapoint in plant.datapoints.items():
        for element in datapoint.elements:
            configs = {
                # What makes a config exist may stand there or not.
                one: {
                    "_type": CONFIGS[one].creates,
                    # One that says nothing may stand there or not.
                    **{key: value for key, value in attributes.items() if value != {}},
                }
                for one, attributes in (element.configs or {}).items()
            }
            found[f"{name}.{element.node.path}"] = (
                element.type,
                element.node.reference,
                repr(element.sample),
                configs,
            )
    found["aliases"] = {alias: one.name for alias, one in plant.aliases.items()}
    return found
