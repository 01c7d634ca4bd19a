"""Connections to many files: lent to one at a time, and only the last used stay open."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.storage.connections import Connections


class ConnectionsTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.connections = Connections(3)

    def path(self, number: int) -> Path:
        return self.directory / f"{number}.sqlite"

    def open_files(self) -> int:
        """How many of the files this process has open."""
        links = [Path(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd")]
        found = [str(link.readlink()) for link in links if link.is_symlink()]
        return sum(
            path.endswith(".sqlite") for path in found if str(self.directory) in path
        )

    def test_one_at_a_time(self) -> None:
        """A second user gets a connection of its own; later ones are reused."""
        path = self.path(1)
        with self.connections.of(path) as first:
            with self.connections.of(path) as second:
                self.assertIsNot(first, second)
            with self.connections.of(path) as third:
                self.assertIs(second, third)
        with self.connections.of(path) as again:
            self.assertIs(first, again)
        self.connections.close(path)
        for connection in (first, second):
            self.assertRaises(sqlite3.ProgrammingError, connection.execute, "SELECT 1")

    def test_only_the_last_stay_open(self) -> None:
        """However many files there are."""
        for number in (*range(10), 7, 8):
            with self.connections.of(self.path(number)) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS t (n)")
        self.assertEqual(self.open_files(), 3)
        with self.connections.of(self.path(9)) as connection:
            connection.execute("SELECT * FROM t")
        for number in range(10):
            self.connections.close(self.path(number))
        self.assertEqual(self.open_files(), 0)
