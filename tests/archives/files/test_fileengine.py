"""The engine for files: the contracts of engines and archives, and what is its own."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.archive import Archive
from oagw.archives.files.fileengine import FileEngine, open_directory
from oagw.archives.policy import SEAL, Policy
from oagw.errors import DataManagerError
from oagw.storage.damage import StorageError
from oagw.storage.sqlite import connect
from tests.contracts.anyarchive import AnyArchiveCases
from tests.contracts.archive import AT_ONCE, ArchiveCases, sample
from tests.contracts.archiveengine import EngineCases
from tests.crash import hot_connection


class FileEngineTests(EngineCases, SynchronousTestCase):
    """Without any key the archive is kept in files."""

    def configuration(self) -> str:
        return ""

    def test_it_is_the_default(self) -> None:
        """Samples are sealed by their number only."""
        self.assertIsInstance(self.engine, FileEngine)
        self.assertEqual(self.engine.seal_every, 0)


class FileArchiveTests(ArchiveCases, SynchronousTestCase):
    """One directory, read and written; nothing is sealed."""

    archive: Archive
    seal = SEAL

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.clock = Clock()
        super().setUp()

    def opened(self, name: str = "archive") -> Archive:
        policy = Policy(self.seal)
        archive = open_directory(self.directory / name, self.clock, AT_ONCE, policy)
        self.successResultOf(archive.start())
        return archive

    def test_a_commit_that_fails_keeps_nothing_of_the_batch(self) -> None:
        """While the file is locked callers get an error; later all is there, once."""
        locker = connect(self.directory / "archive" / "hot.sqlite")
        locker.execute("BEGIN IMMEDIATE")
        hot_connection(self.archive).execute("PRAGMA busy_timeout=0")
        done = self.archive.append([(1, sample(10)), (1, sample(20))], True)
        self.failureResultOf(done, DataManagerError)
        locker.execute("ROLLBACK")
        locker.close()
        self.clock.advance(1)
        self.assertEqual(self.times(0, 99), [10, 20])

    def test_a_file_that_is_no_database_is_refused(self) -> None:
        """The error names the file."""
        for name in ("hot.sqlite", "2026-11.sqlite"):
            directory = self.directory / f"with {name}"
            directory.mkdir()
            path = directory / name
            path.write_text("this is no database, however long the text may be " * 50)
            with self.assertRaises(StorageError) as caught:
                self.opened(directory.name)
            self.assertIn(str(path), str(caught.exception))

    def test_a_file_of_a_later_version_is_refused(self) -> None:
        """An older oagw does not touch what it does not know."""
        self.successResultOf(self.opened("later").stop())
        connection = connect(self.directory / "later" / "hot.sqlite")
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        with self.assertRaises(StorageError) as caught:
            self.opened("later")
        self.assertIn("99", str(caught.exception))


class SealedFileArchiveTests(FileArchiveTests):
    """The same when every sample is sealed at once, and runs become one."""

    seal = 1


class AnyFileArchiveTests(AnyArchiveCases, SynchronousTestCase):
    """Any samples, in blocks in files."""

    timeout = 300

    def opened(self, directory: Path, seal: int) -> Archive:
        return open_directory(directory, Clock(), AT_ONCE, Policy(seal))
