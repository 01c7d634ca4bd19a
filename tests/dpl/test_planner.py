"""DPL files become a plan: checked and converted as a whole, or refused with a place."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.plan import DplSource, Plan
from oagw.dpl.planner import plan_import
from oagw.dpl.text import decode
from oagw.model import status
from oagw.model.dptypes import DpType, ElementType, TypeNode, build_type
from oagw.model.samples import Sample
from oagw.model.times import NS_PER_S

UTC = ZoneInfo("UTC")
NOW = 1_700_000_000 * NS_PER_S
NORMAL = "0x8300000000000101"

TYPES = """\
# DpType
TypeName
Pump.Pump\t1#1
\tvalue\t1#2
\t\tspeed\t22#3
\t\trunning\t23#4
\tlabel\t25#5

"""
DATAPOINTS = """\
# Datapoint/DpId
DpName\tTypeName\tID
P1\tPump\t17
P2\tPump

"""
PLANT = TYPES + DATAPOINTS
VALUE_COLUMNS = (
    "Manager/User\tElementName\tTypeName\t_original.._value\t_original.._status64"
    "\t_original.._stime\n"
)


def values(*rows: tuple[str, str, str]) -> str:
    """A section DpValue: element, type and cell of each row."""
    lines = [
        f"UI (1)/7\t{element}\t{dp_type}\t{cell}\t{NORMAL}\t14.11.2023 22:13:20.000\n"
        for element, dp_type, cell in rows
    ]
    return f"# DpValue\n{VALUE_COLUMNS}{''.join(lines)}\n"


def config(section: str, columns: str, *rows: str) -> str:
    """A section of a config; columns and rows with blanks for tabs, ``~`` for a blank."""
    head = f"# {section}\nManager/User ElementName TypeName {columns}\n".replace(" ", "\t")
    lines = "".join(
        f"ASC (1)/0\t{row.replace(' ', chr(9)).replace('~', ' ')}\n" for row in rows
    )
    return f"{head}{lines}\n"


class System:
    """A system as the planner sees it."""

    def __init__(
        self,
        types: Mapping[str, TypeNode] | None = None,
        datapoints: Mapping[str, str] | None = None,
        aliases: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        definitions = dict(types or {})
        self.types: Mapping[str, DpType] = {
            name: build_type(name, root, definitions) for name, root in definitions.items()
        }
        self._datapoints = datapoints or {}
        self._aliases = aliases or {}

    def type_of(self, datapoint: str) -> DpType | None:
        """The type of a datapoint."""
        name = self._datapoints.get(datapoint)
        return None if name is None else self.types[name]

    def alias_owner(self, alias: str) -> tuple[str, str] | None:
        """Who has an alias."""
        return self._aliases.get(alias)


def plan(*texts: str, system: System | None = None, most: int | None = None) -> Plan:
    """The plan of files called ``a.dpl``, ``b.dpl``, ..."""
    sources = [DplSource(f"{chr(97 + at)}.dpl", text) for at, text in enumerate(texts)]
    return plan_import(sources, system or System(), "System1", NOW, UTC, most)


def problems(*texts: str, system: System | None = None) -> list[str]:
    return [str(problem) for problem in plan(*texts, system=system).problems]


def samples(found: Plan) -> dict[tuple[str, str], object]:
    """The values by datapoint and path."""
    types = {name: build_type(name, root, {}) for name, root in found.new_types.items()}
    owners = {one.name: types[one.dp_type] for one in found.datapoints}
    return {
        (name, owners[name].elements[place].path): sample.value
        for name, place, sample in found.values
    }


def leaf(name: str, kind: ElementType, number: int = 0) -> TypeNode:
    return TypeNode(name, kind, number)


FLOAT_TYPE = TypeNode("Pump", ElementType.FLOAT, 1)
PUMP_TYPE = TypeNode(
    "Pump",
    ElementType.STRUCT,
    1,
    (
        TypeNode(
            "value",
            ElementType.STRUCT,
            2,
            (leaf("speed", ElementType.FLOAT, 3), leaf("running", ElementType.BOOL, 4)),
        ),
        leaf("label", ElementType.STRING, 5),
    ),
)


class TypeTests(SynchronousTestCase):
    """Definitions of types."""

    timeout = 30

    def test_new_changed_and_unchanged_types(self) -> None:
        """What the system has already is not touched; what differs is changed."""
        other = "Valve.Valve\t1#1\n\topen\t23#2\n"
        system = System({"Pump": PUMP_TYPE})
        found = plan(TYPES.rstrip() + "\n" + other, system=system)
        self.assertEqual(found.problems, [])
        self.assertEqual(list(found.new_types), ["Valve"])
        self.assertEqual(found.changed_types, {})
        self.assertEqual(found.counts["types that were there"], 1)
        found = plan(TYPES.replace("speed", "pace"), system=system)
        self.assertEqual(list(found.changed_types), ["Pump"])
        self.assertEqual(found.new_types, {})

    def test_ids_alone_are_no_change(self) -> None:
        """Another project has given the same elements other numbers."""
        found = plan(TYPES.replace("#3", "#33"), system=System({"Pump": PUMP_TYPE}))
        self.assertEqual(found.changed_types, {})

    def test_a_type_that_is_defined_twice(self) -> None:
        """The last definition counts, with a warning if it is another one."""
        found = plan(TYPES + TYPES)
        self.assertEqual(found.warnings, [])
        found = plan(TYPES, TYPES.replace("speed", "pace"))
        self.assertEqual(found.new_types["Pump"].children[0].children[0].name, "pace")
        self.assertEqual(
            found.warnings,
            [
                "b.dpl, line 3: the type Pump is defined twice; this definition counts",
            ],
        )

    def test_references_in_any_order(self) -> None:
        """A type may refer to one that comes later, or in another file."""
        station = "# DpType\nTypeName\nStation.Station\t1#1\n\tpump\t41#2:Pump\n\n"
        found = plan(station, TYPES)
        self.assertEqual(found.problems, [])
        self.assertEqual(list(found.new_types), ["Station", "Pump"])

    def test_a_reference_to_a_type_that_is_nowhere(self) -> None:
        """The type gets what rows show of it; without any it is an empty structure."""
        text = (
            "# DpType\nTypeName\nStation.Station\t1#1\n\tpump\t41#2:Pump\n"
            "# Datapoint/DpId\nDpName\tTypeName\tID\nS1\tStation\t1\n\n"
        )
        found = plan(text)
        self.assertEqual(found.problems, [])
        self.assertEqual(found.new_types["Pump"], TypeNode("Pump", ElementType.STRUCT))
        [warning] = found.warnings
        self.assertIn("the type Pump is not in the files, and no row shows", warning)
        rows = (("S1.pump.speed", "Station", "1"), ("S1.pump.speed", "Station", "1.5"))
        found = plan(text + values(*rows))
        self.assertEqual(found.problems, [])
        [child] = found.new_types["Pump"].children
        self.assertEqual((child.name, child.type), ("speed", ElementType.FLOAT))

    def test_a_reference_to_a_type_that_is_refused(self) -> None:
        """The message points to the element that refers."""
        text = (
            "# DpType\nTypeName\nStation.Station\t1#1\n\tpump\t41#2:Pump\nPump.Pump\t99#1\n"
        )
        self.assertIn(
            "a.dpl, line 4, column 7: type Station: element 'pump' refers to the type "
            "'Pump', which does not exist",
            problems(text),
        )

    def test_cells_behind_the_element_type(self) -> None:
        """They mean nothing, which is a warning."""
        found = plan(TYPES.replace("22#3", "22#3\tin rpm"))
        self.assertEqual((found.problems, list(found.new_types)), ([], ["Pump"]))
        [warning] = found.warnings
        self.assertIn("a.dpl, line 5, column 14: there is no column", warning)

    def test_circles(self) -> None:
        """Types that refer to one another in a circle are refused, all of them."""
        text = (
            "# DpType\nTypeName\nA.A\t1#1\n\tb\t41#2:B\nB.B\t1#1\n\ta\t41#2:A\n"
            "C.C\t1#1\n\tx\t22#2\n"
        )
        found = plan(text)
        self.assertEqual([problem.line for problem in found.problems], [3, 5])
        self.assertIn("A -> B -> A", found.problems[0].reason)
        self.assertEqual(list(found.new_types), ["C"])

    def test_one_bad_type_of_several(self) -> None:
        """Only the bad one is left out, wherever in it the fault is."""
        good = "Good{0}.Good{0}\t1#1\n\tx\t22#2\n"
        for bad in (
            "Bad.Bad\t1#1\n\tx\t99#2\n",
            "Bad.Bad\n\tx\t22#2\n",
            "Bad.Bad\t1#1\n\tx\t22#2\n\tx\t22#3\n",
            "Bad.Bad\t1#1\n\t\t\tx\t22#2\n",
            "Ba:d.Ba:d\t1#1\n\tx\t22#2\n",
        ):
            text = f"# DpType\nTypeName\n{good.format(1)}{bad}{good.format(2)}"
            found = plan(text)
            self.assertEqual(list(found.new_types), ["Good1", "Good2"], bad)
            self.assertEqual(len(found.problems), 1, bad)

    def test_a_type_falls_with_the_one_that_it_refers_to(self) -> None:
        """Each is listed; what does not need them stays."""
        text = (
            "# DpType\nTypeName\nUser.User\t1#1\n\tbad\t41#2:Ba:d\n"
            "Ba:d.Ba:d\t1#1\n\tx\t22#2\nGood.Good\t22#1\n"
        )
        found = plan(text)
        self.assertEqual(list(found.new_types), ["Good"])
        self.assertEqual(sorted(one.line for one in found.problems), [4, 5])

    def test_values_of_types_that_refer_to_a_changed_one(self) -> None:
        """They go to the elements as they will be, at any distance from the change."""
        inner = TypeNode("In", ElementType.STRUCT, 1, (leaf("a", ElementType.FLOAT, 2),))
        middle = TypeNode(
            "Mid",
            ElementType.STRUCT,
            1,
            (TypeNode("in", ElementType.REFERENCE, 2, (), "In"),),
        )
        outer = TypeNode(
            "Out",
            ElementType.STRUCT,
            1,
            (
                TypeNode("mid", ElementType.REFERENCE, 2, (), "Mid"),
                leaf("last", ElementType.FLOAT, 3),
            ),
        )
        system = System({"In": inner, "Mid": middle, "Out": outer}, {"O1": "Out"})
        text = "# DpType\nTypeName\nIn.In\t1#1\n\ta\t22#2\n\tb\t22#3\n\n" + values(
            ("O1.last", "Out", "5"), ("O1.mid.in.b", "Out", "6")
        )
        found = plan(text, system=system)
        self.assertEqual(found.problems, [])
        # Root, mid, mid.in, mid.in.a, mid.in.b, last
        self.assertEqual(
            [(place, sample.value) for _, place, sample in found.values],
            [(5, 5.0), (4, 6.0)],
        )

    def test_a_change_that_a_type_of_the_system_does_not_survive(self) -> None:
        """The changed type is to blame, for that of the system is in no file."""
        big = TypeNode("Big", ElementType.STRUCT, 1, (leaf("a", ElementType.FLOAT, 2),))
        many = tuple(
            TypeNode(f"r{number}", ElementType.REFERENCE, number + 2, (), "Big")
            for number in range(1000)
        )
        user = TypeNode("User", ElementType.STRUCT, 1, many)
        elements = "".join(f"\te{number}\t22#{number + 2}\n" for number in range(100))
        text = f"# DpType\nTypeName\nBig.Big\t1#1\n{elements}"
        [problem] = problems(text, system=System({"Big": big, "User": user}))
        self.assertIn("a.dpl, line 3, column 1: type User", problem)


class DatapointTests(SynchronousTestCase):
    """The section Datapoint/DpId."""

    timeout = 30

    def test_names_types_and_ids(self) -> None:
        """An ID may be missing; a name may end with a dot, and begin with the system."""
        rows = "P1\tPump\t17\nP2\tPump\nP3.\tPump\t0\nSystem1:P4\tPump\t5\nP5 Pump\n"
        found = plan(TYPES + "# Datapoint/DpId\nDpName\tTypeName\tID\n" + rows)
        self.assertEqual(found.problems, [])
        self.assertEqual(
            [tuple(one) for one in found.datapoints],
            [
                ("P1", "Pump", 17),
                ("P2", "Pump", 0),
                ("P3", "Pump", 0),
                ("P4", "Pump", 5),
                ("P5", "Pump", 0),
            ],
        )

    def test_faults(self) -> None:
        """Each names line, column and reason."""
        for row, column, reason in (
            ("P:1\tPump\t1", 1, "'P:1' belongs to the system 'P'; this one is 'System1'"),
            ("P*1\tPump\t1", 1, "cannot be the name of a datapoint"),
            ("P1\tPump\tx", 9, "'x' is not an ID"),
            ("P1\t\t7", 4, "'P1' needs a type"),
            ("Old\tPump\t1", 5, "has the type Valve, not 'Pump'"),
        ):
            text = TYPES + f"# Datapoint/DpId\nDpName\tTypeName\tID\n{row}\n"
            system = System({"Valve": leaf("Valve", ElementType.BOOL)}, {"Old": "Valve"})
            [problem] = problems(text, system=system)
            self.assertIn(f"a.dpl, line 11, column {column}: ", problem, row)
            self.assertIn(reason, problem, row)

    def test_existing_datapoints(self) -> None:
        """They are counted and not made again."""
        found = plan(PLANT, system=System({"Pump": PUMP_TYPE}, {"P1": "Pump"}))
        self.assertEqual([one.name for one in found.datapoints], ["P2"])
        self.assertEqual(found.counts["datapoints that were there"], 1)

    def test_twice(self) -> None:
        """A datapoint that is there twice is made once; with another type it is wrong."""
        found = plan(PLANT, DATAPOINTS)
        self.assertEqual([one.name for one in found.datapoints], ["P1", "P2"])
        other = "# DpType\nTypeName\nValve.Valve\t23#1\n\n"
        text = "# Datapoint/DpId\nDpName\tTypeName\nP1\tValve\n"
        [problem] = problems(PLANT, other + text)
        self.assertIn("b.dpl, line 7, column 4: the datapoint 'P1' has", problem)

    def test_rows_about_what_was_refused_are_silent(self) -> None:
        """A datapoint that cannot be made is one problem, however many rows it has."""
        bad = TYPES.replace("22#3", "999#3") + DATAPOINTS
        found = plan(
            bad + values(("P1.label", "Pump", '"a"'), ("_P9.label", "Pump", '"b"'))
        )
        self.assertEqual([one.line for one in found.problems], [5])
        self.assertEqual((found.datapoints, found.values), ([], []))
        self.assertEqual(found.counts["datapoints left out"], 3)

    def test_values_of_internal_datapoints_that_are_not_in_the_file(self) -> None:
        """They are made, with a warning, if the row says of which type."""
        found = plan(TYPES + values(("_P7.label", "Pump", '"x"'), ("_P7.label", "", '"y"')))
        self.assertEqual([one.name for one in found.datapoints], ["_P7"])
        self.assertEqual(len(found.warnings), 1)
        self.assertIn("'_P7' is not in the files; it is made", found.warnings[0])
        [problem] = problems(TYPES + values(("_P*7.label", "Pump", '"x"')))
        self.assertIn("column 10: '_P*7': '_P*7' cannot be the name", problem)

    def test_comments_of_internal_datapoints_that_are_not_in_the_file(self) -> None:
        """Their rows name no type, so they are left out, with a warning."""
        head = "# Aliases/Comments\nAliasId\tAliasName\tCommentName\n"
        found = plan(TYPES + head + '_P7.label\t"a"\t""\n')
        [warning] = found.warnings
        self.assertIn("there is no datapoint '_P7', and the row names no type", warning)
        [problem] = problems(TYPES + head + 'P7.label\t"a"\t""\n')
        self.assertIn("there is no datapoint 'P7'", problem)

    def test_cells_of_configs_that_are_only_kept(self) -> None:
        """What cannot be read of them is left out with a warning; of others it is wrong."""
        row = "P1.value.speed\tPump\tx\n"
        head = "# DistributionInfo\nElementName\tTypeName\t_distrib.._type\n"
        found = plan(PLANT + head + row)
        [warning] = found.warnings
        self.assertIn("the cell is left out", warning)
        head = "# DpSmoothMain\nElementName\tTypeName\t_smooth.._std_type\n"
        [problem] = problems(PLANT + head + row)
        self.assertIn("column 21", problem)

    def test_values_of_others_that_are_not_in_the_file(self) -> None:
        """A value needs its datapoint, whatever type the row names."""
        for row in (
            ("P7.label", "", '"x"'),
            ("P7.label", "Pump", '"x"'),
            ("P7.a", "N", "1"),
        ):
            self.assertEqual(
                problems(TYPES + values(row)),
                [
                    "a.dpl, line 11, column 10: there is no datapoint 'P7', neither in the "
                    "files nor in the system"
                ],
            )

    def test_a_row_that_names_another_type(self) -> None:
        """It is meant for another plant."""
        [problem] = problems(PLANT + values(("P1.label", "Valve", '"x"')))
        self.assertIn("the datapoint 'P1' has the type Pump, not 'Valve'", problem)

    def test_rows_that_are_too_short_or_too_long(self) -> None:
        """A cell without a column, a value that is not there, a column that is unknown."""
        head = (
            "# DpValue\nElementName\tTypeName\t_original.._value\t_original.._status64\t"
            "_original.._bogus\n"
        )
        [problem] = problems(PLANT + head + "P1.label\tPump\n")
        self.assertIn("the row ends before its value", problem)
        found = plan(PLANT + head + 'P1.label\tPump\t"x"\t0x101\t5\textra\n')
        self.assertEqual((found.problems, samples(found)), ([], {("P1", "label"): "x"}))
        self.assertIn("there is no column for the cell 'extra'", found.warnings[-1])
        found = plan(PLANT + head + 'P1.label\tPump\t"x"\t0x101\t5\t\t\n')
        self.assertEqual(samples(found)[("P1", "label")], "x")
        [warning] = found.warnings
        self.assertIn("the column '_original.._bogus' is not known", warning)


class ValueTests(SynchronousTestCase):
    """The section DpValue."""

    timeout = 30

    def test_a_value_with_all_that_belongs_to_it(self) -> None:
        """Value, time, status and user are those of the row."""
        found = plan(PLANT + values(("P1.value.speed", "Pump", "1.5")))
        self.assertEqual(found.values, [("P1", 2, Sample(1.5, NOW, 0x8300000000000101, 7))])
        self.assertEqual(found.counts["DpValue"], 1)

    def test_what_is_missing(self) -> None:
        """Without time it is now, without status normal, without user root."""
        text = "# DpValue\nElementName\tTypeName\t_original.._value\nP1.label\tPump\tx\n"
        found = plan(PLANT + text)
        self.assertEqual(found.values, [("P1", 4, Sample("x", NOW, status.NORMAL, 0))])

    def test_the_old_status(self) -> None:
        """Exports of old versions have 32 bits."""
        text = (
            "# DpValue\nElementName\tTypeName\t_original.._value\t_original.._status\n"
            "P1.label\tPump\tx\t0x101\n"
        )
        [(_, _, sample)] = plan(PLANT + text).values
        self.assertEqual(sample.status, 0x101)

    def test_values_that_do_not_fit(self) -> None:
        """Line, column and reason; in the column of what is wrong."""
        row = "UI (1)/7\tP1.value.speed\tPump\t{}\t{}\t{}\n"
        good = ("1.5", NORMAL, "14.11.2023 22:13:20.000")
        for at, cell, column, reason in (
            (0, "fast", 30, "the cell 'fast' is not a valid float"),
            (0, "1e999", 30, "is not a finite number"),
            (1, "0xZ", 34, "is not a valid bit64"),
            (2, "yesterday", 53, "is not a time"),
            (2, "31.02.2023 22:13:20.000", 53, "is not a time"),
            (2, "31.12.1969 23:59:59.999", 53, "is not between 1970 and 2262"),
            (2, "01.01.2300 00:00:00.000", 53, "is not between 1970 and 2262"),
        ):
            cells = [cell if number == at else one for number, one in enumerate(good)]
            text = PLANT + f"# DpValue\n{VALUE_COLUMNS}{row.format(*cells)}"
            [problem] = problems(text)
            self.assertIn(f"a.dpl, line 16, column {column}: ", problem, cell)
            self.assertIn(reason, problem, cell)

    def test_elements_that_are_not_there(self) -> None:
        """No such element, and an element that has no value."""
        for element, reason in (
            ("P1.nope", "'P1' of type Pump has no element 'nope'"),
            ("P1.value", "'value' is a structure without value"),
            ("P1.", "'' is a structure without value"),
        ):
            [problem] = problems(PLANT + values((element, "Pump", "1")))
            self.assertIn(f"line 16, column 10: {reason}", problem, element)

    def test_names_with_a_system(self) -> None:
        """The own one is nothing new; another one is an error that names it."""
        found = plan(PLANT + values(("System1:P1.label", "Pump", '"x"')))
        self.assertEqual(samples(found), {("P1", "label"): "x"})
        self.assertEqual(
            problems(PLANT + values(("Dist_2:P1.label", "Pump", '"x"'))),
            [
                "a.dpl, line 16, column 10: 'Dist_2:P1.label' belongs to the system "
                "'Dist_2'; this one is 'System1'"
            ],
        )

    def test_empty_cells(self) -> None:
        """An empty text is a value; an empty number is none, which is a warning."""
        found = plan(
            PLANT + values(("P1.label", "Pump", ""), ("P1.value.speed", "Pump", ""))
        )
        self.assertEqual(samples(found), {("P1", "label"): ""})
        self.assertEqual(
            found.warnings,
            ["a.dpl, line 17: 'P1.value.speed' has no value in the file; it keeps its own"],
        )

    def test_values_before_types(self) -> None:
        """Sections may come in any order, and be in any of the files."""
        text = values(("P1.label", "Pump", '"x"'))
        for texts in ((text, PLANT), (text + DATAPOINTS, TYPES), (text + PLANT,)):
            found = plan(*texts)
            self.assertEqual(found.problems, [], texts)
            self.assertEqual(samples(found), {("P1", "label"): "x"}, texts)

    def test_spreadsheets(self) -> None:
        """Trailing tabs, quotes around cells, doubled quotes and CRLF do no harm."""
        text = PLANT + values(
            ("P1.label", "Pump", '"""a \\""quoted\\"" text"""'),
            ("P1.value.speed", "Pump", '"1.5"'),
            ("P2.label", "Pump", '"plain"'),
        )
        text = text.replace("\n", "\t\t\t\r\n").replace("# DpType\t\t\t", "# DpType")
        found = plan(text)
        self.assertEqual(found.problems, [])
        self.assertEqual(
            samples(found),
            {
                ("P1", "label"): 'a "quoted" text',
                ("P1", "value.speed"): 1.5,
                ("P2", "label"): "plain",
            },
        )

    def test_iso_8859_1(self) -> None:
        """A file that is no UTF-8 is read in that encoding."""
        text = PLANT + values(("P1.label", "Pump", '"Kühlwasser größer"'))
        for encoding in ("utf-8", "iso-8859-1", "utf-8-sig", "utf-16"):
            found = plan(decode(text.encode(encoding)).text)
            self.assertEqual(
                samples(found), {("P1", "label"): "Kühlwasser größer"}, encoding
            )

    def test_times_are_in_the_zone(self) -> None:
        """The zone is that of the gateway's configuration."""
        source = DplSource("a.dpl", PLANT + values(("P1.label", "Pump", '"x"')))
        found = plan_import([source], System(), "System1", 0, ZoneInfo("Europe/Vienna"))
        [(_, _, sample)] = found.values
        self.assertEqual(sample.stime, NOW - 3600 * NS_PER_S)


