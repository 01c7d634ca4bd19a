"""Live queries of the embedded system: a change costs only the queries that cover it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set

from oagw.interfaces import Row, RowsListener
from oagw.model.configs.catalogue import find_attribute
from oagw.model.configs.elements import Attribute, kind_of
from oagw.model.dptypes import ElementType
from oagw.model.values import Value, WireValue, wire_encoder
from oagw.query.tree import Query
from oagw.systems.embedded.plant import Datapoint, Element, Plant


class LiveTable:
    """A query that runs: the elements that it covers, and who is told of changes.

    :ivar configs: those that its columns show.
    :ivar elements: those that it covers, with the names that its rows have.
    """

    def __init__(self, query: Query, listener: RowsListener, system: str) -> None:
        self.query = query
        self.listener = listener
        self._system = system
        self._attributes: list[Attribute] = [
            find_attribute(column.config, column.detail, column.attribute, column.header)[1]
            for column in query.columns
        ]
        self.configs = frozenset(column.config for column in query.columns)
        self._encoders: dict[ElementType, list[Callable[[Value], WireValue] | None]] = {}
        self.elements: dict[Element, str] = {}

    def covers(self, element: Element) -> bool:
        """Whether the query is about an element."""
        datapoint = element.datapoint
        return (
            element.type.holds_value
            and self.query.dp_type in (None, datapoint.dp_type.name)
            and self.query.source.matches(datapoint.name, element.node.path)
        )

    def add(self, element: Element) -> None:
        """Let the query cover an element."""
        if element.tables is None:
            element.tables = {}
        element.tables[self] = None
        self.elements[element] = self.name(element)

    def name(self, element: Element) -> str:
        """What the row of an element is called."""
        return f"{self._system}:{element.name}"

    def remove(self, element: Element) -> None:
        """Undo :meth:`add`."""
        del self.elements[element]
        assert element.tables is not None
        del element.tables[self]
        element.tables = element.tables or None

    def row(self, element: Element) -> Row:
        """The row of an element: its name and its columns."""
        kind = element.node.type
        encoders = self._encoders.get(kind)
        if encoders is None:
            encoders = [_encoder(one, kind) for one in self._attributes]
            self._encoders[kind] = encoders
        row: Row = [self.elements[element]]
        for attribute, encode in zip(self._attributes, encoders, strict=True):
            value = attribute.read(element)
            row.append(value if encode is None or value is None else encode(value))  # type: ignore[arg-type]
        return row


def _encoder(
    attribute: Attribute, element: ElementType
) -> Callable[[Value], WireValue] | None:
    return wire_encoder(kind_of(attribute.kind, element))


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
            for element in self._plant.select(query.source, query.dp_type):
                table.add(element)
            self._tables[query, listener] = table
        return [table.row(element) for element in table.elements]

    def disconnect(self, query: Query, listener: RowsListener) -> None:
        """Undo :meth:`connect`."""
        table = self._tables.pop((query, listener))
        for element in list(table.elements):
            table.remove(element)

    def on_change(self, changed: Mapping[Element, Set[str]]) -> None:
        """Tell of what one atomic change did to elements: one message per query."""
        touched: dict[LiveTable, list[Row]] = {}
        for element, configs in changed.items():
            for table in element.tables or ():
                if not table.configs.isdisjoint(configs):
                    touched.setdefault(table, []).append(table.row(element))
        _tell(touched)

    def refresh(self, datapoints: Iterable[Datapoint]) -> None:
        """Datapoints are new, or have other names or elements: take in what fits now."""
        if not self._tables:
            return
        touched: dict[LiveTable, list[Row]] = {}
        for datapoint in datapoints:
            for element in datapoint.elements:
                for table in self._tables.values():
                    name = table.elements.get(element)
                    covers = table.covers(element)
                    if name is not None and not covers:
                        table.remove(element)
                    elif covers and name != table.name(element):
                        table.add(element)
                        touched.setdefault(table, []).append(table.row(element))
        _tell(touched)

    def lose(self, elements: Iterable[Element]) -> None:
        """Elements are no more: their rows leave."""
        for element in elements:
            for table in list(element.tables or ()):
                table.remove(element)


def _tell(touched: Mapping[LiveTable, list[Row]]) -> None:
    for table, rows in touched.items():
        table.listener(rows)
