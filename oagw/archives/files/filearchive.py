"""Opening the embedded archive of a state directory, whatever version has left it."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from oagw.archives.archive import Archive
from oagw.archives.files.archiveupgrade import upgrade
from oagw.archives.files.filestore import FileStore
from oagw.archives.policy import KEEP_ALL, Policy, Threads

_log = Logger()


def open_archive(
    state: Path, clock: IReactorTime, threads: Threads, policy: Policy = KEEP_ALL
) -> Archive:
    """The embedded archive of a state directory; see :class:`Archive`.

    :raises StorageError: it cannot be used.
    """
    directory = state / "archive"
    count = upgrade(state / "archive.sqlite", directory)
    if count:
        _log.info("{count} archived values were taken over", count=count)
    return open_directory(directory, clock, threads, policy)


def open_directory(
    directory: Path, clock: IReactorTime, threads: Threads, policy: Policy = KEEP_ALL
) -> Archive:
    """The embedded archive of a directory, made if it is not there."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = FileStore(directory)
    return Archive(directory / "hot.sqlite", store, clock, threads, policy)
