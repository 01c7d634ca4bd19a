"""Queries that are asked once, of one system or of several."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from oagw.core.live.livequeries import (
    Wish,
)
from oagw.core.queries.queryanswer import (
    QueryAnswer,
    answer,
)
from oagw.core.router import Router
from oagw.errors import ParameterError
from oagw.interfaces.systems import (
    Found,
    PlanStep,
)
from oagw.query.resultrows import Row
from tests.core.live.test_hotlinks import FakeSystem
from tests.systems.bench import request, unsliced

TEXT = "SELECT '_online.._value' FROM 'F*.' REMOTE ALL"
SINGLE, ALL = Wish(), Wish(whole=True)


def found(*rows: Row) -> Found:
    return Found(list(rows), len(rows))


class QueryAnswerTests(SynchronousTestCase):
    """Queries that are asked once, of several systems."""

    timeout = 30

    def setUp(self) -> None:
        self.systems = [FakeSystem("S1"), FakeSystem("S2")]
        self.own = self.systems[0]

    def ask(self, text: str, *tables: Found, **more: Any) -> Deferred[QueryAnswer]:
        asking = answer(Router(self.systems), request(text, **more), unsliced)
        asked = Deferred.fromCoroutine(asking)
        for system, one in zip(self.systems, tables, strict=False):
            system.tables[-1].callback(one)
        return asked

    def test_what_concerns_all_rows_is_done_with_all(self) -> None:
        """Order, number and groups apply to the rows of all systems together."""
        for text, expected in (
            (f"{TEXT} SORT BY 1 DESC", [["S2:F.", 3], ["S1:G.", 2], ["S1:F.", 1]]),
            (f"{TEXT} SORT BY 1 LAST 1", [["S2:F.", 3]]),
            (f"{TEXT} FIRST 1", [["S1:F.", 1]]),
        ):
            asked = self.ask(text, found(["S1:F.", 1], ["S1:G.", 2]), found(["S2:F.", 3]))
            self.assertEqual(self.successResultOf(asked).rows, expected)
        text = TEXT.replace("'_online.._value'", "SUM('_online.._value')")
        asked = self.ask(text, found(["S1:F.", 1], ["S1:G.", 2]), found(["S2:F.", 3]))
        self.assertEqual(self.successResultOf(asked).rows, [["", 6]])

    def test_the_rows_of_all_are_limited(self) -> None:
        """The limit applies to the rows of the reply, after grouping."""
        tables = (found(["a", 1], ["b", 2]), found(["c", 3]))
        failure = self.failureResultOf(self.ask(TEXT, *tables, max_rows=2), ParameterError)
        self.assertIn("3 rows, and 2 are allowed", str(failure.value))
        asked = self.ask(f"{TEXT} LAST 2", *tables, max_rows=2)
        self.assertEqual(self.successResultOf(asked).rows, [["b", 2], ["c", 3]])
        self.failureResultOf(
            self.ask(f"{TEXT} LAST 3", *tables, max_rows=2), ParameterError
        )

    def test_only_those_are_asked_that_are_meant(self) -> None:
        """By REMOTE or by FROM; a system may have wildcards."""
        text = "SELECT '_online.._value' FROM"
        for rest, expected in (
            ("'F*.'", [1, 0]),
            ("'F*.' REMOTE 'S2:'", [0, 1]),
            ("'S2:F*.'", [0, 1]),
            ("'S2:F*.' REMOTE ALL", [0, 1]),
            ("'*:F*.'", [1, 1]),
            ("'F*.' REMOTE ALL", [1, 1]),
        ):
            for system in self.systems:
                system.tables.clear()
            self.ask(f"{text} {rest}")
            if self.own.tables:
                self.own.tables[-1].callback(found())
            self.assertEqual([len(one.tables) for one in self.systems], expected, rest)

    def test_plans_are_those_of_each_system(self) -> None:
        """Each plan names its system."""
        plans = [Found([], 1, [PlanStep(f"by {name}", 1)]) for name in "ab"]
        asked = self.successResultOf(self.ask(TEXT, *plans, explain=True))
        self.assertEqual(
            [(system, step.step) for system, step in asked.plan],
            [("S1", "by a"), ("S2", "by b")],
        )
