"""SQLite files: upgraded, durable, read at one moment."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.storage.damage import StorageError
from oagw.storage.sqlite import (
    check_version,
    connect,
    connect_to_read,
    open_database,
    read_transaction,
    transaction,
)

_SCHEMA = "oagw.archives.files.schema"


class SqliteTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.path = Path(self.mktemp())
        self.connection = open_database(self.path, _SCHEMA)
        self.addCleanup(self.connection.close)

    def count(self, connection: sqlite3.Connection) -> int:
        [count] = connection.execute("SELECT count(*) FROM run").fetchone()
        return int(count)

    def insert(self) -> None:
        self.connection.execute("INSERT INTO run (position, samples) VALUES (0, 0)")

    def test_it_is_durable(self) -> None:
        """Commits survive a power cut: a log that is written through to the disk."""
        for pragma, value in (("journal_mode", "wal"), ("synchronous", 2)):
            found = self.connection.execute(f"PRAGMA {pragma}").fetchone()
            self.assertEqual(found, (value,))

    def test_a_schema_is_upgraded_once(self) -> None:
        """Opening the file again changes nothing."""
        version = check_version(self.connection, self.path, _SCHEMA)
        self.assertGreater(version, 1)
        self.insert()
        with closing(open_database(self.path, _SCHEMA)) as again:
            self.assertEqual(check_version(again, self.path, _SCHEMA), version)
            self.assertEqual(self.count(again), 1)

    def test_a_later_version_is_refused(self) -> None:
        """The error names the file and both versions."""
        self.connection.execute("PRAGMA user_version = 99")
        with self.assertRaisesRegex(StorageError, "schema version 99") as caught:
            open_database(self.path, _SCHEMA)
        self.assertIn(str(self.path), str(caught.exception))

    def test_a_transaction_is_whole(self) -> None:
        """After an error none of its changes remain."""
        with self.assertRaises(KeyError), transaction(self.connection):
            self.insert()
            raise KeyError
        self.assertEqual(self.count(self.connection), 0)
        with transaction(self.connection):
            self.insert()
        with closing(connect(self.path)) as other:
            self.assertEqual(self.count(other), 1)

    def test_a_read_transaction_sees_one_moment(self) -> None:
        """Its connection is closed at its end."""
        with read_transaction(connect_to_read(self.path)) as reader:
            self.assertEqual(self.count(reader), 0)
            self.insert()
            self.assertEqual(self.count(reader), 0)
        self.assertRaises(sqlite3.ProgrammingError, self.count, reader)

    def test_a_reader_changes_nothing(self) -> None:
        """Neither a file that exists nor one that does not."""
        with closing(connect_to_read(self.path)) as reader:
            self.assertRaises(sqlite3.OperationalError, reader.execute, "DELETE FROM run")
        missing = self.path.with_name("missing.sqlite")
        self.assertRaises(FileNotFoundError, connect_to_read, missing)
        self.assertFalse(missing.exists())
