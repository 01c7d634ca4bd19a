"""The archive of a state directory as it is configured: in files, or in a database."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from twisted.internet.interfaces import IReactorTime

from oagw.archives.archive import Archive
from oagw.archives.checking import Report
from oagw.archives.directory import files
from oagw.archives.hot import identity_of
from oagw.archives.moments import FileSource, Source
from oagw.archives.opening import open_archive
from oagw.archives.policy import Policy, Threads
from oagw.archives.retention import Retention
from oagw.archives.snapshot import Snapshot
from oagw.archives.transfer import transfer
from oagw.config.settings import Settings
from oagw.storage.damage import StorageError

if TYPE_CHECKING:
    from oagw.archives.postgres.store import PostgresStore


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
    state: Path,
    clock: IReactorTime,
    threads: Threads,
    settings: Settings,
    system: str = "",
) -> Archive:
    """The archive of a state directory, with the store that is configured.

    :param system: whose values it has, if it is not the one of ``[system]``.
    :raises StorageError: it cannot be used.
    """
    policy = policy_of(settings)
    url = settings.archive.url
    if not url:
        return open_archive(state, clock, threads, policy)
    store = open_store(settings, system)
    directory = state / "archive"
    _check_alone(directory)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Archive(directory / "hot.sqlite", store, clock, threads, policy)


def open_store(settings: Settings, system: str = "") -> PostgresStore:
    """The store in the database that is configured.

    :param system: as in :func:`open_configured`.
    :raises StorageError: its address cannot be read, or the driver is not installed.
    """
    _check_driver()
    from oagw.archives.postgres.store import PostgresStore

    archive = settings.archive
    return PostgresStore(archive.url, archive.schema, system or settings.system.name)


def open_snapshot(directory: Path, settings: Settings) -> Snapshot:
    """The archive of a directory to be read past the gateway that uses it.

    :raises StorageError: see :func:`open_store`.
    """
    return Snapshot(directory, open_source(directory, settings))


def open_source(directory: Path, settings: Settings) -> Source:
    """Where the sealed values of an archive are.

    :raises StorageError: see :func:`open_store`.
    """
    archive = settings.archive
    if not archive.url:
        return FileSource(directory)
    _check_driver()
    from oagw.archives.postgres.source import DatabaseSource

    identity = identity_of(directory / "hot.sqlite")
    return DatabaseSource(archive.url, archive.schema, identity)


def check_store(
    directory: Path,
    settings: Settings,
    report: Report,
    tell: Callable[[str, float], None],
) -> None:
    """Read all that is in the database, if one is configured.

    :param report: what is found is added to it.
    :param tell: as in :func:`oagw.archives.checking.check`.
    :raises OagwError: the database cannot be reached.
    """
    if settings.archive.url:
        _check_driver()
        from oagw.archives.postgres.checking import check_database

        identity = identity_of(directory / "hot.sqlite")
        check_database(settings.archive.url, identity, report, tell)


def restore_store(
    backup: Path,
    settings: Settings,
    system: str,
    name_of: Callable[[int], str],
    tell: Callable[[str, float], None],
) -> None:
    """Write the files of a backup's archive to the database that is configured.

    What this archive has there is set aside. The gateway must not run.

    :param backup: the archive in the backup.
    :param system: whose it is.
    :raises StorageError: see :func:`open_store`.
    :raises OagwError: the database cannot be reached, or a file is damaged.
    """
    store = open_store(settings, system)
    identity = identity_of(backup / "hot.sqlite")
    try:
        store.set_aside(identity)
        store.load(identity, name_of)
        transfer(FileSource(backup), store.open, tell)
    finally:
        store.close()


def _check_driver() -> None:
    if find_spec("psycopg") is None:
        raise StorageError(
            "[archive] url: a database needs a driver: pip install 'oagw[postgres]'"
        )


def _check_alone(directory: Path) -> None:
    """Refuse to leave sealed months in files, where nobody would look for them."""
    found = [path for _, path in files(directory)]
    if found or (directory.parent / "archive.sqlite").exists():
        raise StorageError(
            f"{directory}: it has values in files, and [archive] url says a database; to "
            "move them, export them, and import them with a new state directory"
        )
