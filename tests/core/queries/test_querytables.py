"""The table of a query's reply is made in slices."""

from __future__ import annotations

import json
from collections.abc import Iterator

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from oagw.core.queries.querytables import encode_rows, finish
from oagw.query.parser import parse_query
from oagw.query.resultrows import Row


class QueryTableTests(SynchronousTestCase):
    """With a count of the slices."""

    timeout = 30

    def setUp(self) -> None:
        self.slices = 0

    def run_slices(self, steps: Iterator[None]) -> Deferred[None]:
        self.slices += 1 + sum(1 for _ in steps)
        return succeed(None)

    def test_rows_are_encoded_in_slices(self) -> None:
        """The text is that of the whole list."""
        for count, slices in ((0, 1), (500, 1), (501, 2), (1001, 3)):
            self.slices = 0
            rows: list[Row] = [[f"S:D{number}.", number] for number in range(count)]
            text = self.successResultOf(
                Deferred.fromCoroutine(encode_rows(rows, self.run_slices))
            )
            self.assertEqual(json.loads(text), rows)
            self.assertEqual(self.slices, slices)

    def test_rows_are_sorted_and_cut(self) -> None:
        """As the query says."""
        text = "SELECT '_online.._value' FROM 'D*.' SORT BY 1 DESC FIRST 2"
        rows: list[Row] = [["S:D1.", 1], ["S:D3.", 3], ["S:D2.", 2]]
        found = finish(parse_query(text, None), rows, self.run_slices)
        result = self.successResultOf(Deferred.fromCoroutine(found))
        self.assertEqual(result, [["S:D3.", 3], ["S:D2.", 2]])
