"""Copying the intact rows of a damaged SQLite file to a new one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

from oagw.storage.damage import StorageError
from oagw.storage.sqlite import open_database, transaction, upgrade

#: Higher than the version of any schema.
_NONE = 1000
#: The size of a page and the number of pages, in the head of a file.
_HEAD = struct.Struct(">16xH10xI")
#: Upper limit of a file's size in bytes; a head that says more is damaged.
_LARGEST = 1 << 40
Row: TypeAlias = tuple[Any, ...]

#: Whether a row of a table, given by column, is intact.
RowCheck: TypeAlias = Callable[[str, Mapping[str, Any]], bool]


def rebuild(
    path: Path, schema_package: str, is_whole: RowCheck, needed: Sequence[str]
) -> tuple[Path, list[str]]:
    """Copy the intact rows of a file to a new file beside it, named ``*.new``.

    Returns the new file, and a sentence for each table that has lost rows.

    :param is_whole: whether a row is intact.
    :param needed: tables with one row that the others are useless without.
    :raises StorageError: the file cannot be read at all, or a needed row is lost.
    """
    new = path.with_name(f"{path.name}.new")
    for old in path.parent.glob(f"{new.name}*"):
        old.unlink()
    lost = []
    with closing(open_database(new, schema_package)) as target:
        version = _version(target)
        with (
            padded(path) as whole,
            closing(sqlite3.connect(whole, isolation_level=None)) as source,
        ):
            source.text_factory = lambda data: data.decode("utf-8", "replace")
            _check_version(source, path, version)
            with transaction(target):
                for table in _tables(target):
                    fault = _copy(source, target, table, is_whole)
                    if fault:
                        lost.append(f"{path}, table {table}: {fault}")
                for table in needed:
                    [count] = target.execute(f"SELECT count(*) FROM {table}").fetchone()
                    if count != 1:
                        raise StorageError(f"{path} is lost: its table {table} is damaged")
    return new, lost


@contextmanager
def padded(path: Path) -> Iterator[Path]:
    """A file as long as its head says: SQLite refuses to read one that is cut off.

    Yields the file itself if it is long enough, or else a temporary copy.
    """
    with open(path, "rb") as file:
        head = file.read(_HEAD.size)
    size = 0
    if len(head) == _HEAD.size:
        page, pages = _HEAD.unpack(head)
        # 1 stands for 65,536.
        size = (page if page > 1 else 1 << 16) * pages
    if not path.stat().st_size < size <= _LARGEST:
        yield path
        return
    copy = path.with_name(f"{path.name}.new-padded")
    try:
        shutil.copyfile(path, copy)
        os.truncate(copy, size)
        yield copy
    finally:
        for part in path.parent.glob(f"{copy.name}*"):
            part.unlink()


def has_schema(connection: sqlite3.Connection, schema_package: str) -> bool:
    """Whether the tables of a database are those of a new one of its version."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        upgrade(fresh, Path(":memory:"), schema_package)
        version, present = _version(connection), _version(fresh)
        if not version and not _schema(connection):
            # The process ended before it created the tables.
            return True
        if version != present:
            return 0 < version < _NONE
        return _schema(connection) == _schema(fresh)


def _schema(connection: sqlite3.Connection) -> list[Row]:
    return connection.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name"
    ).fetchall()


def _version(connection: sqlite3.Connection) -> int:
    [version] = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _check_version(source: sqlite3.Connection, path: Path, version: int) -> None:
    try:
        found = _version(source)
    except sqlite3.Error as error:
        raise StorageError(f"{path} is lost: {error}") from error
    if found != version and 0 < found < _NONE:
        raise StorageError(
            f"{path} is of another version of oagw (schema {found}, not {version})"
        )


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_stat1'"
    ).fetchall()
    # The highest numbers are copied last: inserting rows changes them.
    return sorted((name for [name] in rows), key=lambda name: name == "sqlite_sequence")


def _copy(
    source: sqlite3.Connection, target: sqlite3.Connection, table: str, is_whole: RowCheck
) -> str:
    """Copy a table; returns what is lost, or an empty text."""
    target.execute(f"DELETE FROM {table}")
    names = [row[1] for row in target.execute(f"PRAGMA table_info({table})")]
    places = ", ".join("?" for _ in names)
    insert = f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({places})"
    damaged = 0
    try:
        reader = _TableReader(source, table, names)
    except sqlite3.Error as error:
        return f"it cannot be read ({error})"
    for row in reader.rows():
        if is_whole(table, dict(zip(names, row, strict=True))):
            # A row that breaks a constraint is damaged.
            with suppress(sqlite3.Error, OverflowError, UnicodeError):
                target.execute(insert, row)
                continue
        damaged += 1
    parts = [f"{damaged} rows are damaged"] if damaged else []
    if reader.error:
        parts.append(f"some rows cannot be read ({reader.error})")
    return " and ".join(parts)


class _TableReader:
    """Reads the rows of a table from both ends, up to the damage.

    :ivar error: why some rows cannot be read; empty if all can.
    """

    def __init__(
        self, source: sqlite3.Connection, table: str, names: Sequence[str]
    ) -> None:
        self._source = source
        self._table = table
        self._columns = ", ".join(names)
        self._key = _key_of(source, table)
        self.error = ""

    def rows(self) -> Iterator[Row]:
        """The rows, each once."""
        last: Row | None = None
        try:
            for key, row in self._read("ASC"):
                last = key
                yield row
        except sqlite3.Error as error:
            self.error = str(error)
        else:
            return
        with suppress(sqlite3.Error, TypeError):
            for key, row in self._read("DESC"):
                if last is not None and key <= last:
                    return
                yield row

    def _read(self, direction: str) -> Iterator[tuple[Row, Row]]:
        """Each row with its key."""
        order = ", ".join(f"{name} {direction}" for name in self._key)
        # Without indices, which may be damaged too.
        rows = self._source.execute(
            f"SELECT {', '.join(self._key)}, {self._columns} FROM {self._table} "
            f"NOT INDEXED ORDER BY {order}"
        )
        size = len(self._key)
        for row in rows:
            yield row[:size], row[size:]


def _key_of(connection: sqlite3.Connection, table: str) -> list[str]:
    """The columns of a table's primary key, or its row id."""
    rows = connection.execute(f"PRAGMA table_list({table})").fetchall()
    if not any(row[4] for row in rows):
        return ["rowid"]
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    return [row[1] for row in sorted(columns, key=lambda row: row[5]) if row[5]]