class AliasTests(SynchronousTestCase):
    """The section Aliases/Comments."""

    timeout = 30

    def aliases(self, *rows: str) -> str:
        lines = "".join(f"{row}\n" for row in rows)
        return PLANT + f"# Aliases/Comments\nAliasId\tAliasName\tCommentName\n{lines}\n"

    def test_aliases_and_comments(self) -> None:
        """Alias, description, format and unit; in several languages, and with an @."""
        found = plan(
            self.aliases(
                'P1.value.speed\t"Speed1"\tlt:2 LANG:10001 "speed@%5.1f@rpm" '
                'LANG:10000 "Drehzahl@%5.1f@1/min"',
                'P1.label\t""\tlt:1 LANG:10001 "mail@home@@"',
                'P2.\t"P 2"\t',
                "P2.label\t\tlt:1 LANG:10001 plain"[:9],
            )
        )
        self.assertEqual(found.problems, [])
        self.assertEqual(
            found.configs,
            {
                ("P1", 2, "_common"): {
                    "_alias": "Speed1",
                    "_description": {"en_US.utf8": "speed", "de_AT.utf8": "Drehzahl"},
                    "_format": {"en_US.utf8": "%5.1f", "de_AT.utf8": "%5.1f"},
                    "_unit": {"en_US.utf8": "rpm", "de_AT.utf8": "1/min"},
                },
                ("P1", 4, "_common"): {"_description": {"en_US.utf8": "mail@home"}},
                ("P2", 0, "_common"): {"_alias": "P 2"},
            },
        )

    def test_a_language_that_says_nothing_is_not_there(self) -> None:
        """It is in the row for the sake of another one of the three texts."""
        found = plan(
            self.aliases('P1.label\t\tlt:2 LANG:10000 "Pumpe@@" LANG:10001 "@@bar"')
        )
        self.assertEqual(
            found.configs["P1", 4, "_common"],
            {"_description": {"de_AT.utf8": "Pumpe"}, "_unit": {"en_US.utf8": "bar"}},
        )

    def test_an_alias_has_one_owner(self) -> None:
        """In the files, and with what the system has."""
        self.assertEqual(
            problems(self.aliases('P1.label\t"A"\t', 'P2.label\t"A"\t')),
            ["a.dpl, line 17, column 10: the alias 'A' belongs to 'P1.label' already"],
        )
        system = System(
            {"Pump": PUMP_TYPE}, {"P1": "Pump", "Old": "Pump"}, {"A": ("Old", "label")}
        )
        self.assertEqual(
            problems(self.aliases('P1.label\t"A"\t'), system=system),
            ["a.dpl, line 16, column 10: the alias 'A' belongs to 'Old.label' already"],
        )
        text = self.aliases('Old.label\t"A"\t')
        self.assertEqual(problems(text, system=system), [])

    def test_faults(self) -> None:
        """A comment or an alias that is no text has its place."""
        for row, column in (('P1.label\t"A"B\t', 10), ("P1.label\tA\tlt:1 LANG", 12)):
            found = plan(self.aliases(row)).problems
            self.assertEqual([(one.line, one.column) for one in found], [(16, column)], row)


