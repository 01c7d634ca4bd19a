"""Types that no file defines are inferred from rows."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.plan import Plan
from oagw.model.dptypes import ElementType, TypeNode
from tests.dpl.plans import PUMP_TYPE, System, config, plan, problems, samples, values


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
        """The form distinguishes numbers, texts, lists, times, characters and bits."""
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
        self.assertIn("nothing shows the type of 'the datapoint itself'", warning)

    def test_an_empty_list_among_numbers(self) -> None:
        """An empty cell makes a list of what other datapoints have there."""
        text = "# Datapoint/DpId\nDpName\tTypeName\nD0\t_T\nD1\t_T\n\n"
        rows = (("D0.e", "_T", "5"), ("D1.e", "_T", ""), ("D1.t", "_T", '"x"'))
        found = plan(text + values(*rows))
        self.assertEqual(found.new_types["_T"].children[0].type, ElementType.DYN_INT)
        self.assertEqual(found.problems, [])

    def test_configs_and_aliases_show_elements(self) -> None:
        """An alert shows the type of its element; an alias only that the element exists."""
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
                "the type T is not in the files: it is created with the 4 elements that "
                "rows use; nothing shows the type of 's.a', so it is assumed to be string"
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
        """A later import may show the type of an element that was only guessed."""
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
        """Rows of its datapoints count, and rows of types that refer to it."""
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
            "the type _D gets new elements, which rows use but its definition lacks: "
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
        """Then its type is not inferred from the rows."""
        text = "# Datapoint/DpId\nDpName\tTypeName\nP1\tPump\n\n"
        system = System({"Pump": PUMP_TYPE})
        found = plan(text + values(("P1.value.speed", "Pump", "1")), system=system)
        self.assertEqual((found.new_types, found.warnings), ({}, []))
        self.assertEqual(found.values[0][2].value, 1.0)
