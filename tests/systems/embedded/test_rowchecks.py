"""Checksums find rows that were changed past the gateway, or belong to another file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.storage.sqlite import open_marked
from oagw.systems.embedded import rowchecks


class RowChecksTests(SynchronousTestCase):
    """A new file with one user."""

    timeout = 10

    def setUp(self) -> None:
        self.connection = self.opened(Path(self.mktemp()))

    def opened(self, path: Path) -> sqlite3.Connection:
        connection = open_marked(path, "oagw.systems.embedded.schema")
        self.addCleanup(connection.close)
        rowchecks.install(connection)
        connection.execute(rowchecks.insert("user"), (1, "anna"))
        return connection

    def test_a_changed_row_is_found(self) -> None:
        """With its table and key; an update through the checks is right."""
        statement = rowchecks.update("user", {"name": "?1"}, "number = ?2")
        self.connection.execute(statement, ("anne", 1))
        self.assertEqual(list(rowchecks.faults(self.connection)), [])
        self.connection.execute("UPDATE user SET name = 'bob' WHERE number = 1")
        self.assertEqual(
            list(rowchecks.faults(self.connection)),
            ["table user, number 1: the row is damaged"],
        )

    def test_a_row_of_another_file_is_found(self) -> None:
        """The checksum covers the identity of the file."""
        [check] = (
            self.opened(Path(self.mktemp()))
            .execute("SELECT checked FROM user WHERE number = 1")
            .fetchone()
        )
        self.connection.execute("UPDATE user SET checked = ? WHERE number = 1", (check,))
        self.assertEqual(len(list(rowchecks.faults(self.connection))), 1)

    def test_rows_are_tested_without_the_database(self) -> None:
        """A repair reads rows that SQLite cannot search any longer."""
        [identity] = self.connection.execute("SELECT id FROM file").fetchone()
        is_whole = rowchecks.whole_rows(identity)
        cursor = self.connection.execute("SELECT number, name, checked FROM user")
        columns = [one[0] for one in cursor.description]
        for row in cursor.fetchall():
            named = dict(zip(columns, row, strict=True))
            self.assertTrue(is_whole("user", named))
            self.assertFalse(is_whole("user", named | {"name": "x"}))
