"""Languages by number, and texts in several of them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.languages import NAMES, format_lang_string, iso_part, parse_lang_string
from oagw.errors import ConversionError


class LanguageTests(SynchronousTestCase):
    """Numbers and cells."""

    timeout = 30

    def test_numbers(self) -> None:
        """The numbers of UTF-8 begin at 10000; others belong to a part of ISO 8859."""
        self.assertEqual(NAMES[10001], "en_US.utf8")
        self.assertIsNone(iso_part(10001))
        for number, name in NAMES.items():
            part = iso_part(number)
            ending = "utf8" if part is None else f"iso8859{part}"
            self.assertTrue(name.endswith(ending), name)
        self.assertEqual(len(set(NAMES.values())), len(NAMES))

    @given(st.dictionaries(st.text(min_size=1), st.text()))
    @settings(deadline=None)
    def test_texts_come_back(self, texts: dict[str, str]) -> None:
        """Also in languages that WinCC OA does not know."""
        self.assertEqual(parse_lang_string(format_lang_string(texts)), texts)

    def test_other_cells(self) -> None:
        self.assertEqual(parse_lang_string('"plain"'), "plain")
        self.assertEqual(parse_lang_string('lt:1 LANG:99999 "x"'), {"LANG:99999": "x"})
        with self.assertRaises(ConversionError):
            parse_lang_string('lt:1 LANG:10001 "x" and more')
