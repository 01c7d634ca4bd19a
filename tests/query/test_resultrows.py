"""From found rows to the answer: groups, order, the first and the last."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ConversionError
from oagw.query.parser import parse_query
from oagw.query.resultrows import (
    ResultRows,
    Row,
    finished,
)

VALUES: list[Row] = [["b", 2, "x"], ["a", 2, "y"], ["d", 1, "x"], ["c", None, "y"]]


def finish(clauses: str, rows: list[Row], columns: str = "'_online.._value'") -> list[Row]:
    return finished(parse_query(f"SELECT {columns} FROM '*' {clauses}"), rows)


class OrderTests(SynchronousTestCase):
    timeout = 60

    def names(self, clauses: str) -> str:
        rows = [list(row) for row in VALUES]
        columns = "'_online.._value','_online.._stime'"
        return "".join(str(row[0]) for row in finish(clauses, rows, columns))

    def test_sorted_by_columns(self) -> None:
        """Equal rows keep their order, nothing comes before numbers, those before texts."""
        for clauses, expected in (
            ("", "badc"),
            ("SORT BY 0", "abcd"),
            ("SORT BY 0 DESC", "dcba"),
            ("SORT BY 1", "cdba"),
            ("SORT BY 1 DESC", "badc"),
            ("SORT BY 1, 0", "cdab"),
            ("SORT BY 2 DESC, 1 ASC, 0 DESC", "cadb"),
            ("SORT BY 1 FIRST 2", "cd"),
            ("SORT BY 1 LAST 1", "a"),
            ("FIRST 0", ""),
            ("LAST 3", "adc"),
            ("LAST 0", ""),
            ("FIRST 100", "badc"),
        ):
            self.assertEqual(self.names(clauses), expected, clauses)

    def test_the_time_of_the_past_is_no_column(self) -> None:
        """SORT BY 1 is the first attribute, also where a time stands before it."""
        rows: list[Row] = [["a", 5, 2.0], ["a", 6, 1.0]]
        self.assertEqual(finish("TIMERANGE(0,9) SORT BY 1", rows)[0], ["a", 6, 1.0])

    def test_values_of_all_types_have_an_order(self) -> None:
        """Nothing, numbers and bools, texts, lists."""
        values: list[Any] = [[2], "b", True, None, [1, "a"], 0.5, "a", [], 3]
        rows: list[Row] = [["x", value] for value in values]
        self.assertEqual(
            [row[1] for row in finish("SORT BY 1", rows)],
            [None, 0.5, True, 3, "a", "b", [], [1, "a"], [2]],
        )

    @given(st.integers(1990, 6500), st.booleans(), st.booleans(), st.integers(0, 50))
    @example(2000, True, False, 3)
    @example(2001, False, True, 3)
    @settings(deadline=None, max_examples=30)
    def test_many_rows_are_sorted_in_slices(
        self, count: int, first: bool, second: bool, spread: int
    ) -> None:
        """The result is that of one stable sort; no slice is all the work."""
        rows: list[Row] = [
            ["x", number * 7919 % (spread + 1), number * 31 % 17] for number in range(count)
        ]
        orders = ("DESC" if first else "ASC", "DESC" if second else "")
        query = parse_query(
            "SELECT '_online.._value','_online.._stime' FROM '*' "
            f"SORT BY 1 {orders[0]}, 2 {orders[1]}"
        )
        result = ResultRows(query, list(rows))
        steps = sum(1 for _ in result.steps())
        self.assertGreaterEqual(steps, (count - 1) // 2000)
        expected = sorted(rows, key=lambda row: row[2], reverse=second)  # type: ignore[arg-type, return-value]
        expected.sort(key=lambda row: row[1], reverse=first)  # type: ignore[arg-type, return-value]
        self.assertEqual(result.rows, expected)


class GroupTests(SynchronousTestCase):
    timeout = 60

    def test_functions(self) -> None:
        """Functions use the values in the order of the rows; unset values do not count."""
        columns = ",".join(
            f"{name}('_online.._value')"
            for name in ("MIN", "MAX", "SUM", "AVG", "COUNT", "FIRST", "LAST")
        )
        rows: list[Row] = [
            [name, *[value] * 7, group]
            for name, value, group in (
                ("a", 4, "T"),
                ("b", 1.5, "U"),
                ("c", None, "T"),
                ("d", 2, "T"),
                ("e", None, "V"),
            )
        ]
        self.assertEqual(
            finish("GROUP BY _DPT", rows, columns),
            [
                ["T", 2, 4, 6, 3.0, 2, 4, 2],
                ["U", 1.5, 1.5, 1.5, 1.5, 1, 1.5, 1.5],
                ["V", None, None, None, None, 0, None, None],
            ],
        )

    def test_bools_and_texts(self) -> None:
        """Bools are summed as numbers; texts have a least and a greatest."""
        rows: list[Row] = [["a", True, "T"], ["b", True, "T"], ["c", True, "U"]]
        self.assertEqual(
            finish("GROUP BY _DPT", rows, "SUM('_online.._value')"), [["T", 2], ["U", 1]]
        )
        self.assertIs(
            type(finish("GROUP BY _DPT", rows, "SUM('_online.._value')")[1][1]), int
        )
        rows = [["a", "x", "T"], ["b", "w", "T"]]
        self.assertEqual(
            finish("GROUP BY _DPT", rows, "MIN('_online.._value')"), [["T", "w"]]
        )

    def test_what_cannot_be_computed(self) -> None:
        """It is an error that names the column."""
        for function, values in (
            ("SUM", ["a", "b"]),
            ("SUM", [1, "b"]),
            ("AVG", ["a"]),
            ("SUM", [[1.0]]),
            ("MAX", [1, "a"]),
            ("MIN", ["a", 1]),
        ):
            rows: list[Row] = [["x", value] for value in values]  # type: ignore[list-item]
            with self.assertRaises(ConversionError) as caught:
                finish("", rows, f"{function}('_online.._value')")
            self.assertIn(f"{function}(:_online.._value)", caught.exception.message)

    def test_without_group_by_all_is_one_group(self) -> None:
        """Also if there is nothing."""
        rows: list[Row] = [["a", 1], ["b", 2]]
        columns = "COUNT('_online.._value')"
        self.assertEqual(finish("", rows, columns), [["", 2]])
        self.assertEqual(finish("", [], columns), [["", 0]])
        self.assertEqual(finish("GROUP BY _DP", [], columns), [])

    def test_groups_by_several_things(self) -> None:
        """The name of a group is all of them; 1 and TRUE are two groups, and 1 and "1"."""
        rows: list[Row] = [
            ["a", 1, "T", 1],
            ["b", 2, "T", True],
            ["c", 3, "U", None],
            ["d", 4, "T", "1"],
            ["e", 5, "T", 1],
            ["f", 6, "T", [1, 2]],
            ["g", 7, "T", [1, 2]],
        ]
        clauses = "GROUP BY _DPT, '_original.._value' SORT BY 1 DESC"
        self.assertEqual(
            finish(clauses, rows, "SUM('_online.._value')"),
            [["T, [1, 2]", 13], ["T, 1", 6], ["T, 1", 4], ["U, ", 3], ["T, True", 2]],
        )

    def test_groups_of_the_past(self) -> None:
        """Their rows have no time, and a plain column has the first value of its group."""
        rows: list[Row] = [["a", 5, 2.0, 2.0, "a"], ["a", 6, 1.0, 1.0, "a"]]
        columns = "MAX('_online.._value'), '_online.._value'"
        self.assertEqual(
            finish("GROUP BY _DP TIMERANGE(0,9)", rows, columns), [["a", 2.0, 2.0]]
        )
