"""Keeping what is whole of a damaged file."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.storage.salvage import rebuild
from oagw.storage.sqlite import open_database

_SCHEMA = "oagw.archives.hot.schema"
_ROWS = 200


class RebuildTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.path = Path(self.mktemp())
        with closing(open_database(self.path, _SCHEMA)) as database:
            database.executemany(
                "INSERT INTO batch VALUES (?, ?)",
                [(number, bytes([number]) * 900) for number in range(_ROWS)],
            )

    def kept(self) -> dict[int, bytes]:
        new, lost = rebuild(self.path, _SCHEMA, lambda table, row: True, ("identity",))
        self.assertEqual(len(lost), 1)
        self.assertIn("table batch: some rows cannot be read", lost[0])
        with closing(sqlite3.connect(new)) as database:
            return dict(database.execute("SELECT id, samples FROM batch"))

    def assert_right(self, kept: dict[int, bytes]) -> None:
        for number, data in kept.items():
            self.assertEqual(data, bytes([number]) * 900)

    def test_a_file_that_was_cut_short(self) -> None:
        """SQLite reads nothing of it; what is in its beginning is kept."""
        os.truncate(self.path, self.path.stat().st_size * 3 // 4)
        kept = self.kept()
        self.assertGreater(len(kept), _ROWS // 2)
        self.assertLess(len(kept), _ROWS)
        self.assert_right(kept)
        self.assertEqual(list(self.path.parent.glob("*padded*")), [])

    def test_a_page_in_the_middle(self) -> None:
        """Rows before and after it are kept."""
        data = bytearray(self.path.read_bytes())
        middle = data.index(bytes([_ROWS // 2]) * 900) // 4096 * 4096
        data[middle : middle + 4096] = bytes(4096)
        self.path.write_bytes(data)
        kept = self.kept()
        self.assertGreater(len(kept), _ROWS - 10)
        self.assertIn(0, kept)
        self.assertIn(_ROWS - 1, kept)
        self.assert_right(kept)
