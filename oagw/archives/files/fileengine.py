"""The engine that keeps sealed samples in files, beside the hot store."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from oagw.archives.archive import Archive
from oagw.archives.engine import Progress
from oagw.archives.files.archiveupgrade import upgrade
from oagw.archives.files.filecheck import check
from oagw.archives.files.filesource import FileSource
from oagw.archives.files.filestore import FileStore
from oagw.archives.policy import KEEP_ALL, Policy, Threads
from oagw.archives.sealed.blockcheck import CheckReport

_log = Logger()


class FileEngine:
    """One file for each month and archive group; see :class:`ArchiveEngine`.

    A backup is always made of such files, whatever the engine of its archive.
    """

    seal_every = 0.0

    def prepare(self, directory: Path) -> None:
        """Create the directory, with the values of an archive of oagw 0.1 if there is one.

        :raises StorageError: they cannot be read.
        """
        count = upgrade(directory.with_name("archive.sqlite"), directory)
        if count:
            _log.info("{count} archived values were taken over", count=count)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def store(self, directory: Path, system: str) -> FileStore:
        """The files of the directory."""
        return FileStore(directory)

    def source(self, directory: Path) -> FileSource:
        """The files of the directory, to be read while a gateway may write them."""
        return FileSource(directory)

    def check(self, directory: Path, progress: Progress) -> CheckReport:
        """Read and verify the files of the directory."""
        return check(directory, progress)

    def backup_source(self, directory: Path) -> None:
        """Nothing: a backup copies the files."""

    def restore(
        self,
        backup: Path,
        directory: Path,
        system: str,
        name_of: Callable[[int], str],
        progress: Progress,
    ) -> None:
        """Copy the files of a backup."""
        shutil.copytree(backup, directory)


def open_directory(
    directory: Path, clock: IReactorTime, threads: Threads, policy: Policy = KEEP_ALL
) -> Archive:
    """Open the archive of a directory; both are created if they do not exist.

    :raises StorageError: a file cannot be used.
    """
    engine = FileEngine()
    engine.prepare(directory)
    store = engine.store(directory, "")
    return Archive(directory / "hot.sqlite", store, clock, threads, policy)
