"""From the file of an embedded system: its types, and the elements that are no more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import msgspec

from oagw.errors import OagwError
from oagw.model.dptypes import DpType, ElementType, TypeNode, build_type

#: Name, definition, numbers of elements, and the next one.
_Row: TypeAlias = tuple[str, str, str, int]

_decode_type = msgspec.json.Decoder(TypeNode).decode
_decode_numbers = msgspec.json.Decoder(dict[str, int]).decode


def load_types(connection: sqlite3.Connection) -> Iterator[DpType]:
    """All types, each element with the number that it has on disk."""
    rows = _type_rows(connection)
    definitions = {row[0]: _decode_type(row[1]) for row in rows}
    for row in rows:
        yield _built(row, definitions)


def lost_types(connection: sqlite3.Connection) -> dict[str, str]:
    """Types that cannot be without others that are lost, and why."""
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


def load_former(
    connection: sqlite3.Connection,
) -> Iterator[tuple[int, str, ElementType]]:
    """Number, name and type of archived elements that are no more, the oldest first."""
    for number, name, kind in connection.execute(
        "SELECT element, name, type FROM former_element ORDER BY element"
    ):
        yield number, name, ElementType(kind)
