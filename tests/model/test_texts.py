"""Values as texts that lose nothing."""

from __future__ import annotations

from datetime import UTC

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ConversionError
from oagw.model.dptypes import ElementType
from oagw.model.texts import read_text, to_text
from oagw.model.values import DEFAULT_LANGUAGE, Value

_T = ElementType
#: The type, the value and its text.
TEXTS: list[tuple[ElementType, Value, str]] = [
    (_T.STRING, "one, two", "one, two"),
    (_T.BOOL, True, "true"),
    (_T.BOOL, False, "false"),
    (_T.INT, -5, "-5"),
    (_T.FLOAT, 0.1, "0.1"),
    (_T.TIME, 1_000_000_001, "1970-01-01T00:00:01.000000001Z"),
    (_T.BLOB, b"\x00\xff", "AP8="),
    (_T.DYN_INT, (1, 2), "[1,2]"),
    (_T.DYN_STRING, ("a", ""), '["a",""]'),
    (_T.DYN_TIME, (0,), '["1970-01-01T00:00:00.000000000Z"]'),
]


class TextTests(SynchronousTestCase):
    timeout = 30

    def test_both_ways(self) -> None:
        """What is written can be read."""
        for kind, value, text in TEXTS:
            self.assertEqual(to_text(value, kind), text)
            self.assertEqual(read_text(text, kind, UTC), value)

    def test_texts_in_many_languages(self) -> None:
        """Are JSON; other texts are one text, also if they begin like it."""
        pump = {"de_AT.utf8": "Pumpe"}
        self.assertEqual(to_text(pump, _T.LANG_STRING), '{"de_AT.utf8":"Pumpe"}')
        self.assertEqual(read_text('{"de_AT.utf8":"Pumpe"}', _T.LANG_STRING), pump)
        for text in ("pump", "{pump"):
            self.assertEqual(
                read_text(text, _T.LANG_STRING), {DEFAULT_LANGUAGE: text}, text
            )

    def test_what_is_no_list(self) -> None:
        """The error shows the text, or the beginning of a long one."""
        with self.assertRaises(ConversionError) as caught:
            read_text("1, 2", _T.DYN_INT)
        self.assertIn("'1, 2' is not a JSON list", caught.exception.message)
        with self.assertRaises(ConversionError) as caught:
            read_text("x" * 100, _T.DYN_INT)
        self.assertIn("x" * 57 + "...'", caught.exception.message)