class ConfigTests(SynchronousTestCase):
    """The sections of configs."""

    timeout = 30

    def test_every_section(self) -> None:
        """Each has its columns, whose cells are attributes of the config."""
        for section, columns, cells, expected in (
            ("DpDefaultValue", "_default.._type _default.._value", "3 1.5", "_default"),
            ("DpFunction", "_dp_fct.._type _dp_fct.._fct", '60 "p1+1"', "_dp_fct"),
            ("PvssRangeCheck", "_pv_range.._type _pv_range.._min", "7 0", "_pv_range"),
            ("UserRangeCheck", "DetailNr _u_range.._type", "~ 9", "_u_range"),
            ("AlertClass", "_alert_class.._type", "14", "_alert_class"),
            ("AlertValue", "DetailNr _alert_hdl.._type", "~ 13", "_alert_hdl"),
            ("DistributionInfo", "_distrib.._type _distrib.._driver", "56 \\3", "_distrib"),
            ("DpAuth", "DetailNr _auth.._type _auth.._write", "~ 62 \\4", "_auth"),
            ("GeneralConfig", "_general.._type _general.._int_01", "55 7", "_general"),
            ("DpConvRawToIngMain", "DetailNr _msg_conv.._type", "~ 33", "_msg_conv"),
            ("DpConvIngToRawMain", "DetailNr _cmd_conv.._type", "~ 36", "_cmd_conv"),
            ("DpSmoothMain", "_smooth.._type _smooth.._std_tol", "48 0.5", "_smooth"),
            ("PeriphAddrMain", "_address.._type", "16", "_address"),
            ("DbArchiveInfo", "DetailNr _archive.._type", "~ 45", "_archive"),
        ):
            found = plan(PLANT + config(section, columns, f"P1.value.speed Pump {cells}"))
            self.assertEqual(found.problems, [], section)
            self.assertEqual(found.warnings, [], section)
            self.assertEqual(list(found.configs), [("P1", 2, expected)], section)
            self.assertEqual(found.counts[section], 1, section)

    def test_details(self) -> None:
        """A row of its own for each, with its number or name in DetailNr (DetailNo)."""
        for column in ("DetailNr", "DetailNo"):
            text = config(
                "AlertValue",
                f"{column} _alert_hdl.._type _alert_hdl.._u_limit _alert_hdl.._active",
                "P1.value.speed Pump ~ 13 ~ 1",
                "P1.value.speed Pump 1 4 99.5",
                "P1.value.speed Pump 2 4",
            )
            found = plan(PLANT + text)
            self.assertEqual(found.problems, [], column)
            self.assertEqual(
                found.configs["P1", 2, "_alert_hdl"],
                {
                    "_type": 13,
                    "_active": True,
                    "1._type": 4,
                    "1._u_limit": 99.5,
                    "2._type": 4,
                },
                column,
            )

    def test_unknown_columns(self) -> None:
        """Attributes are kept with their text, each with one warning; # is a comment."""
        text = config(
            "DpSmoothMain",
            "_smooth.._type _smooth.._new_one _what.._ever #_smooth.._std_tol",
            "P1.value.speed Pump 48 1 2 3",
            "P2.value.speed Pump 48 1 2 3",
        )
        found = plan(PLANT + text)
        self.assertEqual(found.configs["P1", 2, "_smooth"], {"_type": 48})
        self.assertEqual(found.configs["P1", 2, "#_smooth"], {"_new_one": "1"})
        self.assertEqual(found.configs["P2", 2, "#_what"], {"_ever": "2"})
        self.assertEqual(
            found.warnings,
            [
                f"a.dpl, line 15: the column '{column}' is not known; its cells are kept "
                "with their text, for an export"
                for column in ("_smooth.._new_one", "_what.._ever")
            ],
        )

    def test_columns_that_are_no_attributes(self) -> None:
        """They are left out, with a warning; so is an alias that nobody has checked."""
        head = "# DpSmoothMain\nElementName\tTypeName\tNote\t_common.._alias\n"
        found = plan(PLANT + head + 'P1.value.speed\tPump\tx\t"A"\n')
        self.assertEqual((found.configs, found.problems), ({}, []))
        self.assertEqual(len(found.warnings), 2)
        self.assertIn("the column 'Note' is not known and is left out", found.warnings[0])

    def test_blank_cells(self) -> None:
        """A lone blank is an empty name, or an empty list; else it is nothing."""
        text = config(
            "DpFunction",
            "_dp_fct.._type _dp_fct.._param _dp_fct.._fct _dp_fct.._global _dp_fct.._time",
            'P1.value.speed Pump 60 ~ "1" ~ ~',
        )
        self.assertEqual(
            plan(PLANT + text).configs["P1", 2, "_dp_fct"],
            {"_type": 60, "_param": (), "_fct": "1", "_global": ()},
        )
        text = config(
            "DbArchiveInfo",
            "DetailNr _archive.._type _archive.._class",
            "P1.value.speed Pump 1 15 ~",
        )
        self.assertEqual(
            plan(PLANT + text).configs["P1", 2, "_archive"],
            {"1._type": 15, "1._class": ""},
        )

    def test_a_bad_cell_takes_its_row_with_it(self) -> None:
        """Nothing of the row is planned, and the place is that of the cell."""
        text = config(
            "DpSmoothMain",
            "_smooth.._type _smooth.._std_tol",
            "P1.value.speed Pump 48 much",
            "P2.value.speed Pump 48 0.5",
        )
        found = plan(PLANT + text)
        self.assertEqual(list(found.configs), [("P2", 2, "_smooth")])
        self.assertEqual(
            [str(one) for one in found.problems],
            ["a.dpl, line 16, column 34: the cell 'much' is not a valid float"],
        )

    def test_attributes_in_any_detail(self) -> None:
        """Real exports have those of the whole config in the rows of details too."""
        text = config(
            "AlertValue",
            "DetailNr _alert_hdl.._type _alert_hdl.._status64_pattern _alert_hdl.._order",
            "P1.value.speed Pump ~ 13 ~ 2",
            "P1.value.speed Pump 1 4 0x0",
        )
        found = plan(PLANT + text)
        self.assertEqual((found.problems, found.warnings), ([], []))
        self.assertEqual(
            found.configs["P1", 2, "_alert_hdl"],
            {"_type": 13, "_order": 2, "1._type": 4, "1._status64_pattern": "0x0"},
        )

    def test_numbers_of_the_archive(self) -> None:
        """The vendor does not say the type of _interv; real files have a number."""
        text = config(
            "DbArchiveInfo",
            "DetailNr _archive.._type _archive.._interv",
            "P1.value.speed Pump 1 15 0",
        )
        found = plan(PLANT + text)
        self.assertEqual(
            found.configs["P1", 2, "_archive"], {"1._type": 15, "1._interv": 0}
        )

    def test_unknown_details(self) -> None:
        """They are kept as texts, with a warning; what is no name of a detail is wrong."""
        text = config(
            "PeriphAddrMain", "DetailNr _address.._type", "P1.value.speed Pump 1 16"
        )
        found = plan(PLANT + text)
        self.assertEqual(found.configs, {("P1", 2, "#_address"): {"1._type": "16"}})
        [warning] = found.warnings
        self.assertIn("'_address.._type' is not known in the detail '1'", warning)
        [problem] = problems(PLANT + text.replace("\t1\t16", "\t1.x\t16"))
        self.assertIn("line 16, column 31: '1.x' is not a detail", problem)

    def test_configs_of_structures(self) -> None:
        """Real exports have some that mean nothing there; they are kept, with a warning."""
        text = config("DpSmoothMain", "_smooth.._type", "P1. Pump 48")
        found = plan(PLANT + text)
        self.assertEqual(found.configs, {("P1", 0, "_smooth"): {"_type": 48}})
        [warning] = found.warnings
        self.assertIn("line 16: 'P1.' is a structure, so its _smooth", warning)
        text = config("DbArchiveInfo", "_archive.._type", "P1. Pump 45")
        self.assertEqual(plan(PLANT + text).warnings, [])

    def test_configs_with_their_history(self) -> None:
        """The latest row counts, with what it leaves empty, wherever it stands."""
        columns = (
            "DetailNr StampSec StampMSec _alert_hdl.._type _alert_hdl.._panel_param "
            "_alert_hdl.._order"
        )
        rows = {
            "old": 'D. Float  1700000000 900 13 "$A","$B" 7',
            "old detail": "D. Float 3 1700000000 900 4",
            "new": "D. Float  1700000001 100 59",
            "new detail": "D. Float 1 1700000001 100 4",
        }
        head = "# DpType\nTypeName\nFloat.\t22#1\n\n"
        head += "# Datapoint/DpId\nDpName\tTypeName\nD\tFloat\n\n"
        for order in (rows.values(), reversed(rows.values())):
            found = plan(head + config("AlertValue", columns, *order))
            self.assertEqual(found.problems, [])
            self.assertEqual(
                found.configs["D", 0, "_alert_hdl"], {"_type": 59, "1._type": 4}
            )
        wrong = rows["new"].replace("100", "soon")
        [problem] = problems(head + config("AlertValue", columns, wrong))
        self.assertIn("'soon' is not a time in numbers", problem)


