"""Copies of an archive while a gateway uses it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from oagw.archives.files.filesource import FileSource
from oagw.archives.files.filestore import FileStore, partition_files
from oagw.archives.hot.hotstore import identity_of
from oagw.archives.hot.roster import write_batches
from oagw.archives.sealed.partitionviews import PartitionSource
from oagw.archives.sealed.transfer import transfer
from oagw.storage.damage import StorageError, explained, reason_of
from oagw.storage.sqlite import connect, transaction
from oagw.storage.storepair import check_pair
from oagw.storage.writelog import mark_copy

#: Is in a backup until it has all.
INCOMPLETE = "incomplete"
#: Pages that are copied before it is told how many are left.
_PAGES = 4096


def backup(
    state: Path,
    target: Path,
    tell: Callable[[str, float], None],
    database: PartitionSource | None = None,
) -> list[Path]:
    """Copy the archive and the datapoints that it belongs to; returns the files.

    Who has nothing to add removes :data:`INCOMPLETE` then.

    Each file is of one moment. What is hot is copied first: if it is sealed meanwhile, the
    month that has it too says so, and nothing is doubled or lost.

    :param state: the state directory.
    :param target: a directory that is empty or not there yet.
    :param tell: is told what is being done, and how much of all is done; 1 is all.
    :param database: where what is sealed is, if not in files; it is written to files.
    :raises FileExistsError: there is something in it.
    :raises StorageError: the gateway was started while it was copied.
    """
    if target.exists() and any(target.iterdir()):
        raise FileExistsError(
            17, "it is not empty; a backup needs a new directory", str(target)
        )
    archive = state / "archive"
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if target.stat().st_uid == os.geteuid():
        # The key of a certificate comes into it.
        target.chmod(0o700)
    (target / INCOMPLETE).touch()
    (target / "archive").mkdir(mode=0o700)
    hot, system = archive / "hot.sqlite", state / "system.sqlite"
    paths = [hot, system, *(path for _, path in partition_files(archive))]
    copier = _Copier(sum(path.stat().st_size for path in paths), tell)
    copier.copy(hot, target / "archive")
    # Looked for only now: a month that is new may have what was hot before.
    for key, path in partition_files(archive):
        directory = target / "archive" / key.group
        directory.mkdir(mode=0o700, exist_ok=True)
        copier.copy(path, directory)
    if database is not None:
        store = FileStore(target / "archive", identity_of(hot))
        transfer(database, store.open, tell)
        written = [path for _, path in partition_files(target / "archive")]
        for path in written:
            _sync(path)
        copier.copied += written
    with explained(target / "archive" / "hot.sqlite"):
        _copy_groups(hot, target / "archive" / "hot.sqlite")
        _note_partitions(target / "archive")
    copier.copy(system, target)
    try:
        check_pair(target)
    except StorageError as error:
        raise StorageError(
            f"{target}: the gateway was started meanwhile; begin again with a new directory"
        ) from error
    return copier.copied


def _copy_groups(path: Path, target: Path) -> None:
    """What was decided after the hot store was copied says what of it the months have."""
    source, copy = connect(path), connect(target)
    try:
        source.execute("BEGIN")
        decided = source.execute("SELECT batch, until FROM decided").fetchone()
        rows = source.execute("SELECT series, batch, name FROM archive_group").fetchall()
        with transaction(copy):
            copy.execute("UPDATE decided SET batch = ?, until = ?", decided)
            copy.executemany("INSERT OR REPLACE INTO archive_group VALUES (?, ?, ?)", rows)
    finally:
        source.close()
        copy.close()


def _note_partitions(archive: Path) -> None:
    """The partitions are not all of the moment of the hot store."""
    found = FileSource(archive).entries()
    with closing(connect(archive / "hot.sqlite")) as copy, transaction(copy):
        write_batches(copy, {key: one.sealed for key, one in found.items()})


class _Copier:
    """Copies files, and tells how much of all of them is done.

    :param total: the bytes of all of them, or about so many.
    """

    def __init__(self, total: int, tell: Callable[[str, float], None]) -> None:
        self._total = max(total, 1)
        self._tell = tell
        self._before = 0
        self.copied: list[Path] = []

    def copy(self, path: Path, directory: Path) -> None:
        """Copy a database as it is at one moment."""
        size = path.stat().st_size

        def tell(_: int, left: int, pages: int) -> None:
            done = size * (1 - left / max(pages, 1))
            self._tell(f"copying {path.name}", (self._before + done) / self._total)

        tell(0, 1, 1)
        target = directory / path.name
        source, copy = connect(path), sqlite3.connect(target)
        try:
            # What is written meanwhile would have the copy begin anew.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            source.backup(copy, pages=_PAGES, progress=tell)
            # No log that is there where it is restored to is its own.
            mark_copy(copy)
        except sqlite3.Error as error:
            is_full = (error.sqlite_errorcode & 0xFF) == sqlite3.SQLITE_FULL
            raise StorageError(reason_of(target if is_full else path, error)) from error
        finally:
            source.close()
            copy.close()
        _sync(target)
        self._before += size
        self.copied.append(target)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
