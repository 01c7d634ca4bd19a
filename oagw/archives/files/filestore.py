"""A directory with a file for each month, and a subdirectory for each archive group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from oagw.archives.blocks.months import file_of, month_of, start_of
from oagw.archives.files.filepartition import FilePartition
from oagw.archives.sealed.partitions import PartitionKey
from oagw.storage.connections import Connections


class FileStore:
    """The partitions of an archive as files; see :class:`PartitionStore`.

    :param identity: of the hot store that fills them; :meth:`load` sets it too.
    """

    asks_names = False

    def __init__(self, path: Path, identity: str = "") -> None:
        self._path = path
        self._identity = identity
        self._connections = Connections()

    @property
    def name(self) -> str:
        """Its name in the log: the path."""
        return str(self._path)

    def load(
        self, identity: str, name_of: Callable[[int], str]
    ) -> dict[PartitionKey, FilePartition]:
        """Open all files of the directory.

        :raises StorageError: one of them cannot be used.
        """
        self._identity = identity
        return {key: self.open(key) for key, _ in partition_files(self._path)}

    def open(self, key: PartitionKey) -> FilePartition:
        """Open a partition; the file is created if it does not exist.

        :raises StorageError: it cannot be used.
        """
        path = self._file_of(key)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        start, end = start_of(key.month), start_of(key.month + 1)
        return FilePartition(path, start, end, self._connections, self._identity)

    def name_of(self, key: PartitionKey) -> str:
        """The path of the file."""
        return str(self._file_of(key))

    def _file_of(self, key: PartitionKey) -> Path:
        return file_of(self._path / key.group, key.month)

    def close(self) -> None:
        """Nothing to do: the partitions are closed one by one."""


def partition_files(directory: Path) -> Iterator[tuple[PartitionKey, Path]]:
    """The partitions that have a file below a directory, by month and group."""
    found = [*directory.glob("*-*.sqlite"), *directory.glob("*/*-*.sqlite")]
    for path in sorted(found, key=lambda path: (path.name, path)):
        month = month_of(path)
        if month is not None:
            group = "" if path.parent == directory else path.parent.name
            yield PartitionKey(month, group), path
