"""Upgrading the archive of oagw 0.1: one file with a row for each sample."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import msgspec
import numpy as np

from oagw.archives.blocks.chunks import Chunk, Lists, chunk
from oagw.archives.blocks.months import months
from oagw.archives.files.filepartition import FilePartition
from oagw.archives.files.filestore import FileStore
from oagw.archives.sealed.partitions import PartitionKey
from oagw.storage.damage import StorageError

_ROWS = (
    "SELECT series, stime, value, status, user FROM sample ORDER BY series, stime, arrival"
)
_AT_ONCE = 1 << 18
_WORD = 1 << 64

_Row: TypeAlias = tuple[int, int, bytes, int, int]


def upgrade(old: Path, directory: Path) -> int:
    """Move an old archive to a directory, completely or not at all.

    Returns the number of samples; 0 if there is no old archive.

    :param old: its file; removed when all samples are in the directory.
    :param directory: the new archive; if it exists, the file is only removed.
    :raises StorageError: the file cannot be read.
    """
    if not old.exists():
        return 0
    count = 0
    if not directory.exists():
        new = directory.with_name(f"{directory.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        try:
            count = _convert(old, new)
        except sqlite3.DatabaseError as error:
            raise StorageError(f"{old}: {error}") from error
        new.rename(directory)
        _sync(directory.parent)
    for path in (old, *(old.with_name(f"{old.name}{end}") for end in ("-wal", "-shm"))):
        path.unlink(missing_ok=True)
    return count


def _sync(directory: Path) -> None:
    """Make the new name durable."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _convert(old: Path, directory: Path) -> int:
    connection = sqlite3.connect(old)
    partitions: dict[int, FilePartition] = {}
    store = FileStore(directory)
    count = 0
    try:
        for samples in _chunks(connection.execute(_ROWS)):
            count += len(samples)
            all_months = months(samples.stime)
            for month in np.unique(all_months).tolist():
                if month not in partitions:
                    partitions[month] = store.open(PartitionKey(month, ""))
                partition = partitions[month]
                part = samples.part(np.flatnonzero(all_months == month))
                partition.runs = (*partition.runs, partition.seal(part, 0))
    finally:
        connection.close()
        for partition in partitions.values():
            partition.close()
    return count


def _chunks(rows: sqlite3.Cursor) -> Iterator[Chunk]:
    decode = msgspec.msgpack.Decoder().decode
    while found := rows.fetchmany(_AT_ONCE):
        series, stime, values, status, user = zip(*found, strict=True)
        lists: Lists = (
            list(series),
            list(stime),
            [decode(value) for value in values],
            [word % _WORD for word in status],
            list(user),
        )
        yield chunk(lists)