class OtherSectionTests(SynchronousTestCase):
    """What means nothing here, and what is no section at all."""

    timeout = 30

    def test_cns_is_kept(self) -> None:
        """As it stands, without a warning, and counted."""
        cns = "# CNS\nCNSpath\tname\n.View:\t\tVIEW\n.View:Plant\tPlant\n"
        found = plan(cns + "\n\t\n\n" + PLANT)
        self.assertEqual(found.kept, [("CNS", cns)])
        self.assertEqual(found.counts["rows kept of CNS"], 2)
        self.assertEqual(found.warnings, [])

    def test_unknown_sections_are_kept_and_counted(self) -> None:
        """With a warning that says how much of them there is."""
        odd = "# OddThings\nThing\tSize\na\t1\nb\t2\n"
        found = plan(PLANT + odd)
        self.assertEqual(found.kept, [("OddThings", odd)])
        self.assertEqual(
            found.warnings,
            [
                "a.dpl, line 14: the section 'OddThings' is not known; its 2 rows are kept "
                "for an export and mean nothing here"
            ],
        )

    def test_a_section_without_column_names(self) -> None:
        """It is left out, and what comes after it is read."""
        found = plan(
            TYPES
            + "# DpAuth\nP1.label\tPump\n\n"
            + DATAPOINTS
            + values(("P1.label", "Pump", '"x"'))
        )
        self.assertEqual([(one.line, one.column) for one in found.problems], [(10, 1)])
        self.assertEqual(samples(found), {("P1", "label"): "x"})

    def test_text_before_the_first_section(self) -> None:
        """It is no DPL file, or its first lines are lost."""
        for text in ("P1\tPump\n" + PLANT, "Hello\n"):
            found = plan(text).problems
            self.assertEqual([(one.line, one.column) for one in found], [(1, 1)], text)

    def test_an_open_quote(self) -> None:
        """It is where it opens; only its line is left out."""
        text = PLANT + values(
            ("P1.label", "Pump", '"x'), ("P2.label", "Pump", '"1"'), ("P2.", "Pump", '"')
        )
        found = plan(text + values(("P1.value.speed", "Pump", "5")))
        self.assertEqual(
            [str(one) for one in found.problems],
            [
                f"a.dpl, line {line}, column {column}: the quote is not closed"
                for line, column in ((16, 24), (18, 19))
            ],
        )
        self.assertEqual(samples(found), {("P2", "label"): "1", ("P1", "value.speed"): 5.0})

    def test_nothing(self) -> None:
        """An empty file asks for nothing."""
        self.assertEqual(plan("", "# ascii dump of database\n"), Plan(counts=plan().counts))


