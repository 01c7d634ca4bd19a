"""What changes in the file of an embedded system: each change knows its SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from oagw.model.dptypes import MAX_ELEMENTS, DpType
from oagw.model.samples import Sample
from oagw.model.values import Value
from oagw.plant.plant import (
    Datapoint,
    Element,
)
from oagw.plant.rowchecks import (
    insert,
    update,
)

_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement and its parameters."""

    sql: str
    parameters: tuple[object, ...]

    def write(self, connection: sqlite3.Connection) -> None:
        """Carry it out."""
        connection.execute(self.sql, self.parameters)


@dataclass(frozen=True, slots=True)
class Many:
    """One statement for many rows."""

    sql: str
    rows: Sequence[tuple[object, ...]]

    def write(self, connection: sqlite3.Connection) -> None:
        """Carry it out for each row."""
        connection.executemany(self.sql, self.rows)


@dataclass(frozen=True, slots=True)
class Removed:
    """Elements that are no more; their history stays in the archive."""

    numbers: Sequence[int]

    def write(self, connection: sqlite3.Connection) -> None:
        """Remove their values and configs."""
        rows = [(number,) for number in self.numbers]
        connection.executemany("DELETE FROM last_value WHERE element = ?", rows)
        connection.executemany("DELETE FROM config WHERE element = ?", rows)


@dataclass(frozen=True, slots=True)
class PresentValues:
    """The values of elements, as they are when they are written.

    Many, and not worth a journal; no value of them in it is older than this.
    """

    elements: Sequence[Element]

    def write(self, connection: sqlite3.Connection) -> None:
        """Write them where a start finds them."""
        connection.executemany(
            insert("last_value", "INSERT OR REPLACE"),
            ((one.number, _encode(one.sample)) for one in self.elements),
        )


@dataclass(frozen=True, slots=True)
class PresentConfigs:
    """Configs of elements by their names, as they are when they are written."""

    configs: Sequence[tuple[Element, str]]

    def write(self, connection: sqlite3.Connection) -> None:
        """Write what is set of them; of nothing there is no row."""
        for element, name in self.configs:
            config_set(element.number, name, element.stored(name)).write(connection)


#: A change of what is configured.
Change: TypeAlias = Statement | Many | Removed | PresentValues | PresentConfigs
#: What is committed: the new sample of an element, by its number, or a change.
Entry: TypeAlias = tuple[int, Sample] | Change


#: Numbers of elements that a type has in reserve on disk.
_RESERVE = 64


def _reserved(dp_type: DpType, given: int = 0) -> int:
    """Where a start after a kill begins to number the elements of a type.

    Beyond all that a change may have given that was not durable yet, but whose elements
    have values in the archive. There is no way to know; one as large as the last is
    what counts.
    """
    return min(dp_type.next_number + max(_RESERVE, given), MAX_ELEMENTS)


def numbers_reserved(types: Iterable[DpType]) -> Change:
    """Types have numbers in reserve.

    Those of their elements go with them, which an earlier version did not write.
    """
    return Many(
        update("dp_type", {"numbers": "?1", "next_number": "?2"}, "name = ?3"),
        [(_numbers(one), _reserved(one), one.name) for one in types],
    )


def numbers_exact(types: Iterable[DpType]) -> Change:
    """Types have no numbers in reserve: nothing more will be given."""
    return Many(
        update("dp_type", {"next_number": "?1"}, "name = ?2"),
        [(one.next_number, one.name) for one in types],
    )


def _numbers(dp_type: DpType) -> str:
    return msgspec.json.encode(dp_type.numbers).decode()


def type_set(dp_type: DpType, given: int = 0) -> Change:
    """A type is there, in the place of any of that name.

    :param given: how many numbers a change of it has given to elements.
    """
    return Statement(
        f"{insert('dp_type')} ON CONFLICT (name) DO UPDATE SET "
        "definition = excluded.definition, numbers = excluded.numbers, "
        "next_number = excluded.next_number, checked = excluded.checked",
        (
            dp_type.name,
            msgspec.json.encode(dp_type.root).decode(),
            _numbers(dp_type),
            _reserved(dp_type, given),
        ),
    )


def type_removed(name: str) -> Change:
    """A type is no more."""
    return Statement("DELETE FROM dp_type WHERE name = ?", (name,))


def datapoints_added(datapoints: Iterable[Datapoint]) -> Change:
    """New datapoints, with the numbers that they have."""
    return Many(
        insert("datapoint"),
        [(one.number, one.name, one.dp_type.name, one.dp_id) for one in datapoints],
    )


def datapoint_removed(datapoint: Datapoint) -> list[Change]:
    """A datapoint is no more."""
    return [
        Statement("DELETE FROM datapoint WHERE id = ?", (datapoint.number,)),
        Removed([element.number for element in datapoint.elements]),
    ]


def datapoint_renamed(datapoint: Datapoint) -> Change:
    """A datapoint has another name now."""
    return Statement(
        update("datapoint", {"name": "?1"}, "id = ?2"), (datapoint.name, datapoint.number)
    )


def former_added(elements: Iterable[Element]) -> Change:
    """Elements that are no more, and whose history can still be read."""
    return Many(
        insert("former_element"),
        [(one.number, one.name, int(one.type)) for one in elements],
    )


def config_set(number: int, name: str, attributes: Mapping[str, Value]) -> Change:
    """What is set of a config of an element; of nothing there is no row."""
    if not attributes:
        return Statement(
            "DELETE FROM config WHERE element = ? AND name = ?", (number, name)
        )
    return Statement(
        insert("config", "INSERT OR REPLACE"),
        (number, name, _encode(attributes)),
    )


def configs_set(configs: Iterable[tuple[int, str, Mapping[str, Value]]]) -> Change:
    """Many configs, none of them empty."""
    return Many(
        insert("config", "INSERT OR REPLACE"),
        [(number, name, _encode(attributes)) for number, name, attributes in configs],
    )


def user_added(number: int, name: str) -> Change:
    """A user has a number."""
    return Statement(insert("user", "INSERT OR IGNORE"), (number, name))


def section_kept(name: str, text: str) -> Change:
    """A section of a DPL file that an export shall write back."""
    return Statement(insert("kept_section", "INSERT OR IGNORE"), (name, text))
