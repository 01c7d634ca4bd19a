"""Logs of SQLite files that are cut, damaged, gone or of others."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from twisted.trial.unittest import SynchronousTestCase

from oagw.storage import writelog
from oagw.storage.damage import StorageError
from oagw.storage.sqlite import open_marked, transaction
from oagw.storage.writelog import check_log, log_fault, mark_copy, mend_log

_SCHEMA = "oagw.archives.hot.schema"
_NAME = "hot.sqlite"
#: The header of a log, and a frame.
_HEADER, _FRAME = 32, 24 + 4096


class LogTestCase(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.path = self.directory / _NAME
        self.database = self.opened(self.path)
        self.write(20)

    def opened(self, path: Path) -> sqlite3.Connection:
        database = open_marked(path, _SCHEMA)
        self.addCleanup(database.close)
        return database

    def write(self, count: int) -> None:
        """As many transactions."""
        for _ in range(count):
            with transaction(self.database) as connection:
                connection.execute("INSERT INTO batch (samples) VALUES (zeroblob(9000))")

    def killed(self) -> Path:
        """The files as a process that is killed now would leave them."""
        directory = Path(tempfile.mkdtemp(dir=self.directory))
        for path in self.directory.glob(f"{_NAME}*"):
            shutil.copy(path, directory)
        return directory / _NAME

    def count(self, path: Path) -> int:
        with closing(open_marked(path, _SCHEMA)) as database:
            [count] = database.execute("SELECT count(*) FROM batch").fetchone()
        return int(count)


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _index(path: Path) -> Path:
    return path.with_name(f"{path.name}-shm")


def _cut(size: int) -> Callable[[Path], None]:
    return lambda path: os.truncate(_log(path), size)


def _flip(at: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        data = bytearray(_log(path).read_bytes())
        data[at] ^= 1
        _log(path).write_bytes(data)

    return change


def _without_index(change: Callable[[Path], None]) -> Callable[[Path], None]:
    def changed(path: Path) -> None:
        change(path)
        _index(path).unlink()

    return changed


def _without_log(path: Path) -> None:
    _log(path).unlink()


class LostLogTests(LogTestCase):
    def cases(self) -> Iterator[Callable[[Path], None]]:
        size = _log(self.path).stat().st_size
        for at in (0, 1, 31, 32, 100, 4096, size // 2, size - _FRAME, size - 1):
            yield _cut(at)
        for at in (0, 9, 17, 25, _HEADER + 2, _HEADER + 9, size // 2, size - 9):
            yield _flip(at)
        for change in (_flip(_HEADER + 2), _flip(size // 3), _cut(0), _without_log):
            yield _without_index(change)
        yield _without_log

    def test_what_was_acknowledged_is_not_lost_without_a_word(self) -> None:
        """Cut, damaged or gone: that is a fault until it is mended."""
        for number, change in enumerate(self.cases()):
            path = self.killed()
            change(path)
            for _ in range(2):
                with self.assertRaises(StorageError) as raised:
                    check_log(path)
                self.assertIn(f"{_log(path)} is damaged, missing", str(raised.exception))
                self.assertIn("oagw archive repair", str(raised.exception))
                self.assertRaises(StorageError, open_marked, path, _SCHEMA)
            kept = path.parent / "kept"
            self.assertIn(str(kept), mend_log(path, kept))
            self.assertEqual(mend_log(path, kept), "")
            self.assertLess(self.count(path), 20, number)

    def test_a_log_that_is_not_the_files_own(self) -> None:
        """Of another file, of another time, or beside a copy that was put back."""
        (self.directory / "other").mkdir()
        other = self.opened(self.directory / "other" / _NAME)
        with transaction(other):
            other.execute("INSERT INTO batch (samples) VALUES (x'00')")
        foreign = _log(self.directory / "other" / _NAME).read_bytes()
        former = _log(self.path).read_bytes()
        self.database.close()
        main = self.path.read_bytes()
        with closing(sqlite3.connect(self.path)) as copy:
            mark_copy(copy)
        copied = self.path.read_bytes()
        self.path.write_bytes(main)
        self.database = self.opened(self.path)
        self.write(3)
        for files in (
            {_log: foreign},
            {_log: former},
            {Path: main},
            {Path: copied},
        ):
            path = self.killed()
            _index(path).unlink()
            for file, data in files.items():
                file(path).write_bytes(data)
            self.assertRaises(StorageError, check_log, path)
            self.assertRaises(StorageError, open_marked, path, _SCHEMA)
            mend_log(path, path.parent / "kept")
            self.assertEqual(log_fault(path), "")


class OwnLogTests(LogTestCase):
    def test_what_is_whole_is_no_fault(self) -> None:
        """A log after a kill, started again, read by others, stopped, or absent."""
        for transactions in (0, 1, 700):
            self.write(transactions)
            path = self.killed()
            self.assertEqual(log_fault(path), "")
            with closing(sqlite3.connect(path)) as reader:
                [count] = reader.execute("SELECT count(*) FROM batch").fetchone()
            self.assertFalse(_log(path).exists())
            self.assertEqual(log_fault(path), "")
            self.assertEqual(self.count(path), count)
        self.database.close()
        self.assertEqual(log_fault(self.path), "")
        self.assertEqual(log_fault(self.directory / "none.sqlite"), "")

    def test_the_last_transaction_may_be_unfinished(self) -> None:
        """It was not acknowledged; the index is from before it, or there is none."""
        before = self.killed()
        self.write(1)
        size = _log(before).stat().st_size
        for torn in (20, _FRAME - 1, _FRAME, _FRAME + 5):
            path = self.killed()
            data = _log(path).read_bytes()
            for index in (_index(before).read_bytes(), b""):
                _index(path).write_bytes(index)
                # Any part of it may have come to the disk.
                _log(path).write_bytes(data[: size + torn])
                self.assertEqual(log_fault(path), "")
                hole = data[:size] + bytes(torn) + data[size + torn :]
                _log(path).write_bytes(hole)
                self.assertEqual(log_fault(path), "")
            self.assertEqual(self.count(path), 20)

    def test_wherever_an_opening_ends(self) -> None:
        """A kill during it is not a fault, even if a process has looked at the file."""
        self.database.close()
        killed: list[Path] = []
        set_mark, write_mark = writelog._set_mark, writelog._write_mark

        def set_or_killed(connection: sqlite3.Connection, mark: int) -> None:
            killed.append(self.killed())
            set_mark(connection, mark)
            killed.append(self.killed())

        def write_or_killed(file: BinaryIO, mark: int) -> None:
            killed.append(self.killed())
            write_mark(file, mark)
            killed.append(self.killed())

        self.patch(writelog, "_set_mark", set_or_killed)
        self.patch(writelog, "_write_mark", write_or_killed)
        self.opened(self.path)
        self.patch(writelog, "_set_mark", set_mark)
        self.patch(writelog, "_write_mark", write_mark)
        self.assertEqual(len(killed), 6)
        for path in killed:
            self.assertEqual(log_fault(path), "")
            with closing(sqlite3.connect(path)) as reader:
                reader.execute("SELECT count(*) FROM batch").fetchone()
            self.assertEqual(log_fault(path), "")
            self.assertEqual(self.count(path), 20)
