"""An archive of an earlier oagw is taken over, and nothing in it is lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from unittest.mock import patch

import msgspec
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives import upgrade as upgrading
from oagw.archives.archive import Archive
from oagw.archives.months import start_of
from oagw.archives.opening import open_archive
from oagw.archives.partition import FilePartition
from oagw.model.samples import Sample
from oagw.model.times import LAST
from oagw.storage.sqlite import StorageError
from tests.contracts.archive import AT_ONCE

#: The schema of oagw 0.1.
_SCHEMA = """
CREATE TABLE sample (
    series INTEGER NOT NULL,
    stime INTEGER NOT NULL,
    arrival INTEGER NOT NULL,
    status INTEGER NOT NULL,
    user INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (series, stime, arrival)
) WITHOUT ROWID;
CREATE TABLE arrival (next INTEGER NOT NULL);
INSERT INTO arrival VALUES (1);
PRAGMA user_version = 1;
"""
#: By series, in the order of their arrival.
SAMPLES = {
    1: [
        Sample(number / 4, start_of(660) + number * 10**13, 257, 1) for number in range(900)
    ],
    2: [
        Sample("late", 5, 2**64 - 1, 2),
        Sample("first", 0, 2**63, 3),
        Sample("later", 5, 1, 2),
    ],
    3: [Sample([True, False], LAST, 257, 0), Sample(2**64 - 1, 7, 257, 0)],
}


class UpgradeTests(SynchronousTestCase):
    timeout = 60

    def setUp(self) -> None:
        self.state = Path(self.mktemp())
        self.state.mkdir()
        self.old = self.state / "archive.sqlite"
        connection = sqlite3.connect(self.old)
        connection.executescript(_SCHEMA)
        encode = msgspec.msgpack.encode
        arrival = 0
        for series, samples in SAMPLES.items():
            for one in samples:
                arrival += 1
                bits = one.status - 2**64 if one.status >= 2**63 else one.status
                row = (series, one.stime, arrival, bits, one.user, encode(one.value))
                connection.execute("INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?)", row)
        connection.commit()
        connection.close()

    def opened(self) -> Archive:
        archive = open_archive(self.state, Clock(), AT_ONCE)
        self.addCleanup(archive.stop)
        return archive

    def assert_complete(self, archive: Archive) -> None:
        for series, samples in SAMPLES.items():
            read = archive.read(series, 0, LAST, 0, 10_000)
            expected = sorted(samples, key=lambda one: one.stime)
            self.assertEqual(self.successResultOf(read), expected)

    def test_all_is_taken_over_once(self) -> None:
        """And the old file goes."""
        self.patch(upgrading, "_AT_ONCE", 100)
        archive = self.opened()
        self.assert_complete(archive)
        self.assertEqual(list(self.state.glob("archive.sqlite*")), [])
        self.successResultOf(archive.stop())
        self.assert_complete(self.opened())

    def test_an_end_in_the_middle(self) -> None:
        """Begins anew at the next start; the old file stays until all is done."""
        self.patch(upgrading, "_AT_ONCE", 100)
        with patch.object(FilePartition, "seal", side_effect=OSError("no space left")):
            self.assertRaises(OSError, self.opened)
        self.assertTrue(self.old.exists())
        with patch.object(Path, "unlink", side_effect=OSError("read only")):
            self.assertRaises(OSError, self.opened)
        self.assertTrue(self.old.exists())
        self.assert_complete(self.opened())
        self.assertFalse(self.old.exists())

    def test_a_file_that_is_no_archive(self) -> None:
        """The error names it, and it stays."""
        self.old.write_text("this is no database, however long the text may be " * 50)
        with self.assertRaises(StorageError) as caught:
            self.opened()
        self.assertIn(str(self.old), str(caught.exception))
        self.assertTrue(self.old.exists())
