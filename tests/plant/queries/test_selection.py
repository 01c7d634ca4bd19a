"""FROM and WHERE select datapoints and elements."""

from __future__ import annotations

from oagw.model.changes import (
    CreateDatapoint,
    CreateType,
)
from oagw.model.dptypes import ElementType, TypeNode
from tests.plant.queries.bench import VALUE, QueriesTestCase
from tests.systems.bench import NOW_MS


class FromTests(QueriesTestCase):
    """Which elements FROM means."""

    def test_patterns(self) -> None:
        """They find elements that hold a value, or roots if there is no element part."""
        for pattern, expected in (
            ("F*", "F1. F2."),
            ("F*.", "F1. F2."),
            ("*", "F1. F2. B1."),
            ("valve_1", ""),
            ("valve_1.*", "valve_1.open valve_1.position"),
            (
                "gate_1.**",
                "gate_1.open gate_1.position gate_1.state.text gate_1.state.mode",
            ),
            ("*.**.text", "valve_1.state.text valve_2.state.text gate_1.state.text"),
            (
                "?a*.state.{mode,text}",
                "valve_1.state.text valve_1.state.mode "
                "valve_2.state.text valve_2.state.mode gate_1.state.text gate_1.state.mode",
            ),
            ("{F2.,valve_1.open,F1.}", "F2. valve_1.open F1."),
            ("{F2.,F2.,F*}", "F1. F2."),
            ("_*", "_mp_Float. _Ui_1. _Ui_2."),
            ("{_Ui_1,B1}.", "_Ui_1. B1."),
            ("System1:F1.", "F1."),
            ("nothing*.**", ""),
        ):
            self.assertEqual(self.names(f"{VALUE} '{pattern}'"), expected, pattern)

    def test_rows_have_all_columns(self) -> None:
        """Values as the wire has them; what is not there or not archived is null."""
        self.set({"mixed.label": {"en_US.utf8": "Tank"}, "mixed.list": [1, 2]}, NOW_MS)
        text = (
            "SELECT '_online.._value', '_original.._stime,_online.._status',"
            "'_offline.._value','_pv_range.._min','_common.._alias' FROM '{F1,mixed}.*'"
        )
        self.assertEqual(
            self.found(text),
            [
                ("mixed.list", [1.0, 2.0], NOW_MS, 257, None, None, ""),
                ("mixed.blob", "", 0, 257, None, None, ""),
                ("mixed.label", "Tank", NOW_MS, 257, None, None, ""),
                ("mixed.time", 0, 0, 257, None, None, ""),
            ],
        )
        text = text.replace("{F1,mixed}.*", "F1.")
        self.assertEqual(self.found(text), [("F1.", 1.5, 0, 257, 1.5, None, "")])

    def test_named_elements(self) -> None:
        """A row for each datapoint, which is what it is called."""
        self.assertEqual(
            self.found(
                "SELECT '.Status:_online.._value, name:_online.._value', "
                "'.Claim.date:_original.._stime' FROM 'pack_*' WHERE _DPT = \"Package\""
            ),
            [("pack_1", 2, "left", 0), ("pack_2", 1, "right", 0)],
        )

    def test_named_elements_of_several_types(self) -> None:
        """An element that a type lacks is null; one that all types lack is an error."""
        select = "SELECT '.Status:_online.._value','.position:_online.._value' FROM '*'"
        self.assertEqual(
            self.found(f'{select} WHERE _DPT IN ("Package","Valve") AND _DP LIKE "*_1"'),
            [("valve_1", None, 80.0), ("gate_1", None, 50.0), ("pack_1", 2, None)],
        )
        error = self.query_error(f'{select} WHERE _DPT = "Package"')
        self.assertEqual((error.code, "'position'" in error.message), (8, True))
        self.assertEqual(self.found(f'{select} WHERE _DPT = "Nope"'), [])

    def test_root_and_structures_among_named_elements(self) -> None:
        """The root is ``.:``, or plain; a structure has no value."""
        select = "SELECT '.:_online.._value','_online.._value','.state:_online.._value'"
        self.assertEqual(
            self.found(f'{select} FROM \'*\' WHERE _DPT IN ("Float","Valve")'),
            [
                ("F1", 1.5, 1.5, None),
                ("F2", 60.0, 60.0, None),
                ("valve_1", None, None, None),
                ("valve_2", None, None, None),
                ("gate_1", None, None, None),
            ],
        )


