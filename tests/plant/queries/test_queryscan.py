"""A query in slices finds what is there at its end."""

from __future__ import annotations

from pathlib import Path

from oagw.interfaces.systems import (
    QueryRequest,
)
from oagw.model.changes import (
    CreateDatapoint,
    DeleteDatapoint,
    RenameDatapoint,
)
from oagw.plant.queries import (
    livetables,
)
from oagw.plant.queries import (
    queryscan as scan,
)
from oagw.systems.slicerunner import SliceRunner
from tests.plant.queries.bench import PLANT, TURN, VALUE, QueriesTestCase
from tests.systems.bench import Bench, Told, request


class SliceTests(QueriesTestCase):
    """Large queries are answered in slices, while the plant goes on."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(scan, "_SLICE", 1)
        self.bench = Bench(Path(self.mktemp()), PLANT)
        self.bench.slices = SliceRunner(self.bench.clock, turn=0, pause=TURN)
        self.bench.open()
        self.start()

    def turn(self, times: int = 1) -> None:
        for _ in range(times):
            self.bench.clock.advance(TURN)

    def asked(self, text: str) -> QueryRequest:
        return request(text)

    def test_the_result_is_that_of_the_end(self) -> None:
        """Changes during the scan count, before or after the datapoint was read."""
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
        """The table includes changes during the scan; later changes are reported."""
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
        """Nothing of it stays."""
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
        """FIRST stops early; a row that left during the scan is replaced."""
        pending = self.bench.system.query(
            self.asked(f"{VALUE} '*.position' WHERE '_online.._value' > 45 FIRST 1")
        )
        self.assertNoResult(pending)
        self.set({"valve_1.position": 1})
        self.turn(20)
        rows = self.short(self.successResultOf(pending).rows)
        self.assertEqual(rows[:1], [("gate_1.position", 50.0)])

    def test_the_first_are_the_first_of_the_end(self) -> None:
        """Rows that come during the scan stand behind those that were there."""
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
        """It does so with any number of rows, and reports none of them in between."""
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
