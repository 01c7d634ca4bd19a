"""The interface of an archive engine: one object for all that differs between engines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeAlias

from oagw.archives.sealed.blockcheck import CheckReport
from oagw.archives.sealed.partitions import PartitionStore
from oagw.archives.sealed.partitionviews import PartitionSource

#: Receives what is being done, and the share of all work that is done, from 0 to 1.
Progress: TypeAlias = Callable[[str, float], None]


class ArchiveEngine(Protocol):
    """Keeps the sealed samples of archives.

    An archive has a directory, with the file ``hot.sqlite`` of its hot store. Where its
    sealed samples are is up to the engine.
    """

    @property
    def seal_every(self) -> float:
        """Seconds after which samples are sealed even if they are few; 0 for never."""

    def prepare(self, directory: Path) -> None:
        """Create the directory of an archive, or upgrade what an earlier version left.

        Called before the archive is opened.

        :raises StorageError: the archive cannot be kept by this engine.
        """

    def store(self, directory: Path, system: str) -> PartitionStore:
        """Where the archive of a directory writes and reads sealed samples.

        :param system: the name of the system whose values are archived.
        :raises StorageError: the configuration of the engine cannot be used.
        """

    def source(self, directory: Path) -> PartitionSource:
        """The sealed samples of an archive, to be read while a gateway may write them.

        :raises StorageError: the configuration of the engine cannot be used.
        """

    def check(self, directory: Path, progress: Progress) -> CheckReport:
        """Read and verify everything in an archive, its hot store included.

        :raises OagwError: the place of the sealed samples cannot be reached.
        """

    def backup_source(self, directory: Path) -> PartitionSource | None:
        """The sealed samples that a backup must write to files.

        ``None`` if they are in the month files of the directory already.
        """

    def restore(
        self,
        backup: Path,
        directory: Path,
        system: str,
        name_of: Callable[[int], str],
        progress: Progress,
    ) -> None:
        """Create an archive from a backup; no gateway may use it.

        :param backup: the archive's directory in the backup: hot store and month files.
        :param directory: the directory to create.
        :param system: the name of the system whose values are archived.
        :param name_of: the name of a series; empty if it has none.
        :raises StorageError: the archive cannot be created.
        :raises OagwError: the place of the sealed samples cannot be reached, or a file of
            the backup is damaged.
        """