class InferenceTests(SynchronousTestCase):
    """Types that neither the files nor the system have."""

    timeout = 30

    def kinds(self, *cells: str) -> list[ElementType]:
        """The type that elements with these values get."""
        rows = [(f"D.e{number}", "_T", cell) for number, cell in enumerate(cells)]
        found = plan("# Datapoint/DpId\nDpName\tTypeName\nD\t_T\n\n" + values(*rows))
        self.assertEqual(found.problems, [])
        return [child.type for child in found.new_types["_T"].children]

    def test_values_show_the_type(self) -> None:
        """Numbers, texts, lists, times, characters and bits are told by their form."""
        expected = {
            "1": ElementType.INT,
            "-3000000000": ElementType.LONG,
            "1.5": ElementType.FLOAT,
            "-2.266667e+038": ElementType.FLOAT,
            '"text"': ElementType.STRING,
            "name.el": ElementType.DPID,
            " ": ElementType.DPID,
            '"a", "b"': ElementType.DYN_STRING,
            "1, 2": ElementType.DYN_INT,
            "1, 2.5": ElementType.DYN_FLOAT,
            "\\65": ElementType.CHAR,
            "0x1F": ElementType.BIT32,
            "0x8300000000000101": ElementType.BIT64,
            'lt:1 LANG:10001 "x"': ElementType.LANG_STRING,
            "01.01.1970 00:10:00.000": ElementType.TIME,
            "": ElementType.DYN_STRING,
        }
        self.assertEqual(self.kinds(*expected), list(expected.values()))

    def test_an_empty_cell_without_quotes_around(self) -> None:
        """If the file has no quotes at all, it may be an empty text."""
        self.assertEqual(self.kinds("", "1"), [ElementType.STRING, ElementType.INT])

    def test_several_datapoints_of_a_type(self) -> None:
        """What holds the values of all of them."""
        for cells, kind in (
            (("1", "2.5"), ElementType.FLOAT),
            (("1", '"x"'), ElementType.STRING),
            (("1", '"a", "b"'), ElementType.DYN_STRING),
            (("1", "3000000000"), ElementType.UINT),
        ):
            text = "# Datapoint/DpId\nDpName\tTypeName\nD0\t_T\nD1\t_T\n\n"
            rows = [(f"D{number}.e", "_T", cell) for number, cell in enumerate(cells)]
            found = plan(text + values(*rows))
            self.assertEqual(found.problems, [], cells)
            [child] = found.new_types["_T"].children
            self.assertEqual(child.type, kind, cells)
            self.assertEqual(len(found.values), 2, cells)

    def kind(self, *rows: str) -> ElementType:
        """The type of the element e of which all these rows are, of two datapoints."""
        head = "# Datapoint/DpId\nDpName\tTypeName\nD0\t_T\nD1\t_T\n\n"
        found = plan(head + "".join(rows))
        self.assertEqual(found.problems, [], rows)
        [child] = found.new_types["_T"].children
        return child.type

    def test_everything_that_rows_show_counts(self) -> None:
        """Defaults, ranges and limits are of the element's type as its values are."""

        def shows(*cells: str) -> str:
            return values(*((f"D{at}.e", "_T", cell) for at, cell in enumerate(cells)))

        def limits(section: str, columns: str, cells: str) -> str:
            return config(section, columns, f"D1.e _T {cells}")

        in_range = ("PvssRangeCheck", "_pv_range.._type _pv_range.._min _pv_range.._max")
        alert = (
            "AlertValue",
            "DetailNr _alert_hdl.._type _alert_hdl.._l_limit _alert_hdl.._u_limit",
        )
        default = ("DpDefaultValue", "_default.._type _default.._value")
        a_set = ("PvssRangeCheck", "_pv_range.._type _pv_range.._set")
        for rows, kind in (
            ((shows("0"), limits(*in_range, "7 -2.266667e+038 2.266667e+038")), "FLOAT"),
            ((limits(*in_range, "7 0 10"), shows("0")), "INT"),
            ((shows("0"), limits(*in_range, "7 0 4294967295")), "UINT"),
            ((shows("0"), limits(*in_range, "7 -1 4294967295")), "LONG"),
            ((shows("0"), limits(*in_range, "7 0 18446744073709551615")), "ULONG"),
            ((shows("0"), limits(*in_range, "7 0 99999999999999999999")), "FLOAT"),
            ((shows("1"), limits(*alert, "1 4 -9223372036854775808 102400")), "LONG"),
            ((shows("1"), limits(*alert, "~ 13")), "INT"),
            ((shows("1"), limits(*alert, "~ 12")), "BOOL"),
            ((shows("2"), limits(*alert, "~ 12")), "INT"),
            ((shows("1"), limits(*default, "3 1.5")), "FLOAT"),
            ((shows("1"), limits(*a_set, "8 1,2.5,3")), "FLOAT"),
            ((limits(*in_range, "7 ~ ~"),), "FLOAT"),
            ((shows("1, 2", "3.5"),), "DYN_FLOAT"),
            ((shows("1", "2, 3000000000"),), "DYN_UINT"),
            ((shows('1, "a"'),), "DYN_STRING"),
            ((shows("0x1", "0x8300000000000101"),), "BIT64"),
            ((shows("0x1", "7"),), "BIT32"),
            ((shows("\\65", "66"),), "CHAR"),
            ((shows("\\65, \\66"),), "DYN_CHAR"),
            ((shows(" ", "System1:X.y"), shows('"x"').replace("D0.e", "_q.e")), "STRING"),
            ((shows('lt:1 LANG:10001 "a"', '"b"'),), "LANG_STRING"),
            ((shows('lt:1 LANG:10001 "lt:,", lt:1 LANG:10001 "b"'),), "DYN_LANG_STRING"),
            ((shows("01.01.2024 00:00:00.000, 02.01.2024 00:00:00.000"),), "DYN_TIME"),
        ):
            with self.subTest(rows):
                self.assertEqual(self.kind(*rows).name, kind)

    def test_the_root_of_a_type_that_has_configs_only(self) -> None:
        """An address is of a value, so it is one: of text, which a warning says."""
        text = "# Datapoint/DpId\nDpName\tTypeName\nM\tSB\n\n" + config(
            "PeriphAddrMain", "_address.._type _address.._reference", 'M. SB 16 "a"'
        )
        found = plan(text)
        self.assertEqual(found.problems, [])
        self.assertEqual(found.new_types["SB"].type, ElementType.STRING)
        self.assertIn({"_type": 16, "_reference": "a"}, list(found.configs.values()))
        [warning] = found.warnings
        self.assertIn("nothing shows what 'the datapoint itself' holds", warning)

    def test_an_empty_list_among_numbers(self) -> None:
        """An empty cell makes a list of what other datapoints have there."""
        text = "# Datapoint/DpId\nDpName\tTypeName\nD0\t_T\nD1\t_T\n\n"
        rows = (("D0.e", "_T", "5"), ("D1.e", "_T", ""), ("D1.t", "_T", '"x"'))
        found = plan(text + values(*rows))
        self.assertEqual(found.new_types["_T"].children[0].type, ElementType.DYN_INT)
        self.assertEqual(found.problems, [])

    def test_configs_and_aliases_show_elements(self) -> None:
        """An alert tells what it is of; an alias only that the element is there."""
        text = (
            "# Datapoint/DpId\nDpName\tTypeName\nD\tT\n\n"
            '# Aliases/Comments\nAliasId\tAliasName\tCommentName\nD.s.a\t"A"\t\n\n'
            + config(
                "AlertValue",
                "DetailNr _alert_hdl.._type",
                "D.s.b T ~ 12",
                "D.s.f T ~ 13",
                "D.s T ~ 59",
            )
        )
        found = plan(text)
        self.assertEqual(found.problems, [])
        [struct] = found.new_types["T"].children
        self.assertEqual(
            {child.name: child.type for child in struct.children},
            {
                "a": ElementType.STRING,
                "b": ElementType.BOOL,
                "f": ElementType.FLOAT,
            },
        )
        self.assertEqual(struct.type, ElementType.STRUCT)
        self.assertEqual(found.counts["AlertValue"], 3)
        self.assertEqual(found.counts["Aliases/Comments"], 1)
        self.assertEqual(
            found.warnings,
            [
                "the type T is not in the files: it gets the 4 elements that they show of "
                "it; nothing shows what 's.a' holds, so it is taken for text"
            ],
        )

    def test_where_nothing_shows_it(self) -> None:
        """The type is an empty structure, with a warning: nothing is lost."""
        text = "# Datapoint/DpId\nDpName\tTypeName\nD\t{}\n"
        for name in ("_Internal", "Own"):
            found = plan(text.format(name))
            self.assertEqual(found.problems, [])
            self.assertEqual(found.new_types[name].type, ElementType.STRUCT)
            self.assertEqual([one.name for one in found.datapoints], ["D"])
            [warning] = found.warnings
            self.assertIn(f"the type {name} is not in the files, and no row", warning)

    def test_a_name_that_no_type_can_have(self) -> None:
        """It is refused where it stands, with all that needs it."""
        text = "# Datapoint/DpId\nDpName\tTypeName\nD\t_a:b\n\n"
        found = plan(text + values(("D.x", "_a:b", "1")))
        self.assertEqual([(one.line, one.column) for one in found.problems], [(3, 3)])
        self.assertEqual((found.new_types, found.values), ({}, []))

    def later(self, first: str, second: str) -> Plan:
        """Import something, and then more, without a definition of the types."""
        before = plan(first)
        owners = {one.name: one.dp_type for one in before.datapoints}
        return plan(second, system=System(before.new_types, owners))

    def test_later_imports_show_more(self) -> None:
        """An element that was inferred takes what rows of a later import show as well."""
        head = "# Datapoint/DpId\nDpName\tTypeName\n{0}\tT\n\n"
        for first, second, kind in (
            ("1", "1.5", ElementType.FLOAT),
            ("1.5", "1", ElementType.FLOAT),
            ("1", "3000000000", ElementType.LONG),
            ("3000000000", "-1", ElementType.LONG),
            ("3000000000", "10000000000000000000", ElementType.ULONG),
            ("0x1", "0x100000000", ElementType.BIT64),
            ('"a"', 'lt:1 LANG:10001 "a"', ElementType.LANG_STRING),
            ('"a"', '"a", "b"', ElementType.DYN_STRING),
            ("1", "1, 2.5", ElementType.DYN_FLOAT),
            ("1, 2", "2.5", ElementType.DYN_FLOAT),
        ):
            with self.subTest(first=first, second=second):
                found = self.later(
                    head.format("D") + values(("D.x", "T", first)),
                    head.format("E") + values(("E.x", "T", second), ("D.y", "T", '"n"')),
                )
                self.assertEqual(found.problems, [])
                [x, y] = found.changed_types["T"].children
                self.assertEqual((x.type, y.type), (kind, ElementType.STRING))
                self.assertIn("'y' is new", found.warnings[0])

    def test_later_imports_do_not_lose_values(self) -> None:
        """What may not fit stays as it is, and the rows that do not fit are refused."""
        head = "# Datapoint/DpId\nDpName\tTypeName\nD\tT\n\n"
        for first, second in (
            ("9007199254740993", "0.5"),
            ("1.5", '"a"'),
            ('"a"', "01.02.2024 10:00:00.000"),
            ("\\65", "300"),
        ):
            with self.subTest(first=first, second=second):
                before = head + values(("D.x", "T", first))
                found = self.later(before, values(("D.x", "T", second)))
                self.assertEqual(found.changed_types, {})
        found = self.later(head + values(("D.", "T", "1")), values(("D.x", "T", "1")))
        self.assertIn("has no element 'x'", found.problems[0].reason)

    def test_guesses_give_way(self) -> None:
        """Of what nothing showed anything, a later import may show all."""
        head = "# Datapoint/DpId\nDpName\tTypeName\nD\tT\n\n"
        first = head + config("DistributionInfo", "_distrib.._type", "D.x T 56")
        for element, cell, kind in (
            ("D.x", "1.5", ElementType.FLOAT),
            ("D.x.y", "1", ElementType.STRUCT),
            ("D.x[1]", "1", ElementType.ARRAY),
        ):
            found = self.later(first, values((element, "T", cell)))
            self.assertEqual(found.problems, [], element)
            [child] = found.changed_types["T"].children
            self.assertEqual(child.type, kind)

    def test_a_definition_ends_the_inference(self) -> None:
        """Also one that says the same as was inferred."""
        head = "# Datapoint/DpId\nDpName\tTypeName\nD\tT\n\n"
        first = head + values(("D.x", "T", "1"))
        found = self.later(first, "# DpType\nTypeName\nT.T\t1#1\n\tx\t21#2\n")
        defined = found.changed_types["T"]
        self.assertFalse(defined.has_inferred)
        system = System({"T": defined}, {"D": "T"})
        [problem] = problems(values(("D.x", "T", "1.5")), system=system)
        self.assertIn("the cell '1.5' is not a valid int", problem)

    def test_types_with_references_and_datapoints(self) -> None:
        """Rows of datapoints count as well as those of types that refer to theirs."""
        text = (
            "# DpType\nTypeName\nT.T\t1#1\n\tr\t41#2:Sub\n\n# Datapoint/DpId\n"
            "DpName\tTypeName\nD\tT\nS\tSub\n\n"
        )
        rows = (("D.r.x", "T", "1"), ("S.x", "Sub", "1.5"), ("S.y", "Sub", '"t"'))
        found = plan(text + values(*rows))
        self.assertEqual(found.problems, [])
        self.assertEqual(
            [(one.name, one.type) for one in found.new_types["Sub"].children],
            [("x", ElementType.FLOAT), ("y", ElementType.STRING)],
        )
        found = self.later(text + values(*rows[:1]), values(*rows))
        self.assertEqual(found.problems, [])

    def test_internal_types_that_lack_elements(self) -> None:
        """They differ between versions of WinCC OA, so they get what rows show."""
        text = "# DpType\nTypeName\n_D.{0}\t1#1\n\ta\t21#2\n\tb\t1#3\n\t\tx\t21#4\n\n"
        rows = (
            ("_D1.a", "_D", "1"),
            ("_D1.b.y", "_D", "1.5"),
            ("_D2.b.y", "_D", "2"),
            ("_D1.c", "_D", '"z"'),
            ("_D1.a.below", "_D", "1"),
            ("_D1.n?", "_D", "1"),
        )
        found = plan(text.format("_D") + values(*rows))
        self.assertEqual([one.line for one in found.problems], [14, 15])
        self.assertEqual(
            samples(found),
            {
                ("_D1", "a"): 1,
                ("_D1", "b.y"): 1.5,
                ("_D2", "b.y"): 2.0,
                ("_D1", "c"): "z",
            },
        )
        self.assertIn(
            "the type _D gets more elements, which rows show and its definition lacks: "
            "'b.y', 'c'",
            found.warnings,
        )
        text = text.replace("_D", "Own")
        row = ("D1.c", "Own", "1")
        head = "# Datapoint/DpId\nDpName\tTypeName\nD1\tOwn\n\n"
        [problem] = problems(text.format("Own") + head + values(row))
        self.assertIn("'D1' of type Own has no element 'c'", problem)

    def test_arrays_get_members(self) -> None:
        """As many as rows are about, wherever these are said to be."""
        text = "# DpType\nTypeName\nT.T\t1#1\n\tn\t2#2\n{}\n\n"
        head = "# Datapoint/DpId\nDpName\tTypeName\nD\tT\n\n"
        rows = values(("D.n[1]", "T", "5"), ("D.n[2]", "T", "6"))
        for members in ("", "\t\t[1]\t21#3", "\t\tn[1]\t21#3\n\t\tn[2]\t21#4"):
            found = plan(text.format(members) + head + rows)
            self.assertEqual(found.problems, [], members)
            self.assertEqual(samples(found), {("D", "n[1]"): 5, ("D", "n[2]"): 6}, members)
        found = plan(text.replace("\tn\t2#2", "\tn[1]\t21#2").format("") + head + rows)
        self.assertEqual(found.problems, [])
        self.assertEqual(len(found.values), 2)

    def test_an_empty_structure_gets_elements_later(self) -> None:
        """It stands for a type that was in none of the files so far."""
        system = System({"T": TypeNode("T", ElementType.STRUCT, 1)}, {"D1": "T"})
        found = plan(values(("D1.c", "T", "1")), system=system)
        self.assertEqual(found.problems, [])
        [child] = found.changed_types["T"].children
        self.assertEqual((child.name, child.type), ("c", ElementType.INT))
        self.assertEqual(len(found.values), 1)

    def test_the_system_has_the_type(self) -> None:
        """Then nothing is told from the rows."""
        text = "# Datapoint/DpId\nDpName\tTypeName\nP1\tPump\n\n"
        system = System({"Pump": PUMP_TYPE})
        found = plan(text + values(("P1.value.speed", "Pump", "1")), system=system)
        self.assertEqual((found.new_types, found.warnings), ({}, []))
        self.assertEqual(found.values[0][2].value, 1.0)


