"""What is wrong with a file, in words."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.storage.damage import StorageError, explained, full_directory, reason_of, way_out
from oagw.storage.sqlite import open_database

_STATE = Path("/data/state")
_FILE = _STATE / "archive" / "hot.sqlite"


def _error(code: int, text: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


class ReasonTests(SynchronousTestCase):
    timeout = 30

    def test_reasons(self) -> None:
        """Each names the cause to look at; an extended code counts as its base code."""
        for error, told in (
            (_error(sqlite3.SQLITE_FULL, "full"), "no space left on /data/state/archive"),
            (OSError(errno.ENOSPC, "No space"), "no space left on /data/state/archive"),
            (OSError(errno.EDQUOT, "Quota"), "no space left on /data/state/archive"),
            (_error(sqlite3.SQLITE_READONLY, "readonly"), "must belong to the user"),
            (_error(sqlite3.SQLITE_READONLY_DIRECTORY, "x"), "must belong to the user"),
            (_error(sqlite3.SQLITE_CANTOPEN, "unable to open"), "must belong to the user"),
            (_error(sqlite3.SQLITE_CORRUPT, "malformed"), "is damaged: malformed"),
            (_error(sqlite3.SQLITE_CORRUPT_INDEX, "malformed"), "oagw archive repair"),
            (_error(sqlite3.SQLITE_NOTADB, "no database"), "oagw archive repair"),
            (ValueError("a value"), "is damaged: a value"),
            (_error(sqlite3.SQLITE_BUSY, "locked"), f"{_FILE}: locked"),
        ):
            self.assertIn(told, reason_of(_FILE, error))

    def test_the_state_directory_of_a_file(self) -> None:
        """Commands take the whole one, whichever system, month or group a file is of."""
        for name in (
            "system.sqlite",
            "archive/hot.sqlite",
            "archive/fast/2026-11.sqlite",
            "systems/Plc/system.sqlite",
            "systems/Plc/archive/hot.sqlite",
        ):
            self.assertIn(f"repair --state {_STATE}'", way_out(_STATE / name))

    def test_a_disk_that_is_full_at_a_start(self) -> None:
        """The directory is the error's, or else the one that was written to."""
        for error, told in (
            (
                OSError(errno.ENOSPC, "No space", "/data/x/users"),
                "no space left on /data/x",
            ),
            (OSError(errno.ENOSPC, "No space"), "no space left on /state"),
            (OSError(errno.EACCES, "Permission denied"), ""),
        ):
            self.assertEqual(full_directory(error, Path("/state")), told)

    def test_a_file_that_is_no_database(self) -> None:
        """It is not opened, and left as it is."""
        path = Path(self.mktemp())
        path.write_bytes(b"text" * 3000)
        with self.assertRaises(StorageError) as raised:
            open_database(path, "oagw.archives.hot.schema")
        self.assertIn(f"{path} is damaged: file is not a database", str(raised.exception))
        self.assertEqual(path.read_bytes(), b"text" * 3000)

    def test_a_directory_that_is_not_there(self) -> None:
        """What SQLite cannot open is named."""
        path = Path(self.mktemp()) / "hot.sqlite"
        with (
            self.assertRaises(StorageError) as raised,
            explained(path),
            closing(sqlite3.connect(path)),
        ):
            pass
        self.assertIn(f"{path} cannot be opened or written", str(raised.exception))
