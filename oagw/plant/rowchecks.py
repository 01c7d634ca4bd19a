"""Checksums of the rows in the file of an embedded system.

A disk may change a bit without a word, and SQLite would give it as what was written. A
checksum is of a whole row and of the file that it is in: a row of another file, which a log
that was put beside this one has brought, is found too.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

#: The columns of each table; the first ones say which row it is.
COLUMNS: Mapping[str, Sequence[str]] = {
    "dp_type": ("name", "definition", "numbers", "next_number"),
    "datapoint": ("id", "name", "dp_type", "dp_id"),
    "config": ("element", "name", "attributes"),
    "user": ("number", "name"),
    "last_value": ("element", "sample"),
    "journal": ("samples",),
    "kept_section": ("name", "text"),
    "former_element": ("element", "name", "type"),
}
#: The version of the schema that began with them.
_VERSION = 3
#: Faults that are named.
_MOST = 5

_encode = msgspec.msgpack.Encoder().encode


def install(connection: sqlite3.Connection) -> Callable[..., int]:
    """Let statements use ``row_check``, and give rows of earlier versions a checksum.

    Gives the function, for who writes so many rows that it counts: SQLite gives the
    interpreter away and asks for it again for each call.
    """
    identity, is_filled = connection.execute(
        "SELECT CAST(id AS TEXT), filled FROM file WHERE id IS NOT NULL"
    ).fetchone()
    row_check = _check_of(identity)
    connection.create_function("row_check", -1, row_check, deterministic=True)
    if not is_filled:
        connection.execute("BEGIN IMMEDIATE")
        for table, columns in COLUMNS.items():
            check = f"row_check({', '.join(columns)})"
            connection.execute(f"UPDATE {table} SET checked = {check}")
        connection.execute("UPDATE file SET filled = 1")
        connection.execute("COMMIT")
    return row_check


def _check_of(identity: str) -> Callable[..., int]:
    seed = zlib.crc32(identity.encode())

    def row_check(key: object, *values: object) -> int:
        # Of last values there are most, and they are written most often.
        if len(values) == 1 and type(key) is int and type(values[0]) is bytes:
            return zlib.crc32(values[0], (key ^ key >> 32 ^ seed) & 0xFFFFFFFF)
        return zlib.crc32(_encode((key, *values)), seed)

    return row_check


def whole_rows(identity: str) -> Callable[[str, Mapping[str, object]], bool]:
    """What says whether a row of a table, by column, is what was written.

    :param identity: of the file.
    """
    row_check = _check_of(identity)

    def is_whole(table: str, row: Mapping[str, object]) -> bool:
        columns = COLUMNS.get(table)
        return columns is None or row["checked"] == row_check(
            *(row[name] for name in columns)
        )

    return is_whole


def insert(table: str, verb: str = "INSERT") -> str:
    """The statement that writes a row; its parameters are the table's columns."""
    columns = COLUMNS[table]
    places = ", ".join(f"?{at}" for at in range(1, len(columns) + 1))
    return (
        f"{verb} INTO {table} ({', '.join(columns)}, checked) "
        f"VALUES ({places}, row_check({places}))"
    )


def insert_checked(table: str, verb: str = "INSERT") -> str:
    """The same with one parameter more: the checksum."""
    columns = COLUMNS[table]
    places = ", ".join("?" for _ in range(len(columns) + 1))
    return f"{verb} INTO {table} ({', '.join(columns)}, checked) VALUES ({places})"


def update(table: str, changes: Mapping[str, str], where: str = "1") -> str:
    """The statement that changes columns of rows.

    :param changes: an expression by column.
    """
    values = ", ".join(changes.get(one, one) for one in COLUMNS[table])
    settings = ", ".join(f"{column} = {value}" for column, value in changes.items())
    return f"UPDATE {table} SET {settings}, checked = row_check({values}) WHERE {where}"


def faults(
    connection: sqlite3.Connection, tables: Sequence[str] = tuple(COLUMNS)
) -> Iterator[str]:
    """What is damaged, a sentence for each of the first rows of each table."""
    for table in tables:
        key = COLUMNS[table][0]
        shown = "id" if table == "journal" else key
        rows = connection.execute(
            f"SELECT {shown} FROM {table} WHERE {damaged(table)} LIMIT {_MOST}"
        )
        for [name] in rows:
            yield f"table {table}, {shown} {name!r}: the row is damaged"


def damaged(table: str) -> str:
    """The condition that damaged rows of a table meet."""
    return f"checked IS NOT row_check({', '.join(COLUMNS[table])})"


def has_checks(connection: sqlite3.Connection) -> bool:
    """Whether a file is of a version that has checksums."""
    [version] = connection.execute("PRAGMA user_version").fetchone()
    return bool(version >= _VERSION)
