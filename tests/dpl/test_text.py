"""Bytes become text, and errors say where they are."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.text import Decoded, DplError, decode, is_encoding


class DecodeTests(SynchronousTestCase):
    """What encodings a file may be in."""

    timeout = 30

    def test_encodings(self) -> None:
        """The bytes show whether it is UTF-8 (with or without BOM), UTF-16 or UTF-32."""
        text = "# DpValue\nDruck °C"
        for encoding in (
            "utf-8",
            "utf-8-sig",
            "utf-16",
            "utf-16-le",
            "utf-16-be",
            "utf-32",
        ):
            with self.subTest(encoding):
                self.assertEqual(decode(text.encode(encoding)), Decoded(text))

    def test_guesses(self) -> None:
        """A text that is not UTF-8 is read as Windows-1252, and reported as a guess."""
        found = decode("5 € größer … “x”".encode("cp1252"))
        self.assertEqual(found, Decoded("5 € größer … “x”", "Windows-1252"))
        self.assertEqual(decode(b"\xff\x81").text, "\xff\x81")

    def test_utf_8_with_some_other_characters(self) -> None:
        """A row from elsewhere does not spoil the texts of all others."""
        found = decode("größer\n".encode() * 50 + b"gr\xf6\xdfer \x80\n")
        self.assertEqual(found.text, "größer\n" * 50 + "größer €\n")
        self.assertIn("UTF-8 with some", found.guessed)

    def test_languages_have_their_part_of_iso_8859(self) -> None:
        """A file of an old project has texts in as many encodings as languages."""
        data = b'lt:2 LANG:0 "gr\xfcn" LANG:27 "' + "насос".encode("iso8859-5") + b'"'
        self.assertEqual(decode(data).text, 'lt:2 LANG:0 "grün" LANG:27 "насос"')

    def test_a_given_encoding(self) -> None:
        """Any encoding that Python can read; an error has the place of a bad byte."""
        for encoding in ("shift_jis", "gb18030", "utf-8", "utf-16"):
            text = "# DpValue\n設備"
            with self.subTest(encoding):
                self.assertEqual(decode(text.encode(encoding), encoding), Decoded(text))
        error = self.assertRaises(DplError, decode, b"ab\nc\xff", "utf-8")
        self.assertEqual((error.line, error.column), (2, 2))
        self.assertIn("not in the encoding utf-8", error.reason)

    def test_the_mark_of_utf_8(self) -> None:
        """The BOM is dropped; after it, UTF-8 goes before a given encoding."""
        text = "# DpValue\ngrößer"
        for encoding in ("", "cp1252", "utf-8"):
            found = decode(text.encode("utf-8-sig"), encoding)
            self.assertEqual(found, Decoded(text), encoding)
        mixed = b"\xef\xbb\xbf# gr\xf6\xdfer"
        self.assertEqual(decode(mixed), Decoded("# größer", "Windows-1252"))
        self.assertEqual(decode(mixed, "cp1252"), Decoded("# größer"))

    def test_names_of_encodings(self) -> None:
        """An encoding that is not of texts is refused."""
        found = [is_encoding(name) for name in ("cp1251", "UTF8", "hex", "nonsense")]
        self.assertEqual(found, [True, True, False, False])


class DplErrorTests(SynchronousTestCase):
    """The error for a text that cannot be read."""

    timeout = 30

    def test_says_where(self) -> None:
        """Line and column are in the message, and are attributes too."""
        error = DplError(12, 5, "reason")
        self.assertEqual(str(error), "line 12, column 5: reason")
        self.assertEqual((error.line, error.column, error.reason), (12, 5, "reason"))
