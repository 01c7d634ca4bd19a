"""An archive of an earlier oagw is taken over, and nothing in it is lost."""

from __future__ import annotations

import sqlite3
from importlib import resources
from pathlib import Path
from unittest.mock import patch

import msgspec
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.archive import Archive
from oagw.archives.blocks.months import start_of
from oagw.archives.files import archiveupgrade
from oagw.archives.files.filecheck import check
from oagw.archives.files.fileengine import open_directory
from oagw.archives.files.filepartition import FilePartition
from oagw.archives.hot.hotstore import decode_lists
from oagw.model.samples import Sample
from oagw.model.times import LAST
from oagw.storage.damage import StorageError
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
        archive = open_directory(self.state / "archive", Clock(), AT_ONCE)
        self.addCleanup(archive.stop)
        return archive

    def assert_complete(self, archive: Archive) -> None:
        for series, samples in SAMPLES.items():
            read = archive.read(series, 0, LAST, 0, 10_000)
            expected = sorted(samples, key=lambda one: one.stime)
            self.assertEqual(self.successResultOf(read), expected)

    def test_all_is_taken_over_once(self) -> None:
        """All samples are taken over once, and the old file is removed."""
        self.patch(archiveupgrade, "_AT_ONCE", 100)
        archive = self.opened()
        self.assert_complete(archive)
        self.assertEqual(list(self.state.glob("archive.sqlite*")), [])
        self.successResultOf(archive.stop())
        self.assert_complete(self.opened())

    def test_an_end_in_the_middle(self) -> None:
        """It begins again at the next start; the old file stays until all is done."""
        self.patch(archiveupgrade, "_AT_ONCE", 100)
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


class SchemaTests(SynchronousTestCase):
    """Archives of every earlier version of the schema are brought to the present one."""

    timeout = 60

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        archive = self.opened()
        self.samples = [Sample(number / 4, number // 2, 257, 1) for number in range(20_000)]
        append = archive.append([(1, one) for one in self.samples[:-3]], True)
        self.successResultOf(append)
        self.successResultOf(archive.compact())
        self.successResultOf(archive.append([(1, one) for one in self.samples[-3:]], True))
        self.successResultOf(archive.stop())

    def opened(self) -> Archive:
        return open_directory(self.directory, Clock(), AT_ONCE)

    def test_files_of_the_first_version(self) -> None:
        """All values are there, before and after they are brought together."""
        self.write_anew(
            "hot.sqlite",
            "oagw.archives.hot.schema",
            1,
            {"batch": "id, samples", "sqlite_sequence": "name, seq"},
        )
        self.write_batches_plainly()
        self.write_anew(
            "1970-01.sqlite",
            "oagw.archives.files.schema",
            1,
            {
                "run": "id, position, samples, replaced",
                "block": "id, run, kind, place, first_series, last_series, first, last, "
                "samples, data",
                "sealed": "batch",
            },
        )
        archive = self.opened()
        for _ in range(2):
            read = archive.read(1, 0, LAST, 0, 10**6)
            self.assertEqual(self.successResultOf(read), self.samples)
            self.successResultOf(archive.compact())
        self.successResultOf(archive.stop())
        report = check(self.directory, lambda text, share: None)
        self.assertEqual((report.faults, report.samples), ([], len(self.samples)))

    def write_batches_plainly(self) -> None:
        """As versions before the fourth have written them."""
        hot = sqlite3.connect(self.directory / "hot.sqlite")
        for number, data in hot.execute("SELECT id, samples FROM batch").fetchall():
            plain = msgspec.msgpack.encode(decode_lists(data))
            hot.execute("UPDATE batch SET samples = ? WHERE id = ?", (plain, number))
        hot.commit()
        hot.close()

    def write_anew(
        self, name: str, schema: str, version: int, tables: dict[str, str]
    ) -> None:
        """Make a file as an earlier version of oagw has left it, with the same rows."""
        path = self.directory / name
        present = path.rename(path.with_suffix(".present"))
        old = sqlite3.connect(path)
        package = resources.files(schema)
        for number in range(1, version + 1):
            old.executescript((package / f"{number:04}.sql").read_text())
        old.execute("ATTACH ? AS present", (str(present),))
        for table, columns in tables.items():
            old.execute(f"DELETE FROM {table}")
            old.execute(
                f"INSERT INTO {table} ({columns}) SELECT {columns} FROM present.{table}"
            )
        old.commit()
        old.execute(f"PRAGMA user_version = {version}")
        old.close()
        present.unlink()
