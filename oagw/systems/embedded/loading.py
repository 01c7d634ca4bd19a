"""From the file of an embedded system: its types, and the elements that are no more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import msgspec

from oagw.model.dptypes import DpType, ElementType, TypeNode, build_type

_decode_type = msgspec.json.Decoder(TypeNode).decode
_decode_numbers = msgspec.json.Decoder(dict[str, int]).decode


def load_types(connection: sqlite3.Connection) -> Iterator[DpType]:
    """All types, each element with the number that it has on disk."""
    rows = connection.execute(
        "SELECT name, definition, numbers, next_number FROM dp_type"
    ).fetchall()
    definitions = {row[0]: _decode_type(row[1]) for row in rows}
    for name, _, numbers, following in rows:
        known = _decode_numbers(numbers) if numbers else None
        yield build_type(name, definitions[name], definitions, known, following)


def load_former(
    connection: sqlite3.Connection,
) -> Iterator[tuple[int, str, ElementType]]:
    """Number, name and type of archived elements that are no more, the oldest first."""
    for number, name, kind in connection.execute(
        "SELECT element, name, type FROM former_element ORDER BY element"
    ):
        yield number, name, ElementType(kind)
