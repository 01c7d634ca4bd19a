"""Bytes become text, and errors say where they are."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.text import DplError, decode


class DecodeTests(SynchronousTestCase):
    """What encodings a file may be in."""

    timeout = 30

    def test_encodings(self) -> None:
        """UTF-8 with or without its mark, UTF-16 of a spreadsheet, else ISO 8859-1."""
        text = "# DpValue\nDruck °C"
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "iso-8859-1"):
            with self.subTest(encoding):
                self.assertEqual(decode(text.encode(encoding)), text)

    def test_any_bytes_are_some_text(self) -> None:
        """What is no UTF-8 is read byte by byte."""
        self.assertEqual(decode(b"\xff\x80"), "\xff\x80")


class DplErrorTests(SynchronousTestCase):
    """The error for a text that cannot be read."""

    timeout = 30

    def test_says_where(self) -> None:
        """Line and column are in the message, and to be had one by one."""
        error = DplError(12, 5, "reason")
        self.assertEqual(str(error), "line 12, column 5: reason")
        self.assertEqual((error.line, error.column, error.reason), (12, 5, "reason"))
