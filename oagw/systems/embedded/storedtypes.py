"""Types, and elements that were deleted, in the file of an embedded system."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import msgspec

from oagw.errors import OagwError
from oagw.model.dptypes import MAX_ELEMENTS, DpType, ElementType, TypeNode, build_type
from oagw.systems.embedded.rowchecks import insert, update

#: Name, definition, numbers of elements, and the next one.
_Row: TypeAlias = tuple[str, str, str, int]

#: Numbers of elements that a type has in reserve in the file.
_RESERVE = 64

_decode_type = msgspec.json.Decoder(TypeNode).decode
_decode_numbers = msgspec.json.Decoder(dict[str, int]).decode


def load_types(connection: sqlite3.Connection) -> Iterator[DpType]:
    """All types, each element with the number that it has on disk."""
    rows = _type_rows(connection)
    definitions = {row[0]: _decode_type(row[1]) for row in rows}
    for row in rows:
        yield _built(row, definitions)


def lost_types(connection: sqlite3.Connection) -> dict[str, str]:
    """The types that refer to missing types, each with the reason why it is lost."""
    rows = _type_rows(connection)
    definitions = {row[0]: _decode_type(row[1]) for row in rows}
    found = {}
    for row in rows:
        try:
            _built(row, definitions)
        except OagwError as error:
            found[row[0]] = error.message
    return found


def _type_rows(connection: sqlite3.Connection) -> list[_Row]:
    return connection.execute(
        "SELECT name, definition, numbers, next_number FROM dp_type"
    ).fetchall()


def _built(row: _Row, definitions: Mapping[str, TypeNode]) -> DpType:
    name, _, numbers, following = row
    known = _decode_numbers(numbers) if numbers else None
    return build_type(name, definitions[name], definitions, known, following)


def load_deleted(
    connection: sqlite3.Connection,
) -> Iterator[tuple[int, str, ElementType]]:
    """Number, name and type of deleted elements that have a history, the oldest first."""
    for number, name, kind in connection.execute(
        "SELECT element, name, type FROM former_element ORDER BY element"
    ):
        yield number, name, ElementType(kind)


def store_type(connection: sqlite3.Connection, dp_type: DpType, new_numbers: int) -> None:
    """Write a type, which replaces the type of that name.

    :param new_numbers: how many element numbers the change has used.
    """
    connection.execute(
        f"{insert('dp_type')} ON CONFLICT (name) DO UPDATE SET "
        "definition = excluded.definition, numbers = excluded.numbers, "
        "next_number = excluded.next_number, checked = excluded.checked",
        (
            dp_type.name,
            msgspec.json.encode(dp_type.root).decode(),
            _numbers(dp_type),
            _reserved(dp_type, new_numbers),
        ),
    )


def reserve_numbers(connection: sqlite3.Connection, types: Iterable[DpType]) -> None:
    """Keep element numbers in reserve for changes that a kill may undo.

    The numbers of the elements are written too: an earlier version did not do that.
    """
    connection.executemany(
        update("dp_type", {"numbers": "?1", "next_number": "?2"}, "name = ?3"),
        [(_numbers(one), _reserved(one), one.name) for one in types],
    )


def release_numbers(connection: sqlite3.Connection, types: Iterable[DpType]) -> None:
    """Keep no element numbers in reserve: the file is about to be closed."""
    connection.executemany(
        update("dp_type", {"next_number": "?1"}, "name = ?2"),
        [(one.next_number, one.name) for one in types],
    )


def _reserved(dp_type: DpType, new_numbers: int = 0) -> int:
    """Where a start after a kill begins to number the elements of a type.

    A change that was not durable yet may have given numbers to elements whose values are
    in the archive. How many is unknown; as many as the last change used are left out.
    """
    return min(dp_type.next_number + max(_RESERVE, new_numbers), MAX_ELEMENTS)


def _numbers(dp_type: DpType) -> str:
    return msgspec.json.encode(dp_type.numbers).decode()