class WhereTests(QueriesTestCase):
    """What WHERE leaves."""

    def test_conditions(self) -> None:
        """Keywords, attributes, operators."""
        self.set({"valve_1.position:_common.._alias": "Main.Valve"})
        self.set({"valve_2.position:_common.._unit": "%"})
        self.set({"gate_1.position:_common.._description": {"en_US.utf8": "The gate"}})
        self.set({"gate_1.state.text:_original.._userbit7": True}, NOW_MS)
        everything = f"{VALUE} '*.**' WHERE"
        for where, expected in (
            ('_DPT = "Float"', "F1. F2."),
            ('_DPT = "Float" AND _DP != "F1"', "F2."),
            ('_DPT LIKE "?loat" OR _DP = "B1"', "F1. F2. B1."),
            ('_DPT IN ("Bool","Nope")', "B1."),
            ('1=1 AND _DPT = "Float"', "F1. F2."),
            ('TRUE & (_DPT = "Bool" OR 1=0)', "B1."),
            ('_DPT = "Float" AND (TRUE OR _DP = "F1")', "F1. F2."),
            ('_DPT = "Float" AND (_DP = "F1" OR "TRUE")', "F1. F2."),
            ("FALSE", ""),
            ('_DPT = "Float" AND NOT TRUE', ""),
            ('_DPT = "_Ui"', "_Ui_1. _Ui_2."),
            ('_DP = "_Ui_2"', "_Ui_2."),
            ('_DP IN ("_Ui_2", "F1")', "F1. _Ui_2."),
            ('_DP LIKE "_mp_*"', "_mp_Float."),
            ('_DP = "System1:F1."', "F1."),
            ('_DP = "System9:F1."', ""),
            ('_DP IN ("System9:F1", "System1:F2")', "F2."),
            ('_DP LIKE "S*1:_mp_*"', "_mp_Float."),
            ('_DP LIKE "System9:F*"', ""),
            ('_DP != "System9:F1" AND _DP LIKE "F*"', "F1. F2."),
            ('_DP = "System1:_Ui_2"', "_Ui_2."),
            (
                '_EL = "state.mode"',
                "valve_1.state.mode valve_2.state.mode gate_1.state.mode",
            ),
            ('_EL = ".Claim.date"', "pack_1.Claim.date pack_2.Claim.date"),
            ('_EL LIKE "*m*de" AND _DP = "gate_1"', "gate_1.state.mode"),
            ("_ELC = DPEL_BOOL", "B1. valve_1.open valve_2.open gate_1.open"),
            ("_ELC == 26", "pack_1.Claim.date pack_2.Claim.date mixed.time"),
            ("_ELC IN (DPEL_DYN_FLOAT, DPEL_LANGSTRING)", "mixed.list mixed.label"),
            ('_ELC = "DPEL_BLOB"', "mixed.blob"),
            ("_LEAF AND _ELC = DPEL_BLOB", "mixed.blob"),
            ("NOT _LEAF", ""),
            ('_SYS = "System1:" AND _DP = "F1"', "F1."),
            ('_SYS != "System1"', ""),
            ('_ALIAS = "Main.Valve"', "valve_1.position"),
            ('_ALIAS LIKE "M*"', "valve_1.position"),
            ('_UNIT = "%"', "valve_2.position"),
            ('_COMMENT LIKE "*gate*"', "gate_1.position"),
            ("'_online.._userbit7' == 1", "gate_1.state.text"),
            ("'_online.._userbit7'", "gate_1.state.text"),
            ("'_common.._alias' != \"\" AND _LEAF", "valve_1.position"),
            (f"'_online.._stime' == {NOW_MS}", "gate_1.state.text"),
            ("'_online.._stime' > \"2023.11.14 22:13:19.999\"", "gate_1.state.text"),
            (
                "'_original.._type' == 21 AND NOT _DP LIKE \"*_1\"",
                "valve_2.state.mode pack_2.Status",
            ),
        ):
            self.assertEqual(self.names(f"{everything} {where}"), expected, where)

    def test_roots_or_all_elements(self) -> None:
        """Without an element part, the meaning of FROM depends on WHERE."""
        for where, expected in (
            ('_DPT = "Valve"', ""),
            ('_DPT = "Valve" AND _EL = "open"', "valve_1.open valve_2.open gate_1.open"),
            ("_ELC == DPEL_BOOL", "B1. valve_1.open valve_2.open gate_1.open"),
        ):
            self.assertEqual(self.names(f"{VALUE} '*' WHERE {where}"), expected, where)

    def test_precedence(self) -> None:
        """AND before OR, NOT before both."""
        for where, expected in (
            ('_DP = "B1" OR _DP = "F1" AND \'_online.._value\' > 50', "B1."),
            ('(_DP = "B1" OR _DP = "F2") AND \'_online.._value\' > 50', "F2."),
            ('NOT _DP = "B1" AND _DP LIKE "?1"', "F1."),
            ('NOT (_DP = "B1" AND _DP LIKE "?1")', "F1. F2."),
        ):
            self.assertEqual(
                self.names(f"{VALUE} '{{B,F}}*' WHERE {where}"), expected, where
            )

    def test_values(self) -> None:
        """By the type of the element."""
        for where, expected in (
            ("'_online.._value' > 45", "valve_1.position gate_1.position"),
            ("'_online.._value' BETWEEN", None),
            ("'_online.._value' IN (20,50,51)", "valve_2.position gate_1.position"),
            ("'_online.._value' != 20", "valve_1.position gate_1.position"),
            ("'_online.._value' > '_online.._stime'", None),
            (
                "'_online.._value' >= '_original.._value'",
                "valve_1.position valve_2.position gate_1.position",
            ),
            ("'_online.._value' == \"80\"", "valve_1.position"),
        ):
            text = f"{VALUE} '*.position' WHERE {where}"
            if expected is None:
                self.assertIn(self.query_error_code(text), (11, 36), where)
            else:
                self.assertEqual(self.names(text), expected, where)

    def query_error_code(self, text: str) -> int:
        try:
            return self.query_error(text).code
        except Exception as error:
            return int(getattr(error, "code", -1))

    def test_what_cannot_be_compared_is_an_error(self) -> None:
        """Unless the rest of the condition decides, in whichever order it stands."""
        error = self.query_error(f"{VALUE} 'valve_1.**' WHERE '_online.._value' > 45")
        self.assertEqual(error.code, 11)
        self.assertIn("Valve.state.text", error.message)
        comparison = "'_online.._value' > 45"
        for where in (
            f"{comparison} AND _ELC = DPEL_FLOAT",
            f"_ELC = DPEL_FLOAT AND {comparison}",
            f"NOT (_ELC != DPEL_FLOAT OR {comparison} == FALSE)".replace(
                f"{comparison} == FALSE", f"NOT {comparison}"
            ),
            "'_online.._value' > 45 AND NOT '_common.._unit' LIKE \"*\" "
            'OR _EL = "position" AND ' + comparison,
        ):
            self.assertEqual(
                self.names(f"{VALUE} 'valve_1.**' WHERE {where}"), "valve_1.position", where
            )
        for where in (f"{comparison} OR _ELC = DPEL_FLOAT", f"NOT {comparison}"):
            error = self.query_error(f"{VALUE} 'valve_1.**' WHERE {where}")
            self.assertEqual(error.code, 11, where)

    def test_keywords_have_types_too(self) -> None:
        """An order, or equality, of a text and a number or a list is an error."""
        for where in (
            "_ELC < _EL",
            "_DPT >= _ELC",
            "_LEAF < _ALIAS",
            "_ELC > '_common.._alias'",
            "_DPTR == _DPT",
            "_DP < _DPTR",
            f"'_online.._value' < \"{'0' * 5000}1\"",
            f'_ELC == "{"0" * 5000}1"',
        ):
            error = self.query_error(f"{VALUE} 'F*.**' WHERE {where}")
            self.assertEqual(error.code, 11, where)
        self.assertEqual(
            self.names(f"{VALUE} 'B1' WHERE _LEAF == '_online.._value'"), "B1."
        )

    def test_what_is_not_set_fits_nothing(self) -> None:
        """It is not equal, less or greater; it differs from every value."""
        self.configure("F2.", "_pv_range", _min=0)
        for where, expected in (
            ("'_pv_range.._min' == 0", "F2."),
            ("'_pv_range.._min' < 5", "F2."),
            ("'_pv_range.._min' != 5", "F1. F2."),
            ("NOT '_pv_range.._min' < 5", "F1."),
        ):
            self.assertEqual(self.names(f"{VALUE} 'F*' WHERE {where}"), expected, where)

    def test_named_elements_in_conditions(self) -> None:
        """They belong to the datapoint of the row."""
        for text, expected in (
            (
                f"{VALUE} '*.position' WHERE _DPT = \"Valve\" AND "
                "'.state.text:_online.._value' == \"auto\"",
                "valve_1.position valve_2.position",
            ),
            (
                "SELECT '.name:_online.._value' FROM '*' WHERE _DPT = \"Package\" AND "
                "'.Status' = 1",
                "pack_2",
            ),
            (
                "SELECT '.name:_online.._value' FROM '*' WHERE _DPT = \"Package\" AND "
                "('Status:_original.._value' > 1 OR '.Nope:_original.._value' > 1)",
                None,
            ),
            (
                "SELECT '.position' FROM '*_1' WHERE _DPT IN (\"Valve\",\"Package\") AND "
                "NOT '.state.mode' == 1",
                "valve_1 gate_1 pack_1",
            ),
        ):
            if expected is None:
                self.assertEqual(self.query_error(text).code, 8)
            else:
                self.assertEqual(self.names(text), expected, text)

    def test_references(self) -> None:
        """_DPTR is any type that an element belongs to by reference, at any depth."""
        reference = ElementType.REFERENCE
        inner = TypeNode(
            "Inner",
            ElementType.STRUCT,
            0,
            (
                TypeNode("valve", reference, 0, (), "Valve"),
                TypeNode("own", ElementType.INT),
            ),
        )
        outer = TypeNode(
            "Outer",
            ElementType.STRUCT,
            0,
            (
                TypeNode("a", reference, 0, (), "Inner"),
                TypeNode("b", ElementType.FLOAT),
            ),
        )
        self.change(CreateType(inner), CreateType(outer), CreateDatapoint("O", "Outer"))
        for where, expected in (
            ('_DPTR = "Valve" AND _ELC = DPEL_BOOL', "O.a.valve.open"),
            (
                '_DPTR = "Inner" AND _ELC IN (DPEL_BOOL,DPEL_INT)',
                "O.a.valve.open O.a.valve.state.mode O.a.own",
            ),
            ('_DPTR != "Inner" AND _DP = "O"', "O.b"),
            ('_DPTR LIKE "I*" AND _EL LIKE "*own"', "O.a.own"),
        ):
            self.assertEqual(self.names(f"{VALUE} '*' WHERE {where}"), expected, where)
