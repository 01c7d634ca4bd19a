"""Live queries of the embedded system: a change costs only the queries that cover it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.errors import OagwError, UnexpectedStateError
from oagw.interfaces.systems import RowsListener
from oagw.plant.plant import (
    Datapoint,
    Element,
)
from oagw.plant.queries.queryscan import Scan
from oagw.plant.queries.selection import Selection
from oagw.query.finishing import Row
from oagw.query.tree import Column, Keyword, Query

_log = Logger()
#: What other keywords than these follow from does not change without an event.
_TEXTS = frozenset((Keyword.ALIAS, Keyword.COMMENT, Keyword.UNIT))
#: Datapoints that are let go of in about a millisecond.
_SLICE = 500


@dataclass(slots=True)
class _News:
    """What one atomic change did to the rows of a query, by their names."""

    rows: dict[str, Row] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)

    def show(self, name: str, row: Row) -> None:
        """A row is new, or has changed."""
        self.rows[name] = row
        self.gone.pop(name, None)

    def hide(self, name: str) -> None:
        """A row is no more."""
        self.rows.pop(name, None)
        self.gone[name] = None


class LiveTable:
    """A query that runs: the elements that it covers, and who is told of changes.

    :ivar configs: those that it reads.
    :ivar shown: the elements that have a row, with the names that their rows have.
    :ivar is_told: it is told of changes; while it is made or ended, it is not.
    """

    def __init__(self, selection: Selection, listener: RowsListener) -> None:
        query = selection.query
        self.query = query
        self.listener = listener
        self.selection = selection
        self.configs = frozenset(
            {one.config for one in query.operands if isinstance(one, Column)}
            | ({"_common"} if _TEXTS.intersection(query.operands) else set())
        )
        self.shown: dict[Element, str] = {}
        self.is_told = False
        self._alone = (self,)
        self._datapoints: dict[Datapoint, None] = {}

    def admit(self, datapoint: Datapoint, subjects: Sequence[Element]) -> list[Row]:
        """Cover what is to be covered of a datapoint; returns its rows.

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
            # One object for all elements that have no other table.
            element.tables = self._alone
        elif self not in tables:
            element.tables = (*tables, self)

    def _leave(self, element: Element) -> None:
        tables = element.tables
        if tables is not None and self in tables:
            element.tables = tuple(one for one in tables if one is not self) or None

    def lose(self, element: Element) -> str | None:
        """An element is no more; returns what its row was called, if it had one."""
        self._leave(element)
        if not element.datapoint.elements:
            self._datapoints.pop(element.datapoint, None)
        return self.shown.pop(element, None)

    def read(self, datapoint: Datapoint, subjects: Sequence[Element]) -> list[Row]:
        """The rows of a datapoint, as :meth:`admit` has let them in."""
        rows = (self.selection.row(one) for one in subjects if one in self.shown)
        return [row for row in rows if row is not None]

    def renew(self, subjects: Sequence[Element], news: _News) -> None:
        """Find out what has become of rows.

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
        """Be told of nothing any more; a step for each slice of the work."""
        self.is_told = False
        datapoints, self._datapoints = self._datapoints, {}
        for number, datapoint in enumerate(datapoints, 1):
            for element in datapoint.elements:
                self._leave(element)
            if number % _SLICE == 0:
                yield


class LiveTables:
    """All running queries of one plant, and what is being read of it in slices.

    What fails in one of them ends that one: the change that it is told of has happened,
    and others are to be told of it too.

    :param release: runs :meth:`LiveTable.end` of a query that has ended by itself.
    """

    def __init__(self, release: Callable[[LiveTable], None]) -> None:
        self._release = release
        self._tables: dict[tuple[Query, RowsListener], LiveTable] = {}
        #: Those that an alias has led to their datapoints; it may lead to others later.
        self._by_alias: dict[str, dict[LiveTable, None]] = {}
        self._scans: dict[Scan, None] = {}
        self._news: dict[LiveTable, _News] = {}

    def find(self, query: Query, listener: RowsListener) -> LiveTable | None:
        """The running query of a listener."""
        return self._tables.get((query, listener))

    def add(self, table: LiveTable) -> None:
        """Tell a table of changes from now on."""
        table.is_told = True
        self._tables[table.query, table.listener] = table
        for alias in table.selection.aliases:
            self._by_alias.setdefault(alias, {})[table] = None

    def remove(self, query: Query, listener: RowsListener) -> LiveTable | None:
        """Tell a table of nothing any more; its :meth:`LiveTable.end` is left to do."""
        table = self._tables.pop((query, listener), None)
        if table is not None:
            table.is_told = False
            self._news.pop(table, None)
            for alias in table.selection.aliases:
                of_alias = self._by_alias[alias]
                del of_alias[table]
                if not of_alias:
                    del self._by_alias[alias]
        return table

    def begin(self, scan: Scan) -> None:
        """Let a scan know of changes until :meth:`done`."""
        self._scans[scan] = None

    def done(self, scan: Scan) -> None:
        """A scan needs to know no more."""
        self._scans.pop(scan, None)

    def on_change(self, changed: Mapping[Element, Set[str]]) -> None:
        """Note what one atomic change did to elements; :meth:`tell` must follow."""
        for scan in self._scans:
            scan.note(element.datapoint for element in changed)
        touched: dict[LiveTable, list[Element]] = {}
        for element, configs in changed.items():
            if "_common" in configs:
                self._follow_alias(element)
            for table in element.tables or ():
                if table.is_told and not table.configs.isdisjoint(configs):
                    touched.setdefault(table, []).append(element)
        for table, elements in touched.items():
            # One that fails may end others.
            if table.is_told:
                self._renew(table, elements)

    def _follow_alias(self, element: Element) -> None:
        """An element may have got an alias: cover it where that is asked for."""
        alias = str(element.stored("_common").get("_alias", ""))
        for table in list(self._by_alias.get(alias, ())):
            if not table.covers(element.datapoint):
                self._readmit(table, element.datapoint)

    def check(self) -> None:
        """Types have changed: end what a query that is sent now would be refused for."""
        for table in list(self._tables.values()):
            try:
                table.selection.check()
            except Exception as error:
                self._fail(table, error)

    def refresh(self, datapoints: Sequence[Datapoint]) -> None:
        """Datapoints are new, or have other names or elements: note what fits now."""
        for scan in self._scans:
            scan.note(datapoints)
        for table in list(self._tables.values()):
            for datapoint in datapoints:
                # One may end it, or end another that is not looked at yet.
                if table.is_told:
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
        news = self._noted(table)
        for element, name in before.items():
            if shown.get(element) != name:
                news.hide(name)
        known = set(before.values())
        for row in rows:
            name = str(row[0])
            # Of a named element, the path may lead to another one now.
            if name not in known or not table.selection.is_direct:
                news.show(name, row)

    def lose(self, elements: Iterable[Element]) -> None:
        """Elements are no more: note that their rows leave."""
        for element in elements:
            for scan in self._scans:
                scan.note((element.datapoint,))
            for table in element.tables or ():
                name = table.lose(element)
                if name is not None and table.is_told:
                    self._noted(table).hide(name)

    def _noted(self, table: LiveTable) -> _News:
        news = self._news.get(table)
        if news is None:
            news = self._news[table] = _News()
        return news

    def _renew(self, table: LiveTable, elements: Sequence[Element]) -> None:
        news = self._noted(table)
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
        """A condition cannot be decided any more: the query ends."""
        if not isinstance(error, OagwError):
            _log.failure("a live query failed", Failure(error))
            error = UnexpectedStateError("the query failed inside oagw; the log says why")
        self.remove(table.query, table.listener)
        self._release(table)
        table.listener.on_end(error)

    def tell(self) -> None:
        """Tell of what was noted: one message for each query that it changed."""
        if not self._news:
            return
        told, self._news = self._news, {}
        for table, news in told.items():
            if not table.is_told or not (news.rows or news.gone):
                continue
            try:
                table.listener.on_rows(list(news.rows.values()), list(news.gone))
            except Exception as error:
                self._fail(table, error)
