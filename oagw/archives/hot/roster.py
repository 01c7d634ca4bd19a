"""The roster: which partitions an archive must have, and up to which batch each.

The hot store deletes samples that are sealed. From then on only the partition has them. The
roster shows when a partition is missing, older than it should be, or of another archive.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from oagw.archives.blocks.months import text_of
from oagw.archives.sealed.partitions import Partition, PartitionKey
from oagw.archives.sealed.partitionviews import PartitionEntry, PartitionSource
from oagw.storage.damage import explained
from oagw.storage.sqlite import connect_to_read, read_transaction, transaction

#: The version of the hot store's schema that began with it.
_VERSION = 5


class Roster:
    """The roster in a hot store's file.

    :param identity: of the hot store.
    :ivar adopting: whether the archive adopts all partitions that it finds.
    """

    def __init__(self, connection: sqlite3.Connection, identity: str) -> None:
        self._connection = connection
        self._identity = identity
        self._batches = read_batches(connection)
        self._unsaved: dict[PartitionKey, int] = {}
        [adopting] = connection.execute("SELECT adopting FROM identity").fetchone()
        self.adopting = bool(adopting)

    def faults(
        self,
        partitions: Mapping[PartitionKey, Partition],
        decided: int,
        name_of: Callable[[PartitionKey], str],
    ) -> Iterator[str]:
        """The faults of a store's partitions, a sentence each.

        :param decided: see :func:`_faults`.
        :param name_of: the name of a partition that is missing.
        """
        if self.adopting:
            return
        found = {
            key: PartitionEntry(one.name, one.owner, one.sealed)
            for key, one in partitions.items()
        }
        yield from _faults(self._batches, found, self._identity, decided)
        for key in sorted(self._batches.keys() - found.keys()):
            yield f"{name_of(key)} is missing"

    def settle(self, partitions: Mapping[PartitionKey, Partition]) -> None:
        """Make these partitions the roster; called in the thread that commits."""
        batches = {key: one.sealed for key, one in partitions.items()}
        if self.adopting:
            for one in partitions.values():
                one.adopt(self._identity)
        elif batches == self._batches:
            return
        with transaction(self._connection) as connection:
            write_batches(connection, batches)
            connection.execute("UPDATE identity SET adopting = 0")
        self._batches, self._unsaved, self.adopting = batches, {}, False

    def sealed(self, batches: Mapping[PartitionKey, int]) -> None:
        """Note up to which batches partitions are sealed; :meth:`save` writes it."""
        self._unsaved.update(batches)

    def save(self) -> None:
        """Write what is new, before samples leave the hot store; in the write thread."""
        if not self._unsaved:
            return
        unsaved = dict(self._unsaved)
        with transaction(self._connection) as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO partition VALUES (?, ?, ?)",
                [(*key, batch) for key, batch in unsaved.items()],
            )
        self._batches |= unsaved
        for key in unsaved:
            del self._unsaved[key]

    def forget(self, key: PartitionKey) -> None:
        """Delete a partition that is about to be removed; in the thread that commits."""
        with transaction(self._connection) as connection:
            connection.execute("DELETE FROM partition WHERE month = ? AND name = ?", key)
        self._batches.pop(key, None)
        self._unsaved.pop(key, None)


def read_batches(connection: sqlite3.Connection) -> dict[PartitionKey, int]:
    """The batch up to which each partition must have the samples that belong to it."""
    rows = connection.execute("SELECT month, name, batch FROM partition")
    return {PartitionKey(month, name): batch for month, name, batch in rows}


def write_batches(
    connection: sqlite3.Connection, batches: Mapping[PartitionKey, int]
) -> None:
    """Replace the roster, within a transaction."""
    connection.execute("DELETE FROM partition")
    connection.executemany(
        "INSERT INTO partition VALUES (?, ?, ?)",
        [(*key, batch) for key, batch in batches.items()],
    )


def misfits(path: Path, source: PartitionSource) -> list[str]:
    """The faults of the partitions of an archive that a gateway may use at the same time.

    :param path: of the hot store.
    :raises StorageError: it cannot be read.
    """
    before = _read(path)
    found = source.entries()
    after = _read(path)
    if before.adopting or after.adopting:
        return []
    wanted = {key: one for key, one in before.batches.items() if key in after.batches}
    between = {
        key: before.decided
        for key, one in found.items()
        if wanted.get(key, 0) <= one.sealed <= after.decided
    }
    found = {
        key: one._replace(sealed=between.get(key, one.sealed)) for key, one in found.items()
    }
    faults = [*_faults(wanted, found, before.identity, before.decided)]
    for key in sorted(wanted.keys() - found.keys()):
        group = f" of group {key.group}" if key.group else ""
        faults.append(f"{text_of(key.month)}{group} is missing")
    return faults


class _Read(NamedTuple):
    """The partitions according to a hot store's file, at one moment."""

    identity: str
    adopting: bool
    decided: int
    batches: Mapping[PartitionKey, int]


def _read(path: Path) -> _Read:
    with explained(path), read_transaction(connect_to_read(path)) as connection:
        if connection.execute("PRAGMA user_version").fetchone()[0] < _VERSION:
            return _Read("", True, 0, {})
        identity, adopting, decided = connection.execute(
            "SELECT id, adopting, batch FROM identity, decided"
        ).fetchone()
        return _Read(identity, bool(adopting), decided, read_batches(connection))


def _faults(
    wanted: Mapping[PartitionKey, int],
    found: Mapping[PartitionKey, PartitionEntry],
    identity: str,
    decided: int,
) -> Iterator[str]:
    """The faults of the partitions that exist, a sentence each.

    :param wanted: the roster: up to which batch each must have its samples.
    :param identity: of the hot store.
    :param decided: the groups are decided up to this batch. A partition that is sealed up
        to it need not be in the roster: the process may have ended in between.
    """
    for key, (name, owner, sealed) in sorted(found.items()):
        batch = wanted.get(key)
        if owner != identity:
            yield f"{name} is of another archive"
        elif sealed == decided or batch == sealed:
            continue
        elif sealed > decided or (batch is not None and sealed > batch):
            yield f"{name} is newer than the hot store, from which values are missing"
        elif batch is not None:
            yield f"{name} is an older copy: values that were sealed to it are missing"
