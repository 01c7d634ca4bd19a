"""Keeping: the answer is that of all rows, though not all of them are kept."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ConversionError
from oagw.query import rowbuffer
from oagw.query.parser import parse_query
from oagw.query.resultrows import (
    Row,
    finished,
)
from oagw.query.rowbuffer import RowBuffer

_COLUMN = "'_online.._value'"
_CLAUSES = st.sampled_from(
    [
        f"SELECT {_COLUMN} FROM '*' TIMERANGE(0,9) {clauses}"
        for clauses in (
            *("", "FIRST 3", "LAST 3", "SORT BY 1", "SORT BY 1 FIRST 3"),
            *("SORT BY 1 DESC FIRST 3", "SORT BY 1 LAST 4", "SORT BY 1 DESC, 0 LAST 1"),
        )
    ]
    + [
        f"SELECT {function}({_COLUMN}) FROM '*' TIMERANGE(0,9) {clauses}"
        for function in ("MIN", "MAX", "SUM", "AVG", "COUNT", "FIRST", "LAST")
        for clauses in ("", "GROUP BY _DP", "GROUP BY _DP SORT BY 1 LAST 2")
    ]
)
_VALUES = st.one_of(st.none(), st.booleans(), st.integers(-5, 5))
_ROWS = st.lists(st.lists(st.tuples(st.sampled_from("abc"), _VALUES), max_size=12))


def _answer(make: Callable[[], list[Row]]) -> list[Row] | str:
    try:
        return make()
    except ConversionError as error:
        return error.message


class RowBufferTests(SynchronousTestCase):
    timeout = 30

    @given(_CLAUSES, _ROWS, st.integers(0, 3))
    def test_the_answer_is_that_of_all_rows(
        self, text: str, parts: list[list[tuple[str, object]]], split: int
    ) -> None:
        """In any order, and for several systems too; only few rows are kept."""
        query = parse_query(text)
        number = 0
        pieces: list[list[Row]] = []
        for part in parts:
            pieces.append([])
            for name, value in part:
                number += 1
                row: Row = [name, number, value]  # type: ignore[list-item]
                pieces[-1].append([*row, *([name] if query.group else [])])
        systems = [RowBuffer(query, 1000), RowBuffer(query, 1000)]

        def kept() -> list[Row]:
            for at, piece in enumerate(pieces):
                systems[at >= split].add([list(row) for row in piece])
            groups = [one.groups for one in systems if one.groups is not None]
            return finished(query, [row for one in systems for row in one.rows], groups)

        everything = [row for piece in pieces for row in piece]
        with patch.object(rowbuffer, "_GATHERED", 5):
            found = _answer(kept)
        self.assertEqual(found, _answer(lambda: finished(query, everything)))
        self.assertEqual(sum(one.count for one in systems), len(everything))
        if query.is_reduced:
            for one in systems:
                self.assertLessEqual(len(one.rows), 10 + 12)

    def test_of_too_many_rows_no_more_are_kept(self) -> None:
        """The count has all rows, but few more than the limit are kept, also for LAST."""
        for clauses, most in (("", 5), ("LAST 100", 40)):
            text = f"SELECT {_COLUMN} FROM '*' TIMERANGE(0,9) {clauses}"
            kept = RowBuffer(parse_query(text), 5)
            with patch.object(rowbuffer, "_GATHERED", 5):
                for number in range(100):
                    kept.add([["a", number, 0], ["b", number, 0]])
            self.assertEqual(kept.count, 200)
            self.assertLessEqual(len(kept.rows), most)
            if clauses:
                self.assertGreater(len(kept.rows), 5)
