"""The SQLite archive: the contract of archives, and what is its own."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.sqlite import SqliteArchive
from oagw.errors import DataManagerError
from oagw.storage.sqlite import StorageError, connect
from tests.contracts.archive import ArchiveCases, at_once, sample


class SqliteArchiveTests(ArchiveCases, SynchronousTestCase):
    """One file, read and written."""

    archive: SqliteArchive

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.clock = Clock()
        super().setUp()

    def opened(self, name: str = "archive") -> SqliteArchive:
        path = self.directory / f"{name}.sqlite"
        archive = SqliteArchive(path, self.clock, at_once, at_once)
        self.successResultOf(archive.start())
        return archive

    def test_a_commit_that_fails_keeps_nothing_of_the_batch(self) -> None:
        """While the file is locked who waits is told; afterwards all is there, once."""
        path = self.directory / "archive.sqlite"
        locker = connect(path)
        locker.execute("BEGIN IMMEDIATE")
        self.archive._writer.execute("PRAGMA busy_timeout=0")
        done = self.archive.append([(1, sample(10)), (1, sample(20))], True)
        self.failureResultOf(done, DataManagerError)
        locker.execute("ROLLBACK")
        locker.close()
        self.clock.advance(1)
        self.assertEqual(self.times(0, 99), [10, 20])

    def test_a_file_that_is_no_database_is_refused(self) -> None:
        """The error names the file."""
        path = self.directory / "text.sqlite"
        path.write_text("this is no database, however long the text may be " * 50)
        with self.assertRaises(StorageError) as caught:
            self.opened("text")
        self.assertIn(str(path), str(caught.exception))

    def test_a_file_of_a_later_version_is_refused(self) -> None:
        """An older oagw does not touch what it does not know."""
        self.successResultOf(self.opened("later").stop())
        connection = connect(self.directory / "later.sqlite")
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        with self.assertRaises(StorageError) as caught:
            self.opened("later")
        self.assertIn("99", str(caught.exception))
