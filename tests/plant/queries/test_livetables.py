"""Live queries: each change sends the rows that it has changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oagw.interfaces.systems import (
    PlanStep,
)
from oagw.model.changes import (
    ChangeType,
    CreateDatapoint,
    CreateType,
    DeleteDatapoint,
    RenameDatapoint,
)
from oagw.model.dptypes import ElementType, TypeNode
from oagw.plant.queries import (
    selection,
)
from oagw.plant.queries.selection import Selection
from oagw.query.parser import parse_query
from oagw.query.resultrows import Row
from tests.plant.queries.bench import VALUE, QueriesTestCase
from tests.systems.bench import Told, request


class Broken(Told):
    """A listener that fails when rows are reported."""

    def on_rows(self, rows: Sequence[Row], gone: Sequence[str]) -> None:
        raise ZeroDivisionError


class LiveTests(QueriesTestCase):
    """Rows of a live query come, change and go."""

    def hear(self, told: Told) -> tuple[list[Any], list[list[str]]]:
        """The rows and the names of removed rows reported since the last call."""
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
        """A condition that always holds reports every row, one that never holds none."""
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
        """These are the configs of the columns and of the condition."""
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
        """The query also covers datapoints that it did not cover before."""
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
        """Removed rows are named; without a row before and after there is no report."""
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
        """New ones enter, deleted ones leave, renamed ones do both; each reported once."""
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
        """The set takes effect, the error is logged, and other queries are notified."""
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
        """Nothing of the query stays in the plant."""
        text = f"{VALUE} '*.**' WHERE _DPT = \"Valve\""
        _, told = self.run_query(text)
        _, other = self.run_query(f"{VALUE} 'valve_1.**'")
        self.bench.system.query_disconnect(parse_query(text), told)
        self.bench.system.query_disconnect(parse_query(text), told)
        self.set({"valve_1.position": 1, "gate_1.position": 1})
        self.assertEqual((told.rows, len(other.rows)), ([], 1))
        self.assertIsNone(self.bench.system.plant.element("gate_1", "open", "").tables)

    def test_connecting_again_gives_the_table_only(self) -> None:
        """The listener is notified once of each change."""
        asked, told = request(f"{VALUE} 'F*' WHERE '_online.._value' > 2"), Told()
        for expected in (1, 2):
            found = self.successResultOf(self.bench.system.query_connect(asked, told))
            self.assertEqual(len(found.rows), expected)
            self.set({"F1.": 2 + expected})
        self.assertEqual(len(told.rows), 2)

    def test_connecting_again_finds_the_way_anew(self) -> None:
        """The second connect searches again: the former route may miss new datapoints."""
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
        """Nothing of the attempt stays."""
        asked, told = request(f"{VALUE} '*.position'", max_rows=2), Told()
        found = self.successResultOf(self.bench.system.query_connect(asked, told))
        self.assertEqual(found.count, 3)
        self.set({"gate_1.position": 1})
        self.assertEqual(told.rows, [])
        self.assertIsNone(self.bench.system.plant.element("gate_1", "position", "").tables)
