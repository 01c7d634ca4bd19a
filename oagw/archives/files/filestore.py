"""The embedded store: a directory with a file for each month, and one below by group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from oagw.archives.blocks.months import file_of, month_of, start_of
from oagw.archives.files.filepartition import FilePartition
from oagw.archives.sealed.partitions import PartitionKey
from oagw.storage.connections import Connections


class FileStore:
    """Partitions as files.

    :param identity: of the hot store that they are filled from, if it is known already.
    :raises StorageError: one of them cannot be used.
    """

    asks_names = False

    def __init__(self, path: Path, identity: str = "") -> None:
        self._path = path
        self._identity = identity
        self._connections = Connections()

    @property
    def name(self) -> str:
        """What it is called in the log."""
        return str(self._path)

    def load(
        self, identity: str, name_of: Callable[[int], str]
    ) -> dict[PartitionKey, FilePartition]:
        """Open all that are there; files need no names."""
        self._identity = identity
        return {key: self.open(key) for key, _ in partition_files(self._path)}

    def open(self, key: PartitionKey) -> FilePartition:
        """Open one, made if it is not there."""
        path = self._file_of(key)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        start, end = start_of(key.month), start_of(key.month + 1)
        return FilePartition(path, start, end, self._connections, self._identity)

    def name_of(self, key: PartitionKey) -> str:
        """The path of a file."""
        return str(self._file_of(key))

    def _file_of(self, key: PartitionKey) -> Path:
        return file_of(self._path / key.group, key.month)

    def close(self) -> None:
        """There is nothing but the partitions."""


def partition_files(directory: Path) -> Iterator[tuple[PartitionKey, Path]]:
    """The partitions of an archive, by time."""
    found = [*directory.glob("*-*.sqlite"), *directory.glob("*/*-*.sqlite")]
    for path in sorted(found, key=lambda path: (path.name, path)):
        month = month_of(path)
        if month is not None:
            group = "" if path.parent == directory else path.parent.name
            yield PartitionKey(month, group), path
