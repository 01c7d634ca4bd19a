"""The archive engines: which one the configuration chooses, and its archives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from twisted.internet.interfaces import IReactorTime

from oagw.archives.archive import Archive
from oagw.archives.engine import ArchiveEngine
from oagw.archives.files.fileengine import FileEngine
from oagw.archives.policy import Policy, Threads
from oagw.archives.reading.snapshot import Snapshot
from oagw.archives.retention import Retention
from oagw.config.sectionsettings import ArchiveSettings
from oagw.config.settings import Settings
from oagw.storage.damage import StorageError


@dataclass(frozen=True, slots=True)
class EngineRow:
    """An engine and when it is used.

    :ivar is_chosen: whether ``[archive]`` chooses it.
    :ivar make: makes it; imports what only this engine needs.
    """

    is_chosen: Callable[[ArchiveSettings], bool]
    make: Callable[[ArchiveSettings], ArchiveEngine]


def _make_postgres(settings: ArchiveSettings) -> ArchiveEngine:
    """The engine for PostgreSQL.

    :raises StorageError: the driver is not installed.
    """
    if find_spec("psycopg") is None:
        raise StorageError(
            "[archive] url: a database needs a driver: pip install 'oagw[postgres]'"
        )
    from oagw.archives.postgres.postgresengine import PostgresEngine

    return PostgresEngine(settings)


#: All engines; the first one that is chosen is used.
ENGINES: Sequence[EngineRow] = (
    EngineRow(lambda settings: bool(settings.url), _make_postgres),
    EngineRow(lambda settings: True, lambda settings: FileEngine()),
)


def engine_of(settings: Settings) -> ArchiveEngine:
    """The engine that the configuration chooses.

    :raises StorageError: something that it needs is not installed.
    """
    archive = settings.archive
    return next(row for row in ENGINES if row.is_chosen(archive)).make(archive)


def open_archive(
    directory: Path,
    clock: IReactorTime,
    threads: Threads,
    settings: Settings,
    system: str = "",
) -> Archive:
    """Open the archive of a directory; both are created if they do not exist.

    :param system: the name of the system whose values are archived; by default that of
        ``[system]``.
    :raises StorageError: the archive cannot be used.
    """
    engine = engine_of(settings)
    store = engine.store(directory, system or settings.system.name)
    engine.prepare(directory)
    policy = _policy_of(settings, engine.seal_every)
    return Archive(directory / "hot.sqlite", store, clock, threads, policy)


def _policy_of(settings: Settings, seal_every: float) -> Policy:
    """When samples are sealed and how long they are kept."""
    archive = settings.archive
    groups = {
        name: Retention(one.keep, one.max_size)
        for name, one in settings.archive_groups.items()
    }
    retention = Retention(archive.keep, archive.max_size)
    return Policy(archive.seal, retention, groups, seal_every)


def open_snapshot(directory: Path, engine: ArchiveEngine) -> Snapshot:
    """The archive of a directory, to be read while a gateway may write it.

    :raises StorageError: see :meth:`ArchiveEngine.source`.
    """
    return Snapshot(directory, engine.source(directory))
