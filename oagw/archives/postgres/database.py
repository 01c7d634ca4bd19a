"""Connections to a PostgreSQL database, each for one thread at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import Any, TypeAlias

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from oagw.archives.sealed.partitions import StoreAwayError
from oagw.config.secret import Secret
from oagw.errors import DataManagerError
from oagw.storage.damage import StorageError

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

#: Options that the address may override: nothing waits for ever for a lost server.
_DEFAULTS: Mapping[str, str] = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "application_name": "oagw",
}
#: So that the server notices a lost gateway, and no statement waits for ever.
_BEGIN = (
    "SET search_path TO oagw; SET tcp_keepalives_idle TO 10; "
    "SET tcp_keepalives_interval TO 5; SET tcp_keepalives_count TO 3; "
    "SET lock_timeout TO '30s'; SET client_encoding TO 'UTF8'"
)
# Rows are read page by page in the order of their index. Without statistics, the planner
# would sort all rows for each page.
_READ = (
    "SET default_transaction_read_only TO on; SET statement_timeout TO '60s'; "
    "SET enable_bitmapscan TO off; SET enable_sort TO off; SET jit TO off"
)
#: Connections for reading that stay open.
_IDLE = 4
#: Seconds after which an idle connection is tested before it is used.
_DOUBTFUL = 1.0


def _check_ports(text: str) -> None:
    """Check port numbers.

    :param text: a port, or one for each host, separated by commas; empty for the default.
    :raises StorageError: one of them is not a port.
    """
    for port in text.split(","):
        if port and not (port.isdecimal() and 0 < int(port) < 65536):
            raise StorageError(
                f"[archive] url: '{port}' is not a port; it must be 1 to 65535"
            )


class Database:
    """Connects to one database.

    :param url: its address.
    :ivar name: its name in the log, without user and password.
    :raises StorageError: the address cannot be read.
    """

    def __init__(self, url: Secret) -> None:
        try:
            known = conninfo_to_dict(url.reveal())
        except psycopg.Error:
            # The reason may show a part of the password.
            raise StorageError(
                "[archive] url: it cannot be read; it must be "
                "postgresql://USER@HOST:PORT/DATABASE"
            ) from None
        _check_ports(str(known.get("port") or ""))
        missing = {key: text for key, text in _DEFAULTS.items() if key not in known}
        self._conninfo = make_conninfo(url.reveal(), **missing)
        host = known.get("host") or "localhost"
        port = f":{known['port']}" if known.get("port") else ""
        name = known.get("dbname") or known.get("user") or "of this user"
        self.name = f"the database {name} on {host}{port}"
        self._idle: list[tuple[float, Connection]] = []
        self._lock = Lock()

    @contextmanager
    def reaching(self) -> Iterator[None]:
        """Translate the errors of the driver.

        :raises StoreAwayError: the database cannot be reached or used now.
        :raises DataManagerError: the database refuses a statement.
        """
        try:
            yield
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            reason = " ".join(str(error).split())
            raise StoreAwayError(f"{self.name} cannot be used: {reason}") from error
        except psycopg.Error as error:
            reason = " ".join(str(error).split())
            raise DataManagerError(f"{self.name} refuses: {reason}") from error

    def connect(self) -> Connection:
        """A new connection."""
        connection = psycopg.connect(self._conninfo, autocommit=True)
        connection.execute(_BEGIN)
        return connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reading; each statement sees what is committed before it.

        :raises StoreAwayError: see :meth:`reaching`.
        """
        with self.reaching():
            connection = self._take() or self._connect_to_read()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._give(connection)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection for reading in a transaction that sees one moment.

        :raises StoreAwayError: see :meth:`reaching`.
        """
        with self.reading() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            # A whole partition may be read in one transaction.
            connection.execute("SET LOCAL statement_timeout TO 0")
            yield connection

    def _connect_to_read(self) -> Connection:
        connection = self.connect()
        connection.execute(_READ)
        return connection

    def _take(self) -> Connection | None:
        """An idle connection that still works; ``None`` if there is none."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                since, connection = self._idle.pop()
            if monotonic() - since < _DOUBTFUL or _is_alive(connection):
                return connection
            connection.close()

    def _give(self, connection: Connection) -> None:
        with self._lock:
            if len(self._idle) < _IDLE:
                self._idle.append((monotonic(), connection))
                return
        connection.close()

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()


def _is_alive(connection: Connection) -> bool:
    try:
        connection.execute("")
    except psycopg.Error:
        return False
    return True
