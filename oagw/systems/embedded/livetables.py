"""Live queries of the embedded system: a change costs only the queries that cover it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from oagw.interfaces import Row, RowsListener
from oagw.model.configs.catalogue import find_attribute
from oagw.model.configs.elements import Attribute
from oagw.model.dptypes import ElementType
from oagw.model.values import Value, WireValue, wire_encoder
from oagw.query.tree import Query
from oagw.systems.embedded.plant import Element, Plant


class LiveTable:
    """A query that runs: the elements that it covers, and who is told of changes."""

    def __init__(self, query: Query, listener: RowsListener, system: str) -> None:
        self.query = query
        self.listener = listener
        self._system = system
        self._attributes: list[Attribute] = [
            find_attribute(column.config, column.detail, column.attribute, column.header)[1]
            for column in query.columns
        ]
        self._encoders: dict[ElementType, list[Callable[[Value], WireValue] | None]] = {}
        self.elements: list[Element] = []

    def row(self, element: Element) -> Row:
        """The row of an element: its name and its columns."""
        kind = element.leaf.type
        encoders = self._encoders.get(kind)
        if encoders is None:
            encoders = [wire_encoder(one.type or kind) for one in self._attributes]
            self._encoders[kind] = encoders
        row: Row = [f"{self._system}:{element.name}"]
        for attribute, encode in zip(self._attributes, encoders, strict=True):
            value = attribute.read(element)
            row.append(encode(value) if encode else value)  # type: ignore[arg-type]
        return row


class LiveTables:
    """All running queries of one plant."""

    def __init__(self, plant: Plant, system: str) -> None:
        self._plant = plant
        self._system = system
        self._tables: dict[tuple[Query, RowsListener], LiveTable] = {}

    def connect(self, query: Query, listener: RowsListener) -> list[Row]:
        """Tell the listener of changed rows from now on; returns the whole table.

        Doing it again for the same listener only returns the table.
        """
        table = self._tables.get((query, listener))
        if table is None:
            table = LiveTable(query, listener, self._system)
            table.elements = list(self._plant.select(query.source, query.dp_type))
            for element in table.elements:
                if element.tables is None:
                    element.tables = {}
                element.tables[table] = None
            self._tables[query, listener] = table
        return [table.row(element) for element in table.elements]

    def disconnect(self, query: Query, listener: RowsListener) -> None:
        """Undo :meth:`connect`."""
        table = self._tables.pop((query, listener))
        for element in table.elements:
            assert element.tables is not None
            del element.tables[table]
            if not element.tables:
                element.tables = None

    def on_change(self, elements: Iterable[Element]) -> None:
        """Tell of what one atomic set changed: one message per query."""
        touched: dict[LiveTable, list[Row]] = {}
        for element in elements:
            for table in element.tables or ():
                touched.setdefault(table, []).append(table.row(element))
        for table, rows in touched.items():
            table.listener(rows)
