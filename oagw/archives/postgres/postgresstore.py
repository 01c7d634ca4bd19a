"""The archive's store in a PostgreSQL database; see :class:`PartitionStore`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from oagw.archives.blocks.months import start_of
from oagw.archives.policy import no_name
from oagw.archives.postgres.database import Database
from oagw.archives.postgres.elementnames import ElementNames
from oagw.archives.postgres.postgresblocks import PostgresBlocks
from oagw.archives.postgres.postgrespartition import partition_name
from oagw.archives.postgres.postgresrows import PostgresRows
from oagw.archives.postgres.runtable import StoredRuns, stored_runs
from oagw.archives.postgres.writeconnection import WriteConnection
from oagw.archives.sealed.partitions import PartitionKey
from oagw.config.secret import Secret

#: The layouts of values in the database, and their classes of partitions.
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

_Partition: TypeAlias = PostgresBlocks | PostgresRows


class PostgresStore:
    """Partitions in a database, which may be unavailable.

    :param layout: one of :data:`LAYOUTS`.
    :param system: the name of the system whose values are archived.
    :raises StorageError: the address of the database cannot be read.
    """

    asks_names = True

    def __init__(self, url: Secret, layout: str, system: str) -> None:
        self._database = Database(url)
        self._partition = LAYOUTS[layout]
        self._writer = WriteConnection(self._database, system, layout)
        self._elements = ElementNames(self._writer, no_name)

    @property
    def name(self) -> str:
        """Its name in the log."""
        return self._database.name

    def set_aside(self, identity: str) -> None:
        """Detach the partitions of an archive: they stay in the database, unused.

        :raises StoreAwayError: the database cannot be reached, or a gateway uses it.
        """
        self._writer.set_aside(identity)

    def load(
        self, identity: str, name_of: Callable[[int], str]
    ) -> dict[PartitionKey, _Partition]:
        """Connect, and list the partitions; see :class:`PartitionStore`."""
        self._writer.begin(identity)
        self._elements = ElementNames(self._writer, name_of)
        with self._writer.writing() as connection:
            rows = connection.execute(_PARTITIONS, (self._writer.archive,)).fetchall()
            runs = stored_runs(connection, [number for number, *_ in rows])
        return {
            PartitionKey(month, group): self._made(
                number, PartitionKey(month, group), runs[number], batch
            )
            for number, month, group, batch in rows
        }

    def open(self, key: PartitionKey) -> _Partition:
        """Open a partition; it is created if it does not exist."""
        with self._writer.writing() as connection:
            [(number, batch)] = connection.execute(
                _OPEN, (self._writer.archive, *key)
            ).fetchall()
            runs = stored_runs(connection, [number])
        return self._made(number, key, runs[number], batch)

    def name_of(self, key: PartitionKey) -> str:
        """The name of a partition."""
        return partition_name(self.name, key)

    def _made(
        self, number: int, key: PartitionKey, known: StoredRuns, batch: int
    ) -> _Partition:
        period = start_of(key.month), start_of(key.month + 1)
        partition = self._partition(
            number, self.name_of(key), period, self._database, self._writer, self._elements
        )
        partition.note(known, batch)
        return partition

    def close(self) -> None:
        """Close all connections."""
        self._writer.close()
        self._database.close()
