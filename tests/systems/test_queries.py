"""Queries of the embedded system: results checked by hand on a small plant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from twisted.internet.defer import Deferred
from zope.interface import implementer

from oagw.archives.archive import Archive
from oagw.errors import SyntaxFaultError
from oagw.interfaces.archives import IScan
from oagw.interfaces.systems import (
    PlanStep,
    QueryRequest,
)
from oagw.model.changes import (
    ChangeType,
    CreateDatapoint,
    CreateType,
    DeleteDatapoint,
    RenameDatapoint,
)
from oagw.model.columns import Columns
from oagw.model.dptypes import ElementType, TypeNode
from oagw.plant.queries import (
    livetables,
    selection,
)
from oagw.plant.queries import (
    queryscan as scan,
)
from oagw.plant.queries.selection import Selection
from oagw.query.finishing import Row
from oagw.query.parser import parse_query
from oagw.systems.slices import Slices
from tests.systems.bench import NOW_MS, Bench, EmbeddedTestCase, Told, request

PLANT = """
[types]
Float = "float"
Bool = "bool"
_Ui = "string"
[types.Valve]
open = "bool"
position = "float"
[types.Valve.state]
text = "string"
mode = "int"
[types.Package]
Status = "int"
name = "string"
[types.Package.Claim]
date = "time"
[types.Mixed]
list = "dyn_float"
blob = "blob"
label = "langString"
time = "time"

[datapoints]
Float = ["F1", "F2", "_mp_Float"]
Bool = ["B1"]
_Ui = ["_Ui_1", "_Ui_2"]
Valve = ["valve_1", "valve_2", "gate_1"]
Package = ["pack_1", "pack_2"]
Mixed = ["mixed"]

[values]
"F1." = 1.5
"F2." = 60
"_mp_Float." = 70
"B1." = true
"_Ui_1." = "anna"
"valve_1.open" = true
"valve_1.position" = 80
"valve_2.position" = 20
"gate_1.position" = 50
"valve_*.state.text" = "auto"
"gate_1.state.text" = "manual"
"valve_2.state.mode" = 3
"pack_1.Status" = 2
"pack_2.Status" = 1
"pack_1.name" = "left"
"pack_2.name" = "right"

[archive]
elements = ["F*", "valve_1.*"]
"""
VALUE = "SELECT '_online.._value' FROM"
#: Seconds between two slices.
_TURN = 1e-6


class QueriesTestCase(EmbeddedTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.bench = Bench(Path(self.mktemp()), PLANT)
        self.start()

    def short(self, rows: Sequence[Row]) -> list[Any]:
        """Rows without the system's name; those of one column as pairs."""
        return [(str(row[0]).removeprefix("System1:"), *row[1:]) for row in rows]

    def found(self, text: str) -> list[Any]:
        return self.short(self.query(text))

    def names(self, text: str) -> str:
        return " ".join(row[0] for row in self.found(text))


class FromTests(QueriesTestCase):
    """Which elements FROM means."""

    def test_patterns(self) -> None:
        """Of elements that hold a value; roots where there is no element part."""
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
        """What a type does not have is null; what none of them has is an error."""
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
        """Without an element part, FROM follows what WHERE speaks of."""
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
        """Neither equal nor less nor more; it differs from everything."""
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


class ClauseTests(QueriesTestCase):
    """What else a query may have."""

    def test_order_and_number(self) -> None:
        """Sorted first, then the first or the last of them."""
        for clauses, expected in (
            ("FIRST 1", "valve_1.position"),
            ("LAST 2", "valve_2.position gate_1.position"),
            ("SORT BY 1", "valve_2.position gate_1.position valve_1.position"),
            ("SORT BY 1 DESC FIRST 2", "valve_1.position gate_1.position"),
            ("FIRST 1 SORT BY 0", "gate_1.position"),
            ("WHERE '_online.._value' < 60 LAST 1 SORT BY 1", "gate_1.position"),
        ):
            self.assertEqual(
                self.names(f"{VALUE} '*.position' {clauses}"), expected, clauses
            )

    def test_groups(self) -> None:
        """By keywords and attributes."""
        value = "'_online.._value'"
        self.assertEqual(
            self.found(
                f"SELECT MAX({value}),COUNT({value}) FROM '*.**' WHERE _ELC = DPEL_FLOAT "
                "GROUP BY _DPT"
            ),
            [("Float", 60.0, 2), ("Valve", 80.0, 3)],
        )
        self.assertEqual(
            self.found(
                f"SELECT SUM({value}) FROM 'valve_*.position' GROUP BY _SYS,_EL,_ELC"
            ),
            [("System1, position, 22".removeprefix("System1:"), 100.0)],
        )
        self.assertEqual(
            self.found(
                "SELECT AVG('.position:_online.._value') FROM '*' WHERE _DPT = \"Valve\" "
                "GROUP BY '.state.text:_online.._value' SORT BY 1 DESC"
            ),
            [("auto", 50.0), ("manual", 50.0)],
        )

    def test_alerts(self) -> None:
        """There are none: a header, no rows, and a plan like that of any other query."""
        for text in (
            "SELECT ALERT '_alert_hdl.._value' FROM '**'",
            "SELECT ALERT SINGLE '_alert_hdl.._visible,_alert_hdl.._add_value_1' FROM '*' "
            "WHERE _DPT = \"Valve\" AND '_alert_hdl.._prior' >= 40",
            "SELECT ALERT '_alert_hdl.._ackable' FROM 'F*' TIMERANGE(0,9,2,0)",
        ):
            self.assertEqual(self.query(text), [])
            table, told = self.run_query(text.partition(" TIMERANGE")[0])
            self.set({"F1.": 1})
            self.assertEqual((table, told.rows), ([], []))
        found = self.successResultOf(
            self.bench.system.query(
                request("SELECT ALERT '_alert_hdl.._value' FROM '*.**' WHERE _DPT='Valve'")
            )
        )
        self.assertEqual(
            [(step.step, step.candidates) for step in found.plan],
            [("WHERE _DPT", 3), ("names and types", 3), ("elements", 18), ("alerts", 0)],
        )

    def test_too_many_rows_are_counted(self) -> None:
        """And not kept; what reduces them has no such limit."""

        def count(text: str, limit: int) -> tuple[int, int]:
            found = self.successResultOf(
                self.bench.system.query(request(text, max_rows=limit))
            )
            return len(found.rows), found.count

        self.assertEqual(count(f"{VALUE} 'valve_1.**'", 4), (4, 4))
        self.assertEqual(count(f"{VALUE} '*_1.**'", 4)[1], 11)
        self.assertLessEqual(count(f"{VALUE} '*_1.**'", 4)[0], 4)
        self.assertEqual(count(f"{VALUE} '*_1.**' LAST 2", 4), (11, 11))
        self.assertEqual(
            count("SELECT COUNT('_online.._value') FROM '*_1.**'", 4), (11, 11)
        )


