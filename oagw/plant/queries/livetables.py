"""Live queries over a plant: a change costs only the queries that cover it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.errors import OagwError, UnexpectedStateError
from oagw.interfaces.systems import RowsListener
from oagw.plant.element import Datapoint, Element, ElementFollower
from oagw.plant.queries.queryscan import QueryScan
from oagw.plant.queries.selection import Selection
from oagw.query.resultrows import Row
from oagw.query.tree import Column, Keyword, Query

_log = Logger()
#: Values of other keywords change only together with an event.
_TEXTS = frozenset((Keyword.ALIAS, Keyword.COMMENT, Keyword.UNIT))
#: Datapoints that are released in about a millisecond.
_SLICE = 500


@dataclass(slots=True)
class _RowChanges:
    """What one atomic change did to the rows of a query, by the names of the rows."""

    rows: dict[str, Row] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)

    def show(self, name: str, row: Row) -> None:
        """Report a new or changed row."""
        self.rows[name] = row
        self.gone.pop(name, None)

    def hide(self, name: str) -> None:
        """Report that a row has left."""
        self.rows.pop(name, None)
        self.gone[name] = None


class LiveTable:
    """A running query: the elements that it covers, and the listener for its rows.

    :param tables: those of the plant, which report the changes.
    :ivar configs: the configs that it reads.
    :ivar shown: the elements that have a row, with the name of each row.
    :ivar is_active: it receives changes; false while it is created or ended.
    """

    def __init__(
        self, selection: Selection, listener: RowsListener, tables: LiveTables
    ) -> None:
        query = selection.query
        self.query = query
        self.listener = listener
        self.selection = selection
        self.configs = frozenset(
            {one.config for one in query.operands if isinstance(one, Column)}
            | ({"_common"} if _TEXTS.intersection(query.operands) else set())
        )
        self.shown: dict[Element, str] = {}
        self.is_active = False
        self._tables = tables
        self._alone = (self,)
        self._datapoints: dict[Datapoint, None] = {}

    def admit(self, datapoint: Datapoint, subjects: Sequence[Element]) -> list[Row]:
        """Cover the elements of a datapoint that the query selects; returns their rows.

        :raises ConversionError: the condition cannot be decided.
        """
        self._watch(datapoint)
        for element in datapoint.elements:
            self.shown.pop(element, None)
        rows = []
        for element in subjects:
            row = self.selection.row(element)
            if row is not None:
                self.shown[element] = str(row[0])
                rows.append(row)
        return rows

    def covers(self, datapoint: Datapoint) -> bool:
        """Whether elements of the datapoint are covered."""
        return datapoint in self._datapoints

    def _watch(self, datapoint: Datapoint) -> None:
        cover = self.selection.cover(datapoint) if datapoint.elements else None
        wanted = () if cover is None else cover.watched
        if self.covers(datapoint):
            for element in datapoint.elements:
                self._leave(element)
        for index in wanted:
            self._enter(datapoint.elements[index])
        if wanted:
            self._datapoints[datapoint] = None
        else:
            self._datapoints.pop(datapoint, None)

    def _enter(self, element: Element) -> None:
        tables = element.tables
        if tables is None:
            # One object for all elements that only this table covers.
            element.tables = self._alone
        elif self not in tables:
            element.tables = (*tables, self)

    def _leave(self, element: Element) -> None:
        tables = element.tables
        if tables is not None and self in tables:
            element.tables = tuple(one for one in tables if one is not self) or None

    def follow(self, elements: Sequence[Element]) -> None:
        """Update the rows of elements that have changed."""
        self._tables.renew(self, elements)

    def drop(self, element: Element) -> None:
        """Drop the row of a deleted element."""
        self._leave(element)
        if not element.datapoint.elements:
            self._datapoints.pop(element.datapoint, None)
        name = self.shown.pop(element, None)
        if name is not None and self.is_active:
            self._tables.changes_of(self).hide(name)

    def read(self, datapoint: Datapoint, subjects: Sequence[Element]) -> list[Row]:
        """The present rows of a datapoint that :meth:`admit` has covered."""
        rows = (self.selection.row(one) for one in subjects if one in self.shown)
        return [row for row in rows if row is not None]

    def renew(self, subjects: Sequence[Element], news: _RowChanges) -> None:
        """Evaluate the rows of elements again and note the differences.

        :raises ConversionError: the condition cannot be decided.
        """
        shown = self.shown
        make_row = self.selection.row
        for subject in subjects:
            before = shown.get(subject)
            row = make_row(subject, before)
            if row is not None:
                name = shown[subject] = str(row[0])
                news.show(name, row)
            elif before is not None:
                del shown[subject]
                news.hide(before)

    def end(self) -> Iterator[None]:
        """Release all elements; a step for each slice of the work."""
        self.is_active = False
        datapoints, self._datapoints = self._datapoints, {}
        for number, datapoint in enumerate(datapoints, 1):
            for element in datapoint.elements:
                self._leave(element)
            if number % _SLICE == 0:
                yield


class LiveTables:
    """All running queries of one plant, and the scans that are under way.

    A query that fails ends; the change has happened, so the other queries still get it.

    :param release: runs :meth:`LiveTable.end` of a query that has failed.
    """

    def __init__(self, release: Callable[[LiveTable], None]) -> None:
        self._release = release
        self._tables: dict[tuple[Query, RowsListener], LiveTable] = {}
        #: Tables that were found by an alias, which may move to another element.
        self._by_alias: dict[str, dict[LiveTable, None]] = {}
        self._scans: dict[QueryScan, None] = {}
        self._changes: dict[LiveTable, _RowChanges] = {}

    def find(self, query: Query, listener: RowsListener) -> LiveTable | None:
        """The running query of a listener."""
        return self._tables.get((query, listener))

    def add(self, table: LiveTable) -> None:
        """Report changes to a table from now on."""
        table.is_active = True
        self._tables[table.query, table.listener] = table
        for alias in table.selection.aliases:
            self._by_alias.setdefault(alias, {})[table] = None

    def remove(self, query: Query, listener: RowsListener) -> LiveTable | None:
        """Report nothing more to a table; the caller must run :meth:`LiveTable.end`."""
        table = self._tables.pop((query, listener), None)
        if table is not None:
            table.is_active = False
            self._changes.pop(table, None)
            for alias in table.selection.aliases:
                of_alias = self._by_alias[alias]
                del of_alias[table]
                if not of_alias:
                    del self._by_alias[alias]
        return table

    def begin(self, scan: QueryScan) -> None:
        """Report changes to a scan until :meth:`done`."""
        self._scans[scan] = None

    def done(self, scan: QueryScan) -> None:
        """Report nothing more to a scan."""
        self._scans.pop(scan, None)

    def on_change(self, changed: Mapping[Element, Set[str]]) -> None:
        """Evaluate what one atomic change did to rows; :meth:`notify` must follow."""
        for scan in self._scans:
            scan.note_changed(element.datapoint for element in changed)
        touched: dict[ElementFollower, list[Element]] = {}
        for element, configs in changed.items():
            if "_common" in configs:
                self._follow_alias(element)
            for table in element.tables or ():
                if table.is_active and not table.configs.isdisjoint(configs):
                    touched.setdefault(table, []).append(element)
        for table, elements in touched.items():
            # A table that fails may end others.
            if table.is_active:
                table.follow(elements)

    def _follow_alias(self, element: Element) -> None:
        """Cover an element in the tables that select its (perhaps new) alias."""
        alias = str(element.stored("_common").get("_alias", ""))
        for table in list(self._by_alias.get(alias, ())):
            if not table.covers(element.datapoint):
                self._readmit(table, element.datapoint)

    def check(self) -> None:
        """Types have changed: end the queries that would be refused if sent now."""
        for table in list(self._tables.values()):
            try:
                table.selection.check()
            except Exception as error:
                self._fail(table, error)

    def refresh(self, datapoints: Sequence[Datapoint]) -> None:
        """Evaluate datapoints that are new, or have other names or elements, again."""
        for scan in self._scans:
            scan.note_changed(datapoints)
        for table in list(self._tables.values()):
            for datapoint in datapoints:
                # A datapoint may end this table, or another one that comes later.
                if table.is_active:
                    self._readmit(table, datapoint)

    def _readmit(self, table: LiveTable, datapoint: Datapoint) -> None:
        shown = table.shown
        before = {one: shown[one] for one in datapoint.elements if one in shown}
        try:
            subjects = table.selection.subjects(datapoint)
            if not subjects and not table.covers(datapoint):
                return
            rows = table.admit(datapoint, subjects)
        except Exception as error:
            self._fail(table, error)
            return
        news = self.changes_of(table)
        for element, name in before.items():
            if shown.get(element) != name:
                news.hide(name)
        known = set(before.values())
        for row in rows:
            name = str(row[0])
            # The path of a named element may lead to another element now.
            if name not in known or not table.selection.is_direct:
                news.show(name, row)

    def drop(self, elements: Iterable[Element]) -> None:
        """Drop the rows of deleted elements."""
        for element in elements:
            for scan in self._scans:
                scan.note_changed((element.datapoint,))
            for table in element.tables or ():
                table.drop(element)

    def changes_of(self, table: LiveTable) -> _RowChanges:
        """The changes of a table that :meth:`notify` will report."""
        news = self._changes.get(table)
        if news is None:
            news = self._changes[table] = _RowChanges()
        return news

    def renew(self, table: LiveTable, elements: Sequence[Element]) -> None:
        """Evaluate the rows of a table that depend on elements again."""
        news = self.changes_of(table)
        selection = table.selection
        try:
            if selection.is_direct:
                table.renew(elements, news)
            else:
                for element in elements:
                    table.renew(selection.affected(element), news)
        except Exception as error:
            self._fail(table, error)

    def _fail(self, table: LiveTable, error: Exception) -> None:
        """End a query whose condition cannot be decided any longer."""
        if not isinstance(error, OagwError):
            _log.failure("a live query failed", Failure(error))
            error = UnexpectedStateError("the query failed inside oagw; the log says why")
        self.remove(table.query, table.listener)
        self._release(table)
        table.listener.on_end(error)

    def notify(self) -> None:
        """Send the changes: one message for each query that has any."""
        if not self._changes:
            return
        changes, self._changes = self._changes, {}
        for table, news in changes.items():
            if not table.is_active or not (news.rows or news.gone):
                continue
            try:
                table.listener.on_rows(list(news.rows.values()), list(news.gone))
            except Exception as error:
                self._fail(table, error)
