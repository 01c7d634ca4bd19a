"""The archive's store in a PostgreSQL database; see :class:`oagw.archives.sealed.Store`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from oagw.archives.months import start_of
from oagw.archives.policy import no_name
from oagw.archives.postgres.blocks import PostgresBlocks
from oagw.archives.postgres.database import Database
from oagw.archives.postgres.elements import Elements
from oagw.archives.postgres.partition import partition_name
from oagw.archives.postgres.rows import PostgresRows
from oagw.archives.postgres.runs import Known, known_runs
from oagw.archives.postgres.writer import Writer
from oagw.archives.sealed import Key
from oagw.config.secret import Secret

#: What values are in the database, and the class of partitions that have them so.
LAYOUTS: Mapping[str, type[PostgresBlocks] | type[PostgresRows]] = {
    "blocks": PostgresBlocks,
    "rows": PostgresRows,
}

_PARTITIONS = "SELECT id, month, name, batch FROM partition WHERE archive = %s"
_OPEN = (
    "INSERT INTO partition (archive, month, name) VALUES (%s, %s, %s) "
    "ON CONFLICT (archive, month, name) DO UPDATE SET name = excluded.name "
    "RETURNING id, batch"
)

PostgresPartition: TypeAlias = PostgresBlocks | PostgresRows


class PostgresStore:
    """Partitions in a database, which may be away.

    :param layout: one of :data:`LAYOUTS`.
    :param system: the name of the system, by which people know it.
    :raises StorageError: the address of the database is none.
    """

    asks_names = True

    def __init__(self, url: Secret, layout: str, system: str) -> None:
        self._database = Database(url)
        self._partition = LAYOUTS[layout]
        self._writer = Writer(self._database, system, layout)
        self._elements = Elements(self._writer, no_name)

    @property
    def name(self) -> str:
        """What it is called in the log."""
        return self._database.name

    def set_aside(self, identity: str) -> None:
        """Begin anew with an archive; what there is of it stays, and is read no more."""
        self._writer.set_aside(identity)

    def load(
        self, identity: str, name_of: Callable[[int], str]
    ) -> dict[Key, PostgresPartition]:
        """Connect anew and see what there is; see :class:`oagw.archives.sealed.Store`."""
        self._writer.begin(identity)
        self._elements = Elements(self._writer, name_of)
        with self._writer.writing() as connection:
            rows = connection.execute(_PARTITIONS, (self._writer.archive,)).fetchall()
            runs = known_runs(connection, [number for number, *_ in rows])
        return {
            Key(month, group): self._made(number, Key(month, group), runs[number], batch)
            for number, month, group, batch in rows
        }

    def open(self, key: Key) -> PostgresPartition:
        """A partition, made if it is not there."""
        with self._writer.writing() as connection:
            [(number, batch)] = connection.execute(
                _OPEN, (self._writer.archive, *key)
            ).fetchall()
            runs = known_runs(connection, [number])
        return self._made(number, key, runs[number], batch)

    def name_of(self, key: Key) -> str:
        """What a partition is called."""
        return partition_name(self.name, key)

    def _made(self, number: int, key: Key, known: Known, batch: int) -> PostgresPartition:
        period = start_of(key.month), start_of(key.month + 1)
        partition = self._partition(
            number, self.name_of(key), period, self._database, self._writer, self._elements
        )
        partition.note(known, batch)
        return partition

    def close(self) -> None:
        """Be used no more."""
        self._writer.close()
        self._database.close()
