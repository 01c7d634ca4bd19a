"""Queries of the embedded system: results checked by hand on a small plant."""

from __future__ import annotations

from oagw.model.changes import (
    CreateDatapoint,
)
from tests.plant.queries.bench import VALUE, QueriesTestCase
from tests.systems.bench import NOW_MS, request


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
        """They are not kept; LAST and group functions have no such limit."""

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
