"""What changes in the file of an embedded system: each change knows its SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from oagw.model.dptypes import DpType
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
class FirstValues:
    """The values of elements that had none before: many, and not worth a journal."""

    samples: Sequence[tuple[int, Sample]]

    def write(self, connection: sqlite3.Connection) -> None:
        """Write them where a start finds them."""
        connection.executemany(
            "INSERT OR REPLACE INTO last_value VALUES (?, ?)",
            ((number, _encode(sample)) for number, sample in self.samples),
        )


#: A change of what is configured.
Change: TypeAlias = Statement | Many | Removed | FirstValues
#: What is committed: the new sample of an element, by its number, or a change.
Entry: TypeAlias = tuple[int, Sample] | Change


def type_set(dp_type: DpType) -> Change:
    """A type is there, in the place of any of that name."""
    return Statement(
        "INSERT INTO dp_type VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
        "definition = excluded.definition, numbers = excluded.numbers, "
        "next_number = excluded.next_number",
        (
            dp_type.name,
            msgspec.json.encode(dp_type.root).decode(),
            msgspec.json.encode(dp_type.numbers).decode(),
            dp_type.next_number,
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
