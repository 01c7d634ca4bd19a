"""The month files of an archive, read past the gateway that writes them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from oagw.archives.files.filestore import partition_files
from oagw.archives.sealed.blockviews import BLOCK_PLACE, BlockPartitionView, BlockPlaces
from oagw.archives.sealed.partitions import PartitionKey
from oagw.archives.sealed.partitionviews import PartitionEntry
from oagw.errors import DataManagerError
from oagw.storage.damage import explained
from oagw.storage.sqlite import connect_to_read, read_transaction

#: The version of a partition's schema that began to have owners.
_OWNED = 3
_RUNS = "SELECT id FROM run WHERE NOT replaced ORDER BY position"
_KINDS = "SELECT DISTINCT kind FROM block WHERE run = ?"
_PLACES = (
    "SELECT id, first_series, last_series, first, last, samples FROM block "
    "WHERE run = ? AND kind = ? ORDER BY last_series, place"
)


class FileSource:
    """The month files of one archive; see :class:`PartitionSource`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def months(self) -> set[int]:
        """The months that have a file."""
        return {key.month for key, _ in partition_files(self._directory)}

    def size(self, month: int) -> int:
        """The size of a month's files in bytes."""
        paths = [path for _, path in self._partitions(month)]
        return sum(path.stat().st_size for path in paths if path.exists())

    def entries(self) -> dict[PartitionKey, PartitionEntry]:
        """All partitions.

        :raises DataManagerError: a file cannot be read.
        """
        found = {}
        for key, path in partition_files(self._directory):
            try:
                connection = connect_to_read(path)
            except FileNotFoundError:
                # The gateway has removed it.
                continue
            with explained(path, DataManagerError), read_transaction(connection):
                version = _version(connection)
                if not version:
                    continue
                owner = "owner" if version >= _OWNED else "''"
                batch, whose, is_used = connection.execute(
                    f"SELECT batch, {owner}, EXISTS (SELECT 1 FROM run) FROM sealed"
                ).fetchone()
            # A new partition without samples belongs to no archive yet.
            if whose or is_used:
                found[key] = PartitionEntry(str(path), whose, batch)
        return found

    def _partitions(self, month: int) -> list[tuple[str, Path]]:
        found = partition_files(self._directory)
        return [(key.group, path) for key, path in found if key.month == month]

    @contextmanager
    def month(self, month: int) -> Iterator[list[BlockPartitionView]]:
        """The partitions of a month, each at one moment.

        :raises DataManagerError: a file cannot be read.
        """
        with ExitStack() as opened:
            found = []
            for group, path in self._partitions(month):
                try:
                    connection = connect_to_read(path)
                except FileNotFoundError:
                    # The gateway has removed it.
                    continue
                opened.enter_context(read_transaction(connection))
                select = connection.execute
                with explained(path, DataManagerError):
                    if not _version(connection):
                        continue
                    [sealed] = select("SELECT batch FROM sealed").fetchone()
                    places: list[BlockPlaces] = [
                        np.fromiter(select(_PLACES, (run, kind)), BLOCK_PLACE)
                        for [run] in select(_RUNS).fetchall()
                        for [kind] in select(_KINDS, (run,)).fetchall()
                    ]
                read = _reader(path, connection)
                found.append(BlockPartitionView(str(path), group, sealed, places, read))
            yield found


def _version(connection: sqlite3.Connection) -> int:
    """The version of a partition's schema; 0 if the process ended before creating it."""
    [version] = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _reader(path: Path, connection: sqlite3.Connection) -> Callable[[int], bytes]:
    def read(number: int) -> bytes:
        with explained(path, DataManagerError):
            rows = connection.execute("SELECT data FROM block WHERE id = ?", (number,))
            data: bytes
            [data] = rows.fetchone()
        return data

    return read
