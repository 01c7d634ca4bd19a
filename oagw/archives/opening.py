"""Opening the archive of a state directory, whatever version has left it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from oagw.archives.archive import Archive
from oagw.archives.directory import Directory, files
from oagw.archives.policy import KEEP_ALL, Policy, Threads
from oagw.archives.retention import Retention
from oagw.archives.upgrade import upgrade
from oagw.config import Settings
from oagw.storage.sqlite import StorageError

if TYPE_CHECKING:
    from oagw.archives.postgres.store import PostgresStore

_log = Logger()


def policy_of(settings: Settings) -> Policy:
    """What a configuration says of sealing and of what is kept."""
    archive = settings.archive
    groups = {
        name: Retention(one.keep, one.max_size)
        for name, one in settings.archive_groups.items()
    }
    every = archive.deliver if archive.url else 0
    return Policy(archive.seal, Retention(archive.keep, archive.max_size), groups, every)


def open_configured(
    state: Path, clock: IReactorTime, threads: Threads, settings: Settings
) -> Archive:
    """The archive of a state directory, with the store that is configured.

    :raises StorageError: it cannot be used.
    """
    policy = policy_of(settings)
    url = settings.archive.url
    if not url:
        return open_archive(state, clock, threads, policy)
    store = open_store(settings)
    directory = state / "archive"
    _check_alone(directory)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Archive(directory / "hot.sqlite", store, clock, threads, policy)


def open_store(settings: Settings) -> PostgresStore:
    """The store in the database that is configured.

    :raises StorageError: its address cannot be read, or the driver is not installed.
    """
    try:
        from oagw.archives.postgres.store import PostgresStore
    except ImportError as error:
        raise StorageError(
            "[archive] url: a database needs a driver: pip install 'oagw[postgres]'"
        ) from error
    archive = settings.archive
    return PostgresStore(archive.url, archive.schema, settings.system.name)


def _check_alone(directory: Path) -> None:
    """Refuse to leave sealed months in files, where nobody would look for them."""
    found = [path for _, path in files(directory)]
    if found or (directory.parent / "archive.sqlite").exists():
        raise StorageError(
            f"{directory}: it has values in files, and [archive] url says a database; to "
            "move them, export them, and import them with a new state directory"
        )


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
    store = Directory(directory)
    return Archive(directory / "hot.sqlite", store, clock, threads, policy)
