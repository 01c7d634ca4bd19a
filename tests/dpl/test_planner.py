"""DPL files become a plan: checked and converted as a whole, or refused with a place."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.plan import Plan
from oagw.model.dptypes import ElementType, TypeNode
from tests.dpl.plans import (
    DATAPOINTS,
    PLANT,
    PUMP_TYPE,
    TYPES,
    System,
    config,
    leaf,
    plan,
    problems,
    samples,
    values,
)

FLOAT_TYPE = TypeNode("Pump", ElementType.FLOAT, 1)


class TypeTests(SynchronousTestCase):
    """Definitions of types."""

    timeout = 30

    def test_new_changed_and_unchanged_types(self) -> None:
        """Types that the system has already stay; those that differ are changed."""
        other = "Valve.Valve\t1#1\n\topen\t23#2\n"
        system = System({"Pump": PUMP_TYPE})
        found = plan(TYPES.rstrip() + "\n" + other, system=system)
        self.assertEqual(found.problems, [])
        self.assertEqual(list(found.new_types), ["Valve"])
        self.assertEqual(found.changed_types, {})
        self.assertEqual(found.counts["existing types"], 1)
        found = plan(TYPES.replace("speed", "pace"), system=system)
        self.assertEqual(list(found.changed_types), ["Pump"])
        self.assertEqual(found.new_types, {})

    def test_ids_alone_are_no_change(self) -> None:
        """Another project has given the same elements other numbers."""
        found = plan(TYPES.replace("#3", "#33"), system=System({"Pump": PUMP_TYPE}))
        self.assertEqual(found.changed_types, {})

    def test_a_type_that_is_defined_twice(self) -> None:
        """The last definition counts, with a warning if they differ."""
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
        self.assertIn("the type Pump is not in the files, and no row uses its", warning)
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
        """Each such type is listed; types that do not need them stay."""
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
        self.assertEqual(found.counts["existing datapoints"], 1)

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
        self.assertIn("'_P7' is not in the files; it is created", found.warnings[0])
        [problem] = problems(TYPES + values(("_P*7.label", "Pump", '"x"')))
        self.assertIn("column 10: '_P*7': '_P*7' cannot be the name", problem)

    def test_comments_of_internal_datapoints_that_are_not_in_the_file(self) -> None:
        """Their rows name no type, so they are left out, with a warning."""
        head = "# Aliases/Comments\nAliasId\tAliasName\tCommentName\n"
        found = plan(TYPES + head + '_P7.label\t"a"\t""\n')
        [warning] = found.warnings
        self.assertIn("there is no datapoint '_P7', and the row does not name its", warning)
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
        self.assertIn("the row has no value", problem)
        found = plan(PLANT + head + 'P1.label\tPump\t"x"\t0x101\t5\textra\n')
        self.assertEqual((found.problems, samples(found)), ([], {("P1", "label"): "x"}))
        self.assertIn("there is no column for the cell 'extra'", found.warnings[-1])
        found = plan(PLANT + head + 'P1.label\tPump\t"x"\t0x101\t5\t\t\n')
        self.assertEqual(samples(found)[("P1", "label")], "x")
        [warning] = found.warnings
        self.assertIn("the column '_original.._bogus' is unknown and is left out", warning)


class OtherSectionTests(SynchronousTestCase):
    """Sections that mean nothing here, and texts that are not sections."""

    timeout = 30

    def test_cns_is_kept(self) -> None:
        """As it stands, without a warning, and counted."""
        cns = "# CNS\nCNSpath\tname\n.View:\t\tVIEW\n.View:Plant\tPlant\n"
        found = plan(cns + "\n\t\n\n" + PLANT)
        self.assertEqual(found.kept, [("CNS", cns)])
        self.assertEqual(found.counts["kept rows of CNS"], 2)
        self.assertEqual(found.warnings, [])

    def test_unknown_sections_are_kept_and_counted(self) -> None:
        """With a warning that says how much of them there is."""
        odd = "# OddThings\nThing\tSize\na\t1\nb\t2\n"
        found = plan(PLANT + odd)
        self.assertEqual(found.kept, [("OddThings", odd)])
        self.assertEqual(
            found.warnings,
            [
                "a.dpl, line 14: the section 'OddThings' is unknown; its 2 rows are kept "
                "for an export and have no effect"
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
        """It is not a DPL file, or its first lines are lost."""
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
        """Reading stops at the limit of problems, if there is a limit."""
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
        """Any damage to a file gives a plan, with a place for each problem."""
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