@implementer(IScan)
class _OneByOne:
    """A scan whose pieces have one sample each."""

    def __init__(self, scan: IScan) -> None:
        self._scan = scan
        self._rest: list[Columns] = []
        self.read = 0
        self.is_closed = False

    def next(self) -> Deferred[Columns | None]:
        return Deferred.fromCoroutine(self._next())

    async def _next(self) -> Columns | None:
        if not self._rest:
            columns = await self._scan.next()
            if columns is None:
                return None
            self._rest = [columns.part(slice(at, at + 1)) for at in range(len(columns))]
        self.read += 1
        return self._rest.pop(0)

    def rewind(self) -> None:
        self._scan.rewind()

    def close(self) -> None:
        self.is_closed = True
        self._scan.close()


@contextmanager
def _one_by_one() -> Iterator[list[_OneByOne]]:
    """All scans meanwhile are such ones."""
    scans: list[_OneByOne] = []
    begin = Archive._begin

    def begun(archive: Archive, *period: int) -> IScan:
        scans.append(_OneByOne(begin(archive, *period)))
        return scans[-1]

    with patch.object(Archive, "_begin", begun):
        yield scans


class PastTests(QueriesTestCase):
    """TIMERANGE: a row for each archived value."""

    def setUp(self) -> None:
        super().setUp()
        for second, values in enumerate(
            (
                {"F1.": 10, "F2.": 100, "valve_1.position": 5},
                {"F1.": 20, "valve_1.position": 6, "valve_1.open": False},
                {"F1.": 30, "valve_1.open": True},
                {"F1.": 40},
            )
        ):
            self.set(values, NOW_MS + second * 1000)

    def past(self, select: str, rest: str = "") -> list[Any]:
        """Rows of the two seconds in the middle; times are seconds from the first."""
        period = f"TIMERANGE({NOW_MS + 1000},{NOW_MS + 2000},1,0)"
        return [
            (row[0], (row[1] - NOW_MS) // 1000, *row[2:])
            for row in self.found(f"SELECT {select} {period} {rest}")
        ]

    def test_a_row_for_each_value(self) -> None:
        """By element, then by time; both ends are included."""
        self.assertEqual(
            self.past("'_online.._value','_original.._stime' FROM '*.**'"),
            [
                ("F1.", 1, 20.0, NOW_MS + 1000),
                ("F1.", 2, 30.0, NOW_MS + 2000),
                ("valve_1.open", 1, False, NOW_MS + 1000),
                ("valve_1.open", 2, True, NOW_MS + 2000),
                ("valve_1.position", 1, 6.0, NOW_MS + 1000),
            ],
        )

    def test_bonus_values(self) -> None:
        """As many before and after."""
        period = f"TIMERANGE({NOW_MS + 1000},{NOW_MS + 1000},1,1)"
        rows = self.found(f"SELECT ALL '_offline.._value' FROM 'F*' {period}")
        self.assertEqual(
            rows,
            [
                ("F1.", NOW_MS, 10.0),
                ("F1.", NOW_MS + 1000, 20.0),
                ("F1.", NOW_MS + 2000, 30.0),
                ("F2.", NOW_MS, 100.0),
            ],
        )

    def test_conditions_are_about_the_values_of_then(self) -> None:
        """Those of other configs and of other elements are about now."""
        value = "'_original.._value' FROM 'F*' WHERE"
        for where, expected in (
            ("'_original.._value' > 20", [("F1.", 2, 30.0)]),
            ("'_original.._stime' < 1700000002000", [("F1.", 1, 20.0)]),
            ('_DP = "F2"', []),
            (
                "'_archive.._archive' == 1 AND '_original.._value' IN (30)",
                [("F1.", 2, 30.0)],
            ),
        ):
            self.assertEqual(self.past(f"{value} {where}"), expected, where)

    def test_conditions_on_elements_that_are_not_selected(self) -> None:
        """Groups too: what such an element had then, if it had a value then."""
        select, source = "'.position:_online.._value'", "FROM 'valve_*' WHERE _DPT='Valve'"
        shut = "'.open:_offline.._value' == FALSE"
        self.assertEqual(self.past(f"{select} {source} AND {shut}"), [("valve_1", 1, 6.0)])
        self.assertEqual(self.past(f"{select} {source} AND NOT {shut}"), [])
        period = f"TIMERANGE({NOW_MS},{NOW_MS + 3000},1,0)"
        groups = f"SELECT MAX({select}) {source} GROUP BY '.open:_offline.._value' {period}"
        self.assertEqual(self.found(groups), [("", 5.0), ("False", 6.0)])
        for text in (
            f"SELECT '_online.._value' {source} AND {shut} {period}",
            f"SELECT {select} {source} AND '_online.._value' > 1 {period}",
            f"SELECT {select}, '_online.._stime' {source} {period}",
        ):
            with self.assertRaisesRegex(SyntaxFaultError, "or none of them"):
                self.found(text)

    def test_order_number_and_groups(self) -> None:
        """They work on the rows."""
        self.assertEqual(
            self.past("'_online.._value' FROM '*.**'", "SORT BY 0 DESC LAST 1"),
            [("F1.", 2, 30.0)],
        )
        self.assertEqual(
            self.past("'_online.._value' FROM '*.**'", "FIRST 1"), [("F1.", 1, 20.0)]
        )
        for order, expected in (("DESC", ("F1.", 2, 30.0)), ("ASC", ("F1.", 1, 20.0))):
            text = f"SORT BY '_online.._stime' {order} FIRST 1"
            self.assertEqual(self.past("'_online.._value' FROM '*.**'", text), [expected])
        period = f"TIMERANGE({NOW_MS},{NOW_MS + 3000},1,0)"
        text = f"SELECT MAX('_online.._value'),COUNT('_online.._value') FROM 'F*' {period}"
        self.assertEqual(
            self.found(f"{text} GROUP BY _DP"), [("F1", 40.0, 4), ("F2", 100.0, 1)]
        )

    def test_named_elements(self) -> None:
        """A row for each time at which one of them has a value."""
        self.assertEqual(
            self.past(
                "'.position:_online.._value','.open:_online.._value' FROM '*' "
                'WHERE _DPT = "Valve"'
            ),
            [("valve_1", 1, 6.0, False), ("valve_1", 2, None, True)],
        )
        self.assertEqual(
            self.past(
                "'.position:_online.._value','.open:_online.._value' FROM '*' "
                "WHERE _DPT = 'Valve' AND '.open' == 1 AND '.open:_archive.._archive'"
            ),
            [("valve_1", 2, None, True)],
        )
        # What was never archived has had no value then.
        self.assertEqual(
            self.past(
                "'.open:_online.._value' FROM '*' "
                "WHERE _DPT = 'Valve' AND '.state.text' LIKE \"a*\""
            ),
            [],
        )

    def test_equal_times_of_named_elements_are_several_rows(self) -> None:
        """None is lost."""
        self.set({"valve_1.open": False}, NOW_MS + 2000)
        self.assertEqual(
            self.past("'.open:_online.._value' FROM '*' WHERE _DPT = \"Valve\""),
            [("valve_1", 1, False), ("valve_1", 2, True), ("valve_1", 2, False)],
        )

    def test_values_are_read_in_pieces(self) -> None:
        """The rows are the same, however few values a piece has."""
        select = "'.position:_online.._value','.open:_online.._value' FROM '*' "
        texts = [
            "SELECT '_online.._value' FROM '*.**' TIMERANGE(0,9E12,1,0)",
            f"SELECT {select} WHERE _DPT = 'Valve' TIMERANGE(0,9E12,1,0)",
            "SELECT MAX('_online.._value') FROM 'F*' TIMERANGE(0,9E12,1,0) GROUP BY _DP",
        ]
        self.set({"valve_1.open": False}, NOW_MS + 2000)
        self.set({"valve_1.position": 8.0}, NOW_MS + 2000)
        whole = [self.query(text) for text in texts]
        self.assertEqual([len(rows) for rows in whole], [11, 4, 2])
        with _one_by_one():
            self.assertEqual([self.query(text) for text in texts], whole)

    def test_no_more_is_read_than_is_needed(self) -> None:
        """The first rows, and an error for too many values, end the reading."""
        text = f"{VALUE} 'F1.' TIMERANGE(0,{NOW_MS * 2},1,0)"
        with _one_by_one() as scans:
            self.assertEqual(len(self.query(f"{text} FIRST 2")), 2)
            self.query_error(text, max_values=2)
        self.assertEqual(
            [(one.read, one.is_closed) for one in scans], [(2, True), (3, True)]
        )

    def test_too_many_values_are_not_read(self) -> None:
        """The error says how to ask for less."""
        text = f"{VALUE} 'F1.' TIMERANGE(0,{NOW_MS * 2})"
        self.assertEqual(len(self.query(text, max_values=4)), 4)
        error = self.query_error(text, max_values=3)
        self.assertEqual(
            (error.code, "more than 3 archived values" in error.message), (51, True)
        )


class ExplainTests(QueriesTestCase):
    """The way that is taken, and what each step leaves."""

    def plan(self, text: str) -> list[tuple[str, int]]:
        found = self.successResultOf(self.bench.system.query(request(text, explain=True)))
        self.assertEqual(found.rows, [])
        return [(step.step, step.candidates) for step in found.plan]

    def test_the_way_with_the_fewest_datapoints_is_taken(self) -> None:
        """Names, types and aliases are found by indexes."""
        self.set({"gate_1.position:_common.._alias": "Gate"})
        for text, first in (
            ("'F1.'", ("FROM, by name", 1)),
            ("'{F1,F2,B1}.'", ("FROM, by name", 3)),
            ("'pack*.**'", ("FROM, by 'pack...'", 2)),
            ("'*_2.**'", ("FROM, by '..._2'", 3)),
            ("'*e_1.**'", ("FROM, by '...e_1'", 2)),
            ("'*.**' WHERE _DPT = \"Valve\"", ("WHERE _DPT", 3)),
            ("'valve_1.**' WHERE _DPT = \"Valve\"", ("FROM, by name", 1)),
            ('\'*.**\' WHERE _DPT = "Valve" AND _DP = "valve_2"', ("WHERE _DP", 1)),
            ("'*.**' WHERE _DP LIKE \"gat*\" AND _LEAF", ("WHERE _DP, by 'gat...'", 1)),
            ("'*.**' WHERE _DP LIKE \"gate_1\"", ("WHERE _DP", 1)),
            ('\'*.**\' WHERE _ALIAS IN ("Gate", "Nope")', ("WHERE _ALIAS", 1)),
            ('\'*.**\' WHERE _DPT = "Valve" OR _DP = "F1"', ("FROM, all datapoints", 12)),
            ("'*.**' WHERE NOT _DPT = \"Valve\"", ("FROM, all datapoints", 12)),
        ):
            self.assertEqual(self.plan(f"{VALUE} {text}")[0], first, text)

    def test_names_that_stand_for_nothing_are_told(self) -> None:
        """They are no error, as in WinCC OA: whoever gets an empty table may ask."""
        for text, first in (
            ("'{F1,nope,B1}.'", ("FROM, by name: there is no datapoint 'nope'", 2)),
            ("'nope.'", ("FROM, by name: there is no datapoint 'nope'", 0)),
            ("'*' WHERE _DPT = \"Flaot\"", ("WHERE _DPT: there is no type 'Flaot'", 0)),
            ("'*' WHERE _DP = \"F3\"", ("WHERE _DP: there is no datapoint 'F3'", 0)),
        ):
            self.assertEqual(self.plan(f"{VALUE} {text}")[0], first, text)

    def test_each_step_says_what_it_leaves(self) -> None:
        """Datapoints, then elements, then rows."""
        self.assertEqual(
            self.plan(
                f"{VALUE} 'v*.**' WHERE _ELC = DPEL_FLOAT AND '_online.._value' > 45"
            )[1:],
            [("names and types", 2), ("elements", 2), ("WHERE", 1)],
        )

    def test_types_without_such_elements_are_left_out(self) -> None:
        """In a large plant, if that is shorter than by the names."""
        for number in range(1100):
            self.change(CreateDatapoint(f"x{number}", "Float"))
        self.assertEqual(
            self.plan(f"{VALUE} '*.state.mode'"),
            [
                ("types with such elements", 3),
                ("names and types", 3),
                ("elements", 3),
                ("WHERE", 3),
            ],
        )
        self.assertEqual(
            self.plan(f'{VALUE} \'*\' WHERE _DPT LIKE "Pack*" AND _EL = "name"')[0],
            ("types with such elements", 2),
        )

    def test_the_order_is_the_same_by_every_way(self) -> None:
        """That of a pattern without wildcards is its own, else that of the making."""
        for source, names in (
            ("{valve_2,gate_1,F1,valve_1}.**", "valve_2 gate_1 valve_1"),
            ("{valve_2,gat?_1,F1,valve_1}.**", "valve_1 valve_2 gate_1"),
        ):
            expected = " ".join(f"{name}.position" for name in names.split())
            for way, where in (
                ("FROM", '_EL = "position"'),
                ("WHERE _DPT", '_DPT = "Valve" AND _EL = "position"'),
                ("WHERE _DP", '_DP IN ("gate_1","valve_2","valve_1") AND _EL = "position"'),
            ):
                text = f"{VALUE} '{source}' WHERE {where}"
                self.assertIn(way, self.plan(text)[0][0])
                self.assertEqual(self.names(text), expected, text)

    def test_explains_the_past(self) -> None:
        """How many values were read is a step of its own."""
        self.set({"F1.": 1})
        self.assertEqual(
            self.plan(
                f"{VALUE} 'F*' WHERE '_online.._value' > 5 TIMERANGE(0,{NOW_MS * 2})"
            ),
            [("FROM, by 'F...'", 2), ("elements", 2), ("TIMERANGE", 1), ("WHERE", 0)],
        )


class Broken(Told):
    """Cannot be told of rows."""

    def on_rows(self, rows: Sequence[Row], gone: Sequence[str]) -> None:
        raise ZeroDivisionError


class LiveTests(QueriesTestCase):
    """Rows of a live query come, change and go."""

    def hear(self, told: Told) -> tuple[list[Any], list[list[str]]]:
        """What was told since the last time: rows, and names of rows gone."""
        rows = [self.short(one) for one in told.rows]
        gone = [[name.removeprefix("System1:") for name in one] for one in told.gone]
        told.clear()
        return rows, gone

    def test_the_table_and_then_what_changes(self) -> None:
        """One message for one atomic set; rows of other elements stay away."""
        table, told = self.run_query(f"{VALUE} '*.position'")
        self.assertEqual(
            self.short(table),
            [
                ("valve_1.position", 80.0),
                ("valve_2.position", 20.0),
                ("gate_1.position", 50.0),
            ],
        )
        self.set({"valve_1.position": 1, "gate_1.position": 3, "F1.": 9, "valve_1.open": 1})
        self.set({"F1.": 10})
        self.assertEqual(
            self.hear(told),
            ([[("valve_1.position", 1.0), ("gate_1.position", 3.0)]], [[]]),
        )

    def test_conditions_of_values_alone(self) -> None:
        """One that always holds tells of every row, one that never does of none."""
        for where, expected in (
            ("TRUE", [("F1.", 9.0)]),
            ("1=1 AND '_online.._value' > 8", [("F1.", 9.0)]),
            ("FALSE", []),
            ("1=1 AND '_online.._value' > 9", []),
        ):
            self.set({"F1.": 0})
            _, told = self.run_query(f"{VALUE} 'F*' WHERE {where}")
            self.set({"F1.": 9})
            rows, _ = self.hear(told)
            self.assertEqual([row for one in rows for row in one], expected, where)

    def test_only_the_configs_that_it_reads_matter(self) -> None:
        """Those of the columns and of the condition."""
        _, told = self.run_query(f"{VALUE} 'F*' WHERE _COMMENT != \"x\"")
        self.configure("F1.", "_pv_range", _max=100)
        self.assertEqual(self.hear(told), ([], []))
        self.set({"F1.:_common.._description": "x"})
        self.assertEqual(self.hear(told), ([[]], [["F1."]]))
        self.set({"F1.:_common.._description": "y"})
        self.assertEqual(self.hear(told), ([[("F1.", 1.5)]], [[]]))
        _, told = self.run_query("SELECT '_pv_range.._max' FROM 'F*'")
        self.configure("F1.", "_pv_range", _max=50)
        self.set({"F1.": 5})
        self.assertEqual(self.hear(told), ([[("F1.", 50.0)]], [[]]))

    def test_rows_enter_and_leave_with_the_alias(self) -> None:
        """Also of datapoints that had nothing to do with the query before."""
        for where in (
            '_ALIAS = "al2"',
            'NOT NOT _ALIAS = "al2"',
            '_ALIAS LIKE "al2"',
            '_ALIAS LIKE "al*"',
            '_ALIAS IN ("al1", "al2")',
        ):
            table, told = self.run_query(f"{VALUE} '*.**' WHERE {where}")
            self.assertEqual(table, [])
            self.set({"valve_2.position:_common.._alias": "al2"})
            self.set({"valve_2.position": 21})
            self.set({"valve_2.position:_common.._alias": ""})
            self.set({"gate_1.position:_common.._alias": "al2"})
            self.set({"gate_1.position:_common.._alias": ""})
            rows, gone = self.hear(told)
            self.assertEqual([len(one) for one in rows], [1, 1, 0, 1, 0], where)
            self.assertEqual(rows[1], [("valve_2.position", 21.0)])
            self.assertEqual(gone[2:], [["valve_2.position"], [], ["gate_1.position"]])
            self.bench.system.query_disconnect(
                request(f"{VALUE} '*.**' WHERE {where}").query, told
            )
            self.set({"valve_2.position:_common.._alias": "al2"})
            self.set({"valve_2.position:_common.._alias": ""})
            self.assertEqual(self.hear(told), ([], []))

    def test_rows_enter_and_leave_with_the_condition(self) -> None:
        """Who leaves is named; without rows before and after nothing is told."""
        table, told = self.run_query(f"{VALUE} '*.position' WHERE '_online.._value' > 45")
        self.assertEqual(len(table), 2)
        self.set({"valve_2.position": 46})
        self.set({"valve_2.position": 47, "valve_1.position": 45})
        self.set({"valve_1.position": 1})
        self.assertEqual(
            self.hear(told),
            (
                [[("valve_2.position", 46.0)], [("valve_2.position", 47.0)]],
                [[], ["valve_1.position"]],
            ),
        )

    def test_datapoints_come_and_go(self) -> None:
        """New ones enter, deleted ones leave, renamed ones do both; each told once."""
        _, told = self.run_query(f"{VALUE} 'v*.{{position,open}}'")
        self.change(CreateDatapoint("v3", "Valve"))
        self.assertEqual(
            self.hear(told), ([[("v3.open", False), ("v3.position", 0.0)]], [[]])
        )
        self.change(RenameDatapoint("v3", "v4"))
        self.assertEqual(
            self.hear(told),
            ([[("v4.open", False), ("v4.position", 0.0)]], [["v3.open", "v3.position"]]),
        )
        self.change(RenameDatapoint("v4", "w"))
        self.assertEqual(self.hear(told), ([[]], [["v4.open", "v4.position"]]))
        self.set({"w.position": 1})
        self.change(RenameDatapoint("w", "v"))
        self.assertEqual(
            self.hear(told), ([[("v.open", False), ("v.position", 1.0)]], [[]])
        )
        self.change(DeleteDatapoint("v"))
        self.assertEqual(self.hear(told), ([[]], [["v.open", "v.position"]]))
        self.change(CreateDatapoint("other", "Valve"), DeleteDatapoint("other"))
        self.assertEqual(self.hear(told), ([], []))

    def test_names_that_stay_with_other_elements(self) -> None:
        """A datapoint made again under its name is new; a condition on names follows."""
        _, told = self.run_query(f"{VALUE} '*.position' WHERE _DP LIKE \"*_1\"")
        self.change(DeleteDatapoint("gate_1"), CreateDatapoint("gate_1", "Valve"))
        self.assertEqual(
            self.hear(told), ([[], [("gate_1.position", 0.0)]], [["gate_1.position"], []])
        )
        self.change(RenameDatapoint("gate_1", "gate_9"), RenameDatapoint("valve_2", "up_1"))
        self.assertEqual(
            self.hear(told), ([[], [("up_1.position", 20.0)]], [["gate_1.position"], []])
        )

    def test_named_elements(self) -> None:
        """A change of any of them, or of one in the condition, is a change of the row."""
        table, told = self.run_query(
            "SELECT '.Status:_online.._value','.name:_online.._value' FROM '*' "
            "WHERE _DPT = \"Package\" AND '.Claim.date:_online.._value' < 1000"
        )
        self.assertEqual(self.short(table), [("pack_1", 2, "left"), ("pack_2", 1, "right")])
        self.set({"pack_1.Status": 3, "pack_1.name": "top", "pack_2.name": "low"})
        self.set({"pack_1.Claim.date": 1000})
        self.set({"pack_1.Status": 4})
        self.set({"pack_1.Claim.date": 999})
        self.change(CreateDatapoint("pack_3", "Package"), DeleteDatapoint("pack_2"))
        self.assertEqual(
            self.hear(told),
            (
                [
                    [("pack_1", 3, "top"), ("pack_2", 1, "low")],
                    [],
                    [("pack_1", 4, "top")],
                    [("pack_3", 0, "")],
                    [],
                ],
                [[], ["pack_1"], [], [], ["pack_2"]],
            ),
        )

    def test_a_condition_on_another_element(self) -> None:
        """Its change is a change of the rows of its datapoint alone."""
        _, told = self.run_query(
            f"{VALUE} '*.{{position,open}}' WHERE _DPT = \"Valve\" AND '.state.mode' == 3"
        )
        self.set({"valve_1.state.mode": 3})
        self.set({"valve_2.state.mode": 1, "valve_1.position": 7})
        self.assertEqual(
            self.hear(told),
            (
                [
                    [("valve_1.open", True), ("valve_1.position", 80.0)],
                    [("valve_1.position", 7.0)],
                ],
                [[], ["valve_2.open", "valve_2.position"]],
            ),
        )

    def test_types_change(self) -> None:
        """Elements come and go; a named one may become another."""
        self.set({"pack_1.Status": 2})
        _, told = self.run_query(f"{VALUE} 'pack_1.**' WHERE _ELC = DPEL_INT")
        _, named = self.run_query(
            "SELECT '.Status:_online.._value' FROM 'pack_1' WHERE _DPT = \"Package\""
        )
        leaf = TypeNode
        self.change(
            ChangeType(
                TypeNode(
                    "Package",
                    ElementType.STRUCT,
                    0,
                    (leaf("Status", ElementType.STRING), leaf("more", ElementType.INT)),
                )
            )
        )
        self.assertEqual(self.hear(told), ([[("pack_1.more", 0)]], [["pack_1.Status"]]))
        self.assertEqual(self.hear(named), ([[("pack_1", "2")]], [[]]))
        self.set({"pack_1.more": 5, "pack_1.Status": "x"})
        self.assertEqual(self.hear(told), ([[("pack_1.more", 5)]], [[]]))
        self.assertEqual(self.hear(named), ([[("pack_1", "x")]], [[]]))

    def test_a_condition_that_cannot_be_decided_any_more_ends_the_query(self) -> None:
        """A new datapoint has text where the others have numbers."""
        text = f"{VALUE} 'F*.**' WHERE '_online.._value' > 1"
        _, told = self.run_query(text)
        self.change(CreateDatapoint("Fx", "_Ui"))
        self.assertEqual([error.code for error in told.ended], [11])
        self.set({"F1.": 5})
        self.assertEqual(told.rows, [])
        element = self.bench.system.plant.element("F1", "", "F1.")
        self.assertIsNone(element.tables)

    def test_what_fails_ends_one_query_and_harms_nobody(self) -> None:
        """The set is done, the log has what failed, and other queries are told."""
        text = f"{VALUE} 'F1.'"
        listeners = [Told(), Broken(), Told()]
        for one in listeners:
            self.successResultOf(self.bench.system.query_connect(request(text), one))
        self.set({"F1.": 5})
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual([len(one.rows) for one in listeners], [1, 0, 1])
        self.assertEqual([error.code for error in listeners[1].ended], [54])
        _, told = self.run_query(f"{VALUE} 'F*.' WHERE '_online.._value' > 1")
        self.patch(Selection, "row", lambda *_: 1 / 0)
        self.set({"F1.": 6})
        self.change(CreateDatapoint("F9", "Float"))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 3)
        for one in (listeners[0], listeners[2], told):
            self.assertEqual([error.code for error in one.ended], [54])
        self.assertEqual(self.value("F1."), 6.0)

    def test_after_the_end_nothing_is_told(self) -> None:
        """And nothing of the query is left in the plant."""
        text = f"{VALUE} '*.**' WHERE _DPT = \"Valve\""
        _, told = self.run_query(text)
        _, other = self.run_query(f"{VALUE} 'valve_1.**'")
        self.bench.system.query_disconnect(parse_query(text), told)
        self.bench.system.query_disconnect(parse_query(text), told)
        self.set({"valve_1.position": 1, "gate_1.position": 1})
        self.assertEqual((told.rows, len(other.rows)), ([], 1))
        self.assertIsNone(self.bench.system.plant.element("gate_1", "open", "").tables)

    def test_connecting_again_gives_the_table_only(self) -> None:
        """The listener is told once of each change."""
        asked, told = request(f"{VALUE} 'F*' WHERE '_online.._value' > 2"), Told()
        for expected in (1, 2):
            found = self.successResultOf(self.bench.system.query_connect(asked, told))
            self.assertEqual(len(found.rows), expected)
            self.set({"F1.": 2 + expected})
        self.assertEqual(len(told.rows), 2)

    def test_connecting_again_finds_the_way_anew(self) -> None:
        """What was the shortest before may lead past what there is now."""
        self.patch(selection, "_MANY", 1)
        asked, told = request(f"{VALUE} '*.name'"), Told()
        found = self.successResultOf(self.bench.system.query_connect(asked, told))
        self.assertEqual(found.plan[0], PlanStep("types with such elements", 2))
        more = TypeNode("More", ElementType.STRUCT, 0, (TypeNode("name", ElementType.INT),))
        self.change(CreateType(more), CreateDatapoint("m1", "More"))
        found = self.successResultOf(self.bench.system.query_connect(asked, told))
        self.assertEqual(
            self.short(found.rows),
            [("pack_1.name", "left"), ("pack_2.name", "right"), ("m1.name", 0)],
        )

    def test_too_many_rows_are_not_connected(self) -> None:
        """Nothing is left of the attempt."""
        asked, told = request(f"{VALUE} '*.position'", max_rows=2), Told()
        found = self.successResultOf(self.bench.system.query_connect(asked, told))
        self.assertEqual(found.count, 3)
        self.set({"gate_1.position": 1})
        self.assertEqual(told.rows, [])
        self.assertIsNone(self.bench.system.plant.element("gate_1", "position", "").tables)


