"""Opening SQLite files: durable settings, and schemas that are upgraded."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import quote

from oagw.storage.damage import StorageError, explained
from oagw.storage.writelog import check_log, mark_log

_Connection = TypeVar("_Connection", bound=sqlite3.Connection)


def open_database(path: Path, schema_package: str) -> sqlite3.Connection:
    """Open or create a database, and upgrade its schema to the present version.

    The schema is the result of the package's files ``0001.sql``, ``0002.sql``, ...; the
    database has the number of applied files in ``user_version``.

    :raises StorageError: the file is not a database, or was written by a later oagw.
    """
    with explained(path):
        connection = connect(path)
        upgrade(connection, path, schema_package)
    return connection


def open_marked(path: Path, schema_package: str) -> sqlite3.Connection:
    """The same, and detect a write-ahead log that is lost or belongs to another file.

    :raises StorageError: the log is lost or not the file's own; or see
        :func:`open_database`.
    """
    check_log(path)
    with explained(path):
        # Closing the last connection removes the log, and the mark is that of a new one.
        connect(path).close()
        connection = _connect(path, _Marked)
        connection.file = mark_log(connection, path)
        upgrade(connection, path, schema_package)
    return connection


class _Marked(sqlite3.Connection):
    """A connection that keeps the file of :func:`mark_log` open."""

    file: BinaryIO | None = None

    def close(self) -> None:
        """Close the connection, and then the file."""
        super().close()
        if self.file is not None:
            self.file.close()


def connect(path: Path) -> sqlite3.Connection:
    """Another connection to a database that :func:`open_database` has opened.

    The caller begins and ends transactions. A connection may pass from thread to thread,
    but only one thread may use it at a time.
    """
    return _connect(path, sqlite3.Connection)


def _connect(path: Path, factory: type[_Connection]) -> _Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, factory=factory
    )
    connection.execute("PRAGMA journal_mode=WAL")
    # NORMAL would survive the end of the process, but not a power cut.
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA busy_timeout=10000")
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A read-only connection, for reading while another process writes.

    :raises FileNotFoundError: the file does not exist.
    """
    try:
        # Opened for writing, because the first reader creates the shared memory.
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None
        )
    except sqlite3.OperationalError as error:
        if path.exists():
            raise
        missing = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        raise missing from error
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA busy_timeout=10000")
    return connection


@contextmanager
def read_transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A transaction for reading that sees one moment; it closes the connection."""
    try:
        connection.execute("BEGIN")
        yield connection
    finally:
        connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A transaction: changes are committed as a whole or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def check_version(connection: sqlite3.Connection, path: Path, schema_package: str) -> int:
    """The version of a database's schema; 0 for an empty database.

    :raises StorageError: this oagw does not know the version, because it is later.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    known = len(_scripts(schema_package))
    if version > known:
        raise StorageError(
            f"{path}: it has schema version {version}, written by a later oagw; this one "
            f"knows versions up to {known}. Install the later oagw again"
        )
    return version


def _scripts(schema_package: str) -> list[Traversable]:
    """The files of a schema, one for each version."""
    found = resources.files(schema_package).iterdir()
    scripts = [file for file in found if file.name.endswith(".sql")]
    return sorted(scripts, key=lambda file: file.name)


def upgrade(connection: sqlite3.Connection, path: Path, schema_package: str) -> None:
    """Upgrade the schema of a database; see :func:`open_database`."""
    version = check_version(connection, path, schema_package)
    scripts = _scripts(schema_package)
    for number, script in enumerate(scripts[version:], start=version + 1):
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{script.read_text()}\n"
            f"PRAGMA user_version = {number};\nCOMMIT;"
        )
