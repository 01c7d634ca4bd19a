"""Connections to a PostgreSQL database, each for one thread at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import Any, TypeAlias

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from oagw.archives.sealed import StoreAwayError
from oagw.config.secret import Secret
from oagw.errors import DataManagerError
from oagw.storage.damage import StorageError

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

#: What the address may set otherwise: nothing waits for ever for a server that is gone.
_DEFAULTS: Mapping[str, str] = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "application_name": "oagw",
}
#: For the server to notice that we are gone; what it does for us has an end too.
_BEGIN = (
    "SET search_path TO oagw; SET tcp_keepalives_idle TO 10; "
    "SET tcp_keepalives_interval TO 5; SET tcp_keepalives_count TO 3; "
    "SET lock_timeout TO '30s'; SET client_encoding TO 'UTF8'"
)
# Rows are read a page at a time in the order of their index; until it has statistics the
# planner would rather sort all of them for each page.
_READ = (
    "SET default_transaction_read_only TO on; SET statement_timeout TO '60s'; "
    "SET enable_bitmapscan TO off; SET enable_sort TO off; SET jit TO off"
)
#: Connections to read that stay open.
_IDLE = 4
#: Seconds after which it is asked whether a connection is still one.
_DOUBTFUL = 1.0


def _check_ports(text: str) -> None:
    """Refuse what no server could listen to.

    :param text: a port, or one for each host, with commas; empty is the default.
    :raises StorageError: one is none.
    """
    for port in text.split(","):
        if port and not (port.isdecimal() and 0 < int(port) < 65536):
            raise StorageError(f"[archive] url: '{port}' is no port; it must be 1 to 65535")


class Database:
    """One database.

    :param url: its address.
    :ivar name: what it is called in the log.
    :raises StorageError: the address is none.
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
        """What goes wrong with the database is told as ours.

        :raises StoreAwayError: it cannot be reached or used now.
        :raises DataManagerError: it refuses.
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
        """A connection to read, each statement at its own moment.

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
    def moment(self) -> Iterator[Connection]:
        """The same, all of one moment."""
        with self.reading() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            # What is read of one moment may be much.
            connection.execute("SET LOCAL statement_timeout TO 0")
            yield connection

    def _connect_to_read(self) -> Connection:
        connection = self.connect()
        connection.execute(_READ)
        return connection

    def _take(self) -> Connection | None:
        """One that is idle and still a connection."""
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
        """Close what is idle."""
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