class SliceTests(QueriesTestCase):
    """Large queries are answered in slices, while the plant goes on."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(scan, "_SLICE", 1)
        self.bench = Bench(Path(self.mktemp()), PLANT)
        self.bench.slices = Slices(self.bench.clock, turn=0, pause=_TURN)
        self.bench.open()
        self.start()

    def turn(self, times: int = 1) -> None:
        for _ in range(times):
            self.bench.clock.advance(_TURN)

    def asked(self, text: str) -> QueryRequest:
        return request(text)

    def test_the_result_is_that_of_the_end(self) -> None:
        """Whatever has changed meanwhile, before or after it was looked at."""
        pending = self.bench.system.query(self.asked(f"{VALUE} 'v*.{{position,open}}'"))
        self.assertNoResult(pending)
        self.set({"valve_1.position": 1, "valve_2.position": 2})
        self.change(
            CreateDatapoint("v9", "Valve"),
            RenameDatapoint("valve_2", "v2"),
            RenameDatapoint("gate_1", "v1"),
            DeleteDatapoint("valve_1"),
        )
        self.set({"v1.position": 5})
        self.turn(20)
        rows = self.short(self.successResultOf(pending).rows)
        self.assertEqual(
            sorted(rows),
            [
                ("v1.open", False),
                ("v1.position", 5.0),
                ("v2.open", False),
                ("v2.position", 2.0),
                ("v9.open", False),
                ("v9.position", 0.0),
            ],
        )

    def test_a_live_query_tells_nothing_before_its_table(self) -> None:
        """The table has what changed meanwhile; from then on it is told."""
        told = Told()
        pending = self.bench.system.query_connect(
            self.asked(f"{VALUE} '*.position' WHERE '_online.._value' > 45"), told
        )
        self.set({"valve_1.position": 1, "gate_1.position": 99})
        self.change(DeleteDatapoint("valve_2"))
        self.turn(20)
        rows = self.successResultOf(pending).rows
        self.assertEqual(self.short(rows), [("gate_1.position", 99.0)])
        self.assertEqual(told.rows, [])
        self.set({"valve_1.position": 50, "gate_1.position": 1})
        self.assertEqual(self.short(told.rows[0]), [("valve_1.position", 50.0)])
        self.assertEqual(told.gone, [["System1:gate_1.position"]])

    def test_a_cancelled_query_goes_on_no_more(self) -> None:
        """And leaves nothing behind."""
        told = Told()
        for pending in (
            self.bench.system.query(self.asked(f"{VALUE} '*.**'")),
            self.bench.system.query_connect(self.asked(f"{VALUE} '*.**'"), told),
        ):
            self.turn()
            pending.cancel()
            self.failureResultOf(pending)
        self.turn(20)
        self.set({"F1.": 1})
        self.assertEqual(told.rows, [])
        for datapoint in self.bench.system.plant.datapoints.values():
            for element in datapoint.elements:
                self.assertIsNone(element.tables)
        self.assertEqual(self.bench.clock.getDelayedCalls(), [])

    def test_the_first_are_enough(self) -> None:
        """FIRST looks no further; a row that has left meanwhile is replaced."""
        pending = self.bench.system.query(
            self.asked(f"{VALUE} '*.position' WHERE '_online.._value' > 45 FIRST 1")
        )
        self.assertNoResult(pending)
        self.set({"valve_1.position": 1})
        self.turn(20)
        rows = self.short(self.successResultOf(pending).rows)
        self.assertEqual(rows[:1], [("gate_1.position", 50.0)])

    def test_the_first_are_the_first_of_the_end(self) -> None:
        """Those that have come meanwhile stand behind those that were there."""
        text = f"{VALUE} '*.position' WHERE '_online.._value' > 45 FIRST 2"
        pending = self.bench.system.query(self.asked(text))
        self.assertNoResult(pending)
        # Neither the last datapoint nor a new one makes the one between them superfluous.
        self.set({"gate_1.position": 99})
        self.change(CreateDatapoint("v9", "Valve"))
        self.set({"v9.position": 98, "valve_2.position": 97})
        self.turn(20)
        rows = self.short(self.successResultOf(pending).rows)
        self.assertEqual(rows[:2], [("valve_1.position", 80.0), ("valve_2.position", 97.0)])

    def test_rows_beyond_the_limit_are_counted_exactly(self) -> None:
        """Also if one of them changes; and all are there if there is room after all."""
        for max_rows, removed in ((1, ()), (2, ("valve_1",))):
            pending = self.bench.system.query(
                request(f"{VALUE} '*.position'", max_rows=max_rows)
            )
            self.turn(2)
            self.set({"valve_1.position": 1, "valve_2.position": 2, "gate_1.position": 3})
            self.turn(7)
            self.set({"valve_1.position": 4, "valve_2.position": 5, "gate_1.position": 6})
            self.change(*(DeleteDatapoint(name) for name in removed))
            self.assertNoResult(pending)
            self.turn(20)
            found = self.successResultOf(pending)
            self.assertEqual(found.count, 3 - len(removed))
        self.assertEqual(
            self.short(found.rows), [("valve_2.position", 5.0), ("gate_1.position", 6.0)]
        )

    def test_a_query_that_fails_lets_go_in_slices(self) -> None:
        """However many rows it has; nothing of it is told meanwhile."""
        self.patch(livetables, "_SLICE", 1)
        told, more = Told(), "'_online.._value' > 1"
        pending = self.bench.system.query_connect(
            self.asked(f"{VALUE} '{{v*.position,g*.position,F*}}' WHERE {more}"), told
        )
        self.turn(20)
        self.successResultOf(pending)
        self.change(CreateDatapoint("Fx", "_Ui"))
        self.assertEqual([error.code for error in told.ended], [11])
        self.set({"gate_1.position": 70})
        self.assertEqual(told.rows, [])
        last = self.bench.system.plant.element("gate_1", "position", "")
        self.assertIsNotNone(last.tables)
        self.turn(20)
        self.assertIsNone(last.tables)

    def test_an_error_in_a_later_slice(self) -> None:
        """It is the query's."""
        pending = self.bench.system.query(
            self.asked(f"{VALUE} '*.**' WHERE '_online.._value' > 1")
        )
        self.assertNoResult(pending)
        self.turn(20)
        self.assertEqual(self.failureResultOf(pending).value.code, 11)
