"""The SQL of each fact: how a change of the datapoints gets into the system's file."""

from __future__ import annotations

import sqlite3
from functools import singledispatch

import msgspec

from oagw.plant.facts import (
    ConfigsChanged,
    DatapointDeleted,
    DatapointRenamed,
    DatapointsCreated,
    ElementsDeleted,
    HistoryKept,
    PresentConfigs,
    PresentValues,
    SectionKept,
    TypeDefined,
    TypeDeleted,
    UserNumbered,
)
from oagw.systems.embedded.rowchecks import insert, update
from oagw.systems.embedded.storedtypes import store_type

_encode = msgspec.msgpack.Encoder().encode


@singledispatch
def write_fact(fact: object, connection: sqlite3.Connection) -> None:
    """Write a fact, inside the transaction of the connection.

    Samples are not written here: they go to the journal.

    :raises TypeError: there is no statement for this kind of fact.
    """
    raise TypeError(f"a {type(fact).__name__} cannot be written")


@write_fact.register
def _type_defined(fact: TypeDefined, connection: sqlite3.Connection) -> None:
    store_type(connection, fact.dp_type, fact.new_numbers)


@write_fact.register
def _type_deleted(fact: TypeDeleted, connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM dp_type WHERE name = ?", (fact.name,))


@write_fact.register
def _datapoints_created(fact: DatapointsCreated, connection: sqlite3.Connection) -> None:
    connection.executemany(insert("datapoint"), fact.datapoints)


@write_fact.register
def _datapoint_deleted(fact: DatapointDeleted, connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM datapoint WHERE id = ?", (fact.number,))


@write_fact.register
def _datapoint_renamed(fact: DatapointRenamed, connection: sqlite3.Connection) -> None:
    statement = update("datapoint", {"name": "?1"}, "id = ?2")
    connection.execute(statement, (fact.name, fact.number))


@write_fact.register
def _elements_deleted(fact: ElementsDeleted, connection: sqlite3.Connection) -> None:
    rows = [(number,) for number in fact.numbers]
    connection.executemany("DELETE FROM last_value WHERE element = ?", rows)
    connection.executemany("DELETE FROM config WHERE element = ?", rows)


@write_fact.register
def _history_kept(fact: HistoryKept, connection: sqlite3.Connection) -> None:
    connection.executemany(
        insert("former_element"),
        [(one.number, one.name, int(one.type)) for one in fact.elements],
    )


@write_fact.register
def _configs_changed(fact: ConfigsChanged, connection: sqlite3.Connection) -> None:
    connection.executemany(
        "DELETE FROM config WHERE element = ? AND name = ?",
        [(number, name) for number, name, attributes in fact.configs if not attributes],
    )
    connection.executemany(
        insert("config", "INSERT OR REPLACE"),
        [
            (number, name, _encode(attributes))
            for number, name, attributes in fact.configs
            if attributes
        ],
    )


@write_fact.register
def _present_configs(fact: PresentConfigs, connection: sqlite3.Connection) -> None:
    rows = [(one.number, name, one.stored(name)) for one, name in fact.configs]
    write_fact(ConfigsChanged(rows), connection)


@write_fact.register
def _present_values(fact: PresentValues, connection: sqlite3.Connection) -> None:
    connection.executemany(
        insert("last_value", "INSERT OR REPLACE"),
        ((one.number, _encode(one.sample)) for one in fact.elements),
    )


@write_fact.register
def _user_numbered(fact: UserNumbered, connection: sqlite3.Connection) -> None:
    connection.execute(insert("user", "INSERT OR IGNORE"), (fact.number, fact.name))


@write_fact.register
def _section_kept(fact: SectionKept, connection: sqlite3.Connection) -> None:
    connection.execute(insert("kept_section", "INSERT OR IGNORE"), (fact.name, fact.text))
