"""The engine that keeps sealed samples in a PostgreSQL database."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from oagw.archives.engine import Progress
from oagw.archives.files.filecheck import check
from oagw.archives.files.filesource import FileSource
from oagw.archives.files.filestore import partition_files
from oagw.archives.hot.hotstore import adopt_next, identity_of
from oagw.archives.postgres.postgrescheck import check_database
from oagw.archives.postgres.postgressource import PostgresSource
from oagw.archives.postgres.postgresstore import PostgresStore
from oagw.archives.sealed.blockcheck import CheckReport
from oagw.archives.sealed.transfer import transfer
from oagw.config.sectionsettings import ArchiveSettings
from oagw.storage.damage import StorageError


class PostgresEngine:
    """Partitions in a database, as blocks or as rows; see :class:`ArchiveEngine`.

    :param settings: ``url``, ``schema`` and ``deliver`` count.
    """

    def __init__(self, settings: ArchiveSettings) -> None:
        self._url = settings.url
        self._layout = settings.schema
        self.seal_every = settings.deliver

    def prepare(self, directory: Path) -> None:
        """Create the directory of the hot store.

        :raises StorageError: it has sealed values in files, which nobody would read.
        """
        has_files = any(True for _ in partition_files(directory))
        if has_files or directory.with_name("archive.sqlite").exists():
            raise StorageError(
                f"{directory}: it has values in files, but [archive] url names a database; "
                "to move them, export them, and import them with a new state directory"
            )
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def store(self, directory: Path, system: str) -> PostgresStore:
        """The partitions in the database.

        :raises StorageError: the address of the database cannot be used.
        """
        return PostgresStore(self._url, self._layout, system)

    def source(self, directory: Path) -> PostgresSource:
        """The partitions in the database, to be read while a gateway may write them.

        :raises StorageError: the address of the database cannot be used.
        """
        identity = identity_of(directory / "hot.sqlite")
        return PostgresSource(self._url, self._layout, identity)

    def check(self, directory: Path, progress: Progress) -> CheckReport:
        """Read and verify the hot store and what the database has of the archive.

        :raises OagwError: the database cannot be reached.
        """
        report = check(directory, progress)
        identity = identity_of(directory / "hot.sqlite")
        check_database(self._url, identity, report, progress)
        return report

    def backup_source(self, directory: Path) -> PostgresSource:
        """The partitions in the database, which a backup writes to files."""
        return self.source(directory)

    def restore(
        self,
        backup: Path,
        directory: Path,
        system: str,
        name_of: Callable[[int], str],
        progress: Progress,
    ) -> None:
        """Write the month files of a backup to the database.

        Data that the database already holds of this archive is set aside.

        :raises StorageError: the address of the database cannot be used.
        :raises OagwError: the database cannot be reached, or a file is damaged.
        """
        store = self.store(directory, system)
        hot = backup / "hot.sqlite"
        identity = identity_of(hot)
        try:
            store.set_aside(identity)
            store.load(identity, name_of)
            transfer(FileSource(backup), store.open, progress)
        finally:
            store.close()
        directory.mkdir(mode=0o700)
        shutil.copy2(hot, directory)
        # The roster of the backup does not know the new partitions in the database.
        adopt_next(directory / hot.name)