class ProblemTests(SynchronousTestCase):
    """Many things are wrong at once."""

    timeout = 30

    def test_just_what_is_wrong_is_left_out(self) -> None:
        """The rest of the files is planned, and every fault is listed."""
        text = (
            PLANT
            + "# Datapoint/DpId\nDpName\tTypeName\nP?\tPump\nP4\tPump\n\n"
            + values(
                ("P1.value.speed", "Pump", "x"),
                ("P4.value.speed", "Pump", "4"),
                ("P4.nope", "Pump", "4"),
            )
            + config("DpSmoothMain", "_smooth.._type", "P1.value.speed Pump x")
            + config("DpSmoothMain", "_smooth.._type", "P2.value.speed Pump 48")
        )
        found = plan(text)
        self.assertEqual([one.line for one in found.problems], [16, 21, 23, 27])
        self.assertEqual([one.name for one in found.datapoints], ["P1", "P2", "P4"])
        self.assertEqual(samples(found), {("P4", "value.speed"): 4.0})
        self.assertEqual(list(found.configs), [("P2", 2, "_smooth")])

    def test_many_problems_end_the_reading(self) -> None:
        """Whoever wants nothing left out need not read on."""
        rows = [("P1.value.speed", "Pump", "x")] * 30
        found = plan(PLANT + values(*rows), most=10)
        self.assertEqual(len(found.problems), 10)
        self.assertTrue(found.ended)
        found = plan(PLANT + values(*rows))
        self.assertEqual(len(found.problems), 30)
        self.assertFalse(found.ended)

    def test_warnings_are_not_without_end(self) -> None:
        """After a thousand they are only counted."""
        rows = [(f"_P{number}.label", "Pump", '"x"') for number in range(1500)]
        found = plan(TYPES + values(*rows))
        self.assertEqual(len(found.warnings), 1000)
        self.assertEqual(found.counts["more warnings"], 500)

    @settings(max_examples=200, deadline=None)
    @given(st.data())
    def test_no_text_breaks_it(self, data: st.DataObject) -> None:
        """Whatever is done to a file, there is a plan, with a place for each problem."""
        text = PLANT + values(
            ("P1.value.speed", "Pump", "1.5"), ("P1.label", "Pump", '"a \\" b"')
        )
        text += config("DpSmoothMain", "_smooth.._type", "P1.value.speed Pump 48")
        text += '# Aliases/Comments\nAliasId\tAliasName\tCommentName\nP1.\t"A"\tlt:0\n'
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(text)))
            end = data.draw(st.integers(at, min(at + 30, len(text))))
            new = data.draw(st.text('"\t\n#\\\x00:.ä1x ', max_size=5))
            text = text[:at] + new + text[end:]
        lines = text.count("\n") + 1
        for problem in plan(text).problems:
            self.assertTrue(1 <= problem.line <= lines and problem.column >= 1, problem)
