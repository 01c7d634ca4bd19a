"""Strings in cells come back, and the changes of a spreadsheet are undone."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.strings import elements, quote, quote_name, shown, undo_spreadsheet, unquote
from oagw.errors import ConversionError


class StringTests(SynchronousTestCase):
    """Quotes and lists."""

    timeout = 30

    @given(st.text())
    @settings(deadline=None)
    def test_a_quoted_text_comes_back(self, text: str) -> None:
        """It has neither tabs nor line breaks."""
        cell = quote(text)
        self.assertEqual(unquote(cell), text)
        self.assertFalse(set("\t\n\r") & set(cell))

    @given(st.lists(st.text(), min_size=1))
    @settings(deadline=None)
    def test_a_list_is_split_at_its_commas(self, texts: list[str]) -> None:
        """Commas in strings do not count."""
        cell = ", ".join(map(quote, texts))
        self.assertEqual([unquote(one) for one in elements(cell)], texts)

    @given(st.text(st.characters(codec="utf-8", exclude_characters='"')), st.text())
    @settings(deadline=None)
    def test_a_spreadsheet_doubles_quotes(self, before: str, inner: str) -> None:
        cell = before + quote(inner)
        doubled = '"' + cell.replace('"', '""') + '"'
        self.assertEqual(undo_spreadsheet(doubled), cell)

    def test_names(self) -> None:
        """Only those that would be read as something else get quotes."""
        for name, cell in (("Pump", "Pump"), ("#1", '"#1"'), ('a"b', '"a\\"b"')):
            self.assertEqual(quote_name(name), cell)

    def test_open_quotes(self) -> None:
        for read in (unquote, elements):
            with self.assertRaises(ConversionError):
                read('"a')
        with self.assertRaises(ConversionError):
            unquote('"a" b')
        self.assertLess(len(shown("x" * 1000)), 70)
