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
from oagw.systems.embedded.plant import Datapoint, Element

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
            "INSERT OR REPLACE INTO last_value VALUES (?, ?)",
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
        "UPDATE dp_type SET numbers = ?, next_number = ? WHERE name = ?",
        [(_numbers(one), _reserved(one), one.name) for one in types],
    )


def numbers_exact(types: Iterable[DpType]) -> Change:
    """Types have no numbers in reserve: nothing more will be given."""
    return Many(
        "UPDATE dp_type SET next_number = ? WHERE name = ?",
        [(one.next_number, one.name) for one in types],
    )


def _numbers(dp_type: DpType) -> str:
    return msgspec.json.encode(dp_type.numbers).decode()


def type_set(dp_type: DpType, given: int = 0) -> Change:
    """A type is there, in the place of any of that name.

    :param given: how many numbers a change of it has given to elements.
    """
    return Statement(
        "INSERT INTO dp_type VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
        "definition = excluded.definition, numbers = excluded.numbers, "
        "next_number = excluded.next_number",
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
        "INSERT INTO datapoint (id, name, dp_type, dp_id) VALUES (?, ?, ?, ?)",
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
        "UPDATE datapoint SET name = ? WHERE id = ?", (datapoint.name, datapoint.number)
    )


def former_added(elements: Iterable[Element]) -> Change:
    """Elements that are no more, and whose history can still be read."""
    return Many(
        "INSERT INTO former_element VALUES (?, ?, ?)",
        [(one.number, one.name, int(one.type)) for one in elements],
    )


def config_set(number: int, name: str, attributes: Mapping[str, Value]) -> Change:
    """What is set of a config of an element; of nothing there is no row."""
    if not attributes:
        return Statement(
            "DELETE FROM config WHERE element = ? AND name = ?", (number, name)
        )
    return Statement(
        "INSERT OR REPLACE INTO config VALUES (?, ?, ?)",
        (number, name, _encode(attributes)),
    )


def configs_set(configs: Iterable[tuple[int, str, Mapping[str, Value]]]) -> Change:
    """Many configs, none of them empty."""
    return Many(
        "INSERT OR REPLACE INTO config VALUES (?, ?, ?)",
        [(number, name, _encode(attributes)) for number, name, attributes in configs],
    )


def user_added(number: int, name: str) -> Change:
    """A user has a number."""
    return Statement("INSERT OR IGNORE INTO user VALUES (?, ?)", (number, name))


def section_kept(name: str, text: str) -> Change:
    """A section of a DPL file that an export shall write back."""
    return Statement(
        "INSERT OR IGNORE INTO kept_section (name, text) VALUES (?, ?)", (name, text)
    )
