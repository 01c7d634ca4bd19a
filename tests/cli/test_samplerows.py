"""Rows of files: which columns and cells can be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from oagw.cli.clierrors import CommandError
from oagw.cli.samplerows import check_names, rows_of

KNOWN = ("element", "type", "time", "value", "status")


class ColumnTests(SynchronousTestCase):
    timeout = 30

    def test_columns(self) -> None:
        """Three are required, the others optional; the error lists them all."""
        check_names(["value", "time", "element"], KNOWN)
        for names, reason in (
            (["element", "time"], "the column 'value' is missing"),
            (["element", "time", "value", "x"], "the column 'x' is unknown"),
            (["element", "time", "value", "time"], "a column is there twice"),
        ):
            with self.subTest(reason), self.assertRaises(CommandError) as caught:
                check_names(names, KNOWN)
            self.assertIn(reason, str(caught.exception))
            self.assertIn("element, time, value are required", str(caught.exception))


class RowTests(SynchronousTestCase):
    timeout = 30

    def test_rows_without_optional_columns_have_defaults(self) -> None:
        """Status 257 and the user root; times are texts or ns."""
        columns: dict[str, Sequence[Any]] = {
            "element": ["a.", "b."],
            "time": ["1970-01-01T00:00:00.000000001Z", 5],
            "value": [1, "x"],
        }
        rows = rows_of(columns, [2, 3], None, 0.5)
        piece = rows.piece
        self.assertEqual((list(piece.stime), list(piece.values)), ([1, 5], [1, "x"]))
        self.assertEqual((list(piece.status), list(piece.user)), ([257, 257], [0, 0]))
        self.assertEqual((rows.problems, rows.share), ([], 0.5))

    def test_wrong_cells_are_left_out_with_their_lines(self) -> None:
        """The problem has the line and the reason."""
        columns: dict[str, Sequence[Any]] = {
            "element": ["a.", "a.", "a.", "a."],
            "time": [1, None, 3, 4],
            "value": [1, 2, None, 4],
            "status": ["257", "", "257", "good"],
        }
        rows = rows_of(columns, [2, 3, 4, 5], None, 1)
        self.assertEqual(list(rows.lines), [2])
        self.assertEqual(
            rows.problems,
            [
                (3, "the time is missing"),
                (4, "the value is missing"),
                (5, "'good' is not a whole number"),
            ],
        )
