"""Rows: cells between tabs, also in strings of several lines."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.dplrows import count_quotes, row_end, source_rows
from oagw.dpl.text import DplError


class RowTests(SynchronousTestCase):
    """From text to rows."""

    timeout = 30

    def rows(self, text: str) -> list[tuple[int, int, list[str]]]:
        found = source_rows(text, 0, len(text), 1)
        return [(line, start, list(cells)) for line, start, cells in found]

    def test_lines_and_cells(self) -> None:
        """Blank lines and comments are left out, but counted."""
        self.assertEqual(self.rows("a\tb\n\n# c\nd"), [(1, 0, ["a", "b"]), (4, 9, ["d"])])

    def test_strings_may_have_tabs_and_lines(self) -> None:
        """An escaped quote does not close a string."""
        text = 'a\t"b\tc\n\\"d"\te\nf\n'
        self.assertEqual(
            self.rows(text), [(1, 0, ["a", '"b\tc\n\\"d"', "e"]), (3, 14, ["f"])]
        )
        self.assertEqual(text[: row_end(text, 0)], text[:13])
        self.assertEqual(count_quotes(text, 0, len(text)), 2)

    def test_a_quote_that_is_not_closed(self) -> None:
        """Only its line is left out."""
        text = 'a\t"b\nc\td\n'
        with self.assertRaises(DplError) as caught:
            self.rows(text)
        self.assertEqual((caught.exception.line, caught.exception.column), (1, 3))
        refused: list[DplError] = []
        found = list(source_rows(text, 0, len(text), 1, refused.append))
        self.assertEqual([cells for _, _, cells in found], [["c", "d"]])
        self.assertEqual([one.reason for one in refused], ["the quote is not closed"])
