"""Backups: copies of an archive that a gateway may use at the same time."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from oagw.archives.engine import Progress
from oagw.archives.files.filesource import FileSource
from oagw.archives.files.filestore import FileStore, partition_files
from oagw.archives.hot.hotstore import identity_of
from oagw.archives.hot.roster import write_batches
from oagw.archives.sealed.partitionviews import PartitionSource
from oagw.archives.sealed.transfer import transfer
from oagw.storage.damage import StorageError, explained, reason_of
from oagw.storage.sqlite import connect, transaction
from oagw.storage.storeidentity import check_pair
from oagw.storage.writelog import mark_copy

#: The file that a backup has until it is complete.
INCOMPLETE = "incomplete"
#: Pages that are copied between two reports of progress.
_PAGES = 4096


def backup(
    state: Path,
    target: Path,
    progress: Progress,
    sealed: PartitionSource | None = None,
) -> list[Path]:
    """Copy an archive and the datapoints that it belongs to; returns the copies.

    The caller removes :data:`INCOMPLETE` from the target when nothing is left to add.

    Each copy shows its file at one moment. The hot store is copied first: if its samples
    are sealed meanwhile, the month file says so, and nothing is doubled or lost.

    :param state: the directory of the archive and the datapoints.
    :param target: a new or an empty directory.
    :param progress: receives what is being done, and the share of it that is done, 0 to 1.
    :param sealed: the sealed samples that are not in files; they are written to files.
    :raises FileExistsError: the target is not empty.
    :raises StorageError: a gateway started during the copy, or a file cannot be copied.
    """
    if target.exists() and any(target.iterdir()):
        raise FileExistsError(
            17, "it is not empty; a backup needs a new directory", str(target)
        )
    archive = state / "archive"
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if target.stat().st_uid == os.geteuid():
        # It will contain private keys.
        target.chmod(0o700)
    (target / INCOMPLETE).touch()
    (target / "archive").mkdir(mode=0o700)
    hot, system = archive / "hot.sqlite", state / "system.sqlite"
    paths = [hot, system, *(path for _, path in partition_files(archive))]
    copier = _Copier(sum(path.stat().st_size for path in paths), progress)
    copier.copy(hot, target / "archive")
    # Only now: a new month file may have samples that left the hot store meanwhile.
    for key, path in partition_files(archive):
        directory = target / "archive" / key.group
        directory.mkdir(mode=0o700, exist_ok=True)
        copier.copy(path, directory)
    if sealed is not None:
        store = FileStore(target / "archive", identity_of(hot))
        transfer(sealed, store.open, progress)
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
    """Copy the decisions made since the hot store was copied.

    They say which of its samples the month files have too.
    """
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
    """Write the roster again: the month files are copied later than the hot store."""
    found = FileSource(archive).entries()
    with closing(connect(archive / "hot.sqlite")) as copy, transaction(copy):
        write_batches(copy, {key: one.sealed for key, one in found.items()})


class _Copier:
    """Copies databases and reports progress.

    :param total: the size of all of them in bytes, approximately.
    :ivar copied: the copies.
    """

    def __init__(self, total: int, progress: Progress) -> None:
        self._total = max(total, 1)
        self._progress = progress
        self._before = 0
        self.copied: list[Path] = []

    def copy(self, path: Path, directory: Path) -> None:
        """Copy a database as it is at one moment.

        :raises StorageError: it cannot be read, or the copy cannot be written.
        """
        size = path.stat().st_size

        def report(_: int, left: int, pages: int) -> None:
            done = size * (1 - left / max(pages, 1))
            self._progress(f"copying {path.name}", (self._before + done) / self._total)

        report(0, 1, 1)
        target = directory / path.name
        source, copy = connect(path), sqlite3.connect(target)
        try:
            # Without a transaction, each write by the gateway restarts the copy.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            source.backup(copy, pages=_PAGES, progress=report)
            # A log that lies where the copy is restored to does not belong to it.
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
