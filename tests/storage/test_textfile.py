"""Text files are read as editors write them."""

from __future__ import annotations

import codecs
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.auth.passwords import PasswordFile
from oagw.storage.configfile import read_file
from oagw.storage.textfile import read_text_file


class TextFileTests(SynchronousTestCase):
    """What people configure with."""

    timeout = 30

    def setUp(self) -> None:
        self.path = Path(self.mktemp())

    def test_encodings(self) -> None:
        """UTF-8 with a byte order mark or without, UTF-16 as old Notepads write it."""
        text = "[system]\nname = Größe\n"
        for encoding in ("utf-8", "utf-8-sig", "utf-16"):
            for end in ("\n", "\r\n"):
                self.path.write_bytes(text.replace("\n", end).encode(encoding))
                self.assertEqual(read_text_file(self.path), text, (encoding, end))

    def test_what_is_in_another_encoding(self) -> None:
        """The reason has the line, and what to do."""
        self.path.write_bytes("a\nb = größer\n".encode("iso-8859-1"))
        error = self.assertRaises(OSError, read_text_file, self.path)
        self.assertEqual(error.strerror, "line 2 is not in UTF-8; save the file as UTF-8")
        self.path.write_bytes(codecs.BOM_UTF16_LE + b"a")
        error = self.assertRaises(OSError, read_text_file, self.path)
        self.assertIn("is not in UTF-16", str(error.strerror))

    def test_a_configuration_with_a_byte_order_mark(self) -> None:
        """It is read as any other."""
        self.path.write_text("[system]\nname = Plant\n", encoding="utf-8-sig")
        self.assertEqual(read_file(self.path).system.name, "Plant")

    def test_users_with_a_byte_order_mark(self) -> None:
        """The first of them keeps the own name."""
        self.path.write_text("alice:x\nbob:y\n", encoding="utf-8-sig")
        self.assertEqual(list(PasswordFile(self.path).names()), ["alice", "bob"])
