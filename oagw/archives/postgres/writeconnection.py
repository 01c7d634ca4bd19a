"""The one connection that writes an archive, and holds its lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from oagw.archives.postgres.database import Connection, Database
from oagw.archives.postgres.postgresupgrade import LOCK, upgrade
from oagw.archives.sealed.partitions import StoreAwayError
from oagw.storage.damage import StorageError


class WriteConnection:
    """Writes one archive of a database; one thread at a time may use it.

    :param system: the name of the system whose values are archived.
    :param layout: ``blocks`` or ``rows``.
    :ivar archive: the number of the archive in the database.
    :ivar identity: of the hot store that fills it.
    """

    def __init__(self, database: Database, system: str, layout: str) -> None:
        self._database = database
        self._system = system
        self._layout = layout
        self._connection: Connection | None = None
        self.archive = 0
        self.identity = ""

    def begin(self, identity: str) -> None:
        """Connect, create the archive if it does not exist, and lock it.

        :param identity: of the hot store.
        :raises StoreAwayError: the database cannot be reached, or another gateway holds
            the lock.
        :raises StorageError: the database or the archive must not be used.
        """
        self.close()
        self.identity = identity
        with self._database.reaching():
            connection = self._database.connect()
            try:
                upgrade(connection, self._database.name)
                self.archive = self._found(connection, identity)
                self._lock(connection)
            except BaseException:
                connection.close()
                raise
        self._connection = connection

    def set_aside(self, identity: str) -> None:
        """Rename an archive, if it exists, so that it belongs to no hot store.

        :raises StoreAwayError: the database cannot be reached, or a gateway uses it.
        :raises StorageError: the database must not be used.
        """
        with self._database.reaching(), self._database.connect() as connection:
            upgrade(connection, self._database.name)
            found = connection.execute(
                "SELECT id FROM archive WHERE identity = %s", (identity,)
            ).fetchall()
            for [self.archive] in found:
                self._lock(connection)
                connection.execute(
                    "UPDATE archive SET identity = identity || ' until ' || now() "
                    "WHERE id = %s",
                    (self.archive,),
                )

    def _found(self, connection: Connection, identity: str) -> int:
        """The number of the archive, which is created if it does not exist.

        :raises StorageError: it has another layout.
        """
        connection.execute(
            "INSERT INTO archive (identity, system, layout) VALUES (%s, %s, %s) "
            "ON CONFLICT (identity) DO UPDATE SET system = excluded.system",
            (identity, self._system, self._layout),
        )
        [(number, layout)] = connection.execute(
            "SELECT id, layout FROM archive WHERE identity = %s", (identity,)
        )
        if layout != self._layout:
            raise StorageError(
                f"{self._database.name}: the archive of {self._system} has [archive] "
                f"schema = {layout}, which cannot become {self._layout}; export its values "
                "and import them into a new state directory"
            )
        return int(number)

    def _lock(self, connection: Connection) -> None:
        rows = connection.execute(
            "SELECT pg_try_advisory_lock(%s, %s)", (LOCK, self.archive)
        ).fetchall()
        if not rows[0][0]:
            raise StoreAwayError(
                f"{self._database.name}: another connection writes the archive of "
                f"{self._system}; it may be that of a gateway that has ended without the "
                "server having noticed"
            )

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction.

        :raises StoreAwayError: the database cannot be reached. Whether the transaction was
            committed is known after the next :meth:`begin`.
        """
        with self._database.reaching():
            connection = self._connection
            if connection is None or connection.closed:
                raise StoreAwayError(f"{self._database.name}: the connection was lost")
            try:
                with connection.transaction():
                    yield connection
            except StoreAwayError:
                raise
            except BaseException:
                # The lock ends with the connection.
                if connection.closed or connection.broken:
                    self.close()
                raise

    def close(self) -> None:
        """Close the connection, which releases the lock."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
