"""Whether datapoints and archive belong together, by the tokens of their starts."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.storage.sqlite import open_database
from oagw.storage.storeidentity import (
    HighestNumbers,
    MismatchError,
    check_pair,
    has_run,
    pair,
    ways_out,
)


class Datapoints:
    """Writes to the file of the datapoints what a gateway would write."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.left_out = HighestNumbers()

    def numbers(self) -> HighestNumbers:
        return HighestNumbers(5, 6, 7)

    def leave_out(self, used: HighestNumbers) -> None:
        self.left_out = used

    def expect(self, identity: str, token: str) -> None:
        self._connection.execute("UPDATE archive SET identity = ?", (identity,))
        self._connection.execute(
            "INSERT INTO start (token, confirmed) VALUES (?, 0)", (token,)
        )

    def confirm(self, token: str) -> None:
        self._connection.execute("UPDATE start SET confirmed = 1")


class Hot:
    """Writes to the hot store what an archive would write."""

    identity = "mine"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.used = HighestNumbers()

    def numbers(self) -> HighestNumbers:
        return HighestNumbers(1, 2, 3)

    def begin(self, token: str, used: HighestNumbers) -> None:
        self._connection.execute("INSERT INTO start (token) VALUES (?)", (token,))
        self.used = used


class StorePairTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        (self.directory / "archive").mkdir(parents=True)
        self.system_path = self.directory / "system.sqlite"
        self.hot_path = self.directory / "archive" / "hot.sqlite"
        self.system = self.opened(self.system_path, "oagw.systems.embedded.schema")
        self.hot = self.opened(self.hot_path, "oagw.archives.hot.schema")
        self.system.execute("INSERT INTO sqlite_sequence VALUES ('datapoint', 1)")
        self.hot.execute("UPDATE identity SET id = 'mine'")

    def opened(self, path: Path, schema: str) -> sqlite3.Connection:
        connection = open_database(path, schema)
        self.addCleanup(connection.close)
        return connection

    def start(self) -> tuple[Datapoints, Hot]:
        """Pair both stores, as a start does."""
        datapoints, hot = Datapoints(self.system), Hot(self.hot)
        pair(datapoints, hot)
        return datapoints, hot

    def fault(self) -> str:
        with self.assertRaises(MismatchError) as caught:
            check_pair(self.directory)
        self.adoptable = caught.exception.adoptable
        return str(caught.exception)

    def test_paired_stores_are_accepted(self) -> None:
        """Each learns the highest numbers of the other."""
        datapoints, hot = self.start()
        check_pair(self.directory)
        self.assertEqual(datapoints.left_out, HighestNumbers(1, 2, 3))
        self.assertEqual(hot.used, HighestNumbers(5, 6, 7))
        self.assertTrue(has_run(self.directory))

    def forget_last_start(self, tables: sqlite3.Connection) -> None:
        """Make a store as old as before the last start."""
        self.start()
        self.start()
        tables.execute("DELETE FROM start WHERE number = 2")

    def test_older_datapoints_are_refused(self) -> None:
        """The error names their file; what was created since is missing."""
        self.forget_last_start(self.system)
        self.assertTrue(self.fault().startswith(f"{self.system_path} is an older copy"))
        self.assertTrue(self.adoptable)

    def test_an_older_archive_is_refused(self) -> None:
        """The error names its file."""
        self.forget_last_start(self.hot)
        self.assertTrue(self.fault().startswith(f"{self.hot_path} is an older copy"))
        self.assertTrue(self.adoptable)

    def test_a_start_that_was_killed_in_the_middle(self) -> None:
        """The archive does not have the token yet."""
        self.start()
        Datapoints(self.system).expect("mine", "unconfirmed")
        check_pair(self.directory)

    def test_stores_of_other_gateways_are_refused(self) -> None:
        """What the numbers mean is unknown: adopting is not offered."""
        self.start()
        self.hot.execute("UPDATE start SET token = 'of another gateway'")
        self.assertIn("are of different gateways", self.fault())
        self.assertFalse(self.adoptable)

    def test_a_missing_store_is_refused(self) -> None:
        """An empty one too."""
        self.start()
        self.hot.close()
        self.hot_path.unlink()
        self.assertIn(f"{self.hot_path} is missing or empty", self.fault())
        self.hot_path.touch()
        self.assertIn(f"{self.hot_path} is missing or empty", self.fault())

    def test_the_ways_out(self) -> None:
        """With the options of the state directory, also for another system."""
        text = ways_out(Path("/state/systems/Plc"))
        for command in ("restore DIR", "adopt", "discard"):
            self.assertIn(f"'oagw archive {command} --state /state'", text)
        self.assertNotIn("adopt", ways_out(Path("/state"), adoptable=False))

    def test_the_higher_numbers(self) -> None:
        """Of each kind."""
        joined = HighestNumbers(1, 5, 3).joined(HighestNumbers(4, 2, 3))
        self.assertEqual(joined, HighestNumbers(4, 5, 3))
        self.assertFalse(has_run(Path(self.mktemp())))
