"""From the rows that were found to the rows of the answer: groups, order, first and last.

All of it in slices, for an answer may have hundreds of thousands of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from oagw.errors import ConversionError
from oagw.model.sorting import Sorting
from oagw.model.values import WireValue
from oagw.query.tree import (
    TIME_COLUMN,
    Column,
    ColumnAggregate,
    GroupFunction,
    Query,
    SortKey,
)

#: A row: the name of its element or datapoint, and its columns.
Row: TypeAlias = list[WireValue]

#: Rows that are grouped in a millisecond.
_GROUPED = 500


class Finishing:
    """Makes the answer of the rows that were found.

    :param groups: rows that are in groups already; they come before the others.
    :ivar rows: the rows, in the end those of the answer.
    """

    def __init__(
        self, query: Query, rows: list[Row], groups: Iterable[RowGroups] = ()
    ) -> None:
        self._query = query
        self._groups = groups
        self.rows = rows

    def steps(self) -> Iterator[None]:
        """Do it; a step for each slice of the work.

        :raises ConversionError: a group function cannot be computed of these values.
        """
        query = self._query
        if query.is_grouped:
            groups = RowGroups(query)
            for some in self._groups:
                yield from groups.merge(some)
            for start in range(0, len(self.rows), _GROUPED):
                groups.add(self.rows[start : start + _GROUPED])
                yield
            self.rows = groups.rows()
        for key in reversed(query.sort):
            yield from self._sort(key)
        if query.first is not None:
            self.rows = self.rows[: query.first]
        elif query.last is not None:
            self.rows = self.rows[max(len(self.rows) - query.last, 0) :]

    def _sort(self, sort: SortKey) -> Iterator[None]:
        """Sort by one column; rows that are equal in it stay in their order."""
        number = place_of(self._query, sort)

        def key(row: Row) -> Any:
            return _rank(row[number])

        sorting = Sorting(self.rows, key, sort.descending)
        yield from sorting.steps()
        self.rows = sorting.items


def place_of(query: Query, sort: SortKey) -> int:
    """Where a column stands in the rows: a query of the archive has times before them."""
    if sort.column == TIME_COLUMN:
        return 1
    shifted = sort.column and query.period is not None and not query.is_grouped
    return sort.column + 1 if shifted else sort.column


def finished(query: Query, rows: list[Row], groups: Iterable[RowGroups] = ()) -> list[Row]:
    """The answer's rows, all at once."""
    finishing = Finishing(query, rows, groups)
    for _ in finishing.steps():
        pass
    return finishing.rows


def _rank(value: WireValue) -> Any:
    """What values are ordered by: nothing, numbers, texts, lists."""
    if isinstance(value, str):
        return 2, value
    if value is None:
        return 0, 0
    if isinstance(value, list):
        return 3, [_rank(one) for one in value]
    return 1, value


class RowGroups:
    """Gathers rows that agree in what the query groups by.

    A row has a name, a time if the query is one of the archive, the query's columns and
    what it groups by.
    """

    def __init__(self, query: Query) -> None:
        self._columns = query.columns
        self._keys = len(query.group)
        self._start = 2 if query.period is not None else 1
        self._groups: dict[Any, list[_Gathering]] = {}
        self._names: dict[Any, WireValue] = {}
        if not query.group:
            # Without anything to group by, all is one group, also if there is nothing.
            self._groups[()] = self._new()
            self._names[()] = ""

    def _new(self) -> list[_Gathering]:
        return [_Gathering(column) for column in self._columns]

    def add(self, rows: Iterable[Row]) -> None:
        """Take rows into their groups."""
        start, groups = self._start, self._groups
        width = start + len(self._columns)
        for row in rows:
            keys = row[width:]
            key = tuple(_hashable(one) for one in keys)
            group = groups.get(key)
            if group is None:
                group = groups[key] = self._new()
                self._names[key] = ", ".join(_shown(one) for one in keys)
            for gathering, value in zip(group, row[start:width], strict=True):
                gathering.add(value)

    def merge(self, later: RowGroups) -> Iterator[None]:
        """Take in groups of rows that come after those that are here; in slices."""
        for number, (key, group) in enumerate(later._groups.items()):
            if number % _GROUPED == _GROUPED - 1:
                yield
            mine = self._groups.get(key)
            if mine is None:
                self._groups[key] = group
                self._names[key] = later._names[key]
                continue
            for gathering, other in zip(mine, group, strict=True):
                gathering.merge(other)

    def rows(self) -> list[Row]:
        """A row for each group, in the order in which they appeared.

        :raises ConversionError: a function cannot be computed of these values.
        """
        return [
            [self._names[key], *(one.result() for one in group)]
            for key, group in self._groups.items()
        ]


def _hashable(value: WireValue) -> object:
    return str(value) if isinstance(value, list | dict) else (type(value), value)


def _shown(value: WireValue) -> str:
    return "" if value is None else str(value)


class _Gathering:
    """What is kept of a column's values in one group."""

    def __init__(self, column: Column | ColumnAggregate) -> None:
        self._column = column
        function = (
            column.function if isinstance(column, ColumnAggregate) else GroupFunction.FIRST
        )
        self._function = function
        self._step = _STEPS[function]
        self._count = 0
        self._kept: Any = None

    def add(self, value: WireValue) -> None:
        """Take in a value; nothing is none."""
        if value is None:
            return
        self._count += 1
        if self._count == 1:
            self._kept = self._checked(value)
        else:
            try:
                self._kept = self._step(self._kept, value)
            except TypeError as error:
                raise self._misfit(value) from error

    def merge(self, later: _Gathering) -> None:
        """Take in what was kept of values that come after those that are here."""
        count = self._count + later._count
        if later._count:
            self.add(later._kept)
        self._count = count

    def _checked(self, value: WireValue) -> WireValue:
        if self._function not in (GroupFunction.SUM, GroupFunction.AVERAGE):
            return value
        if not isinstance(value, int | float):
            raise self._misfit(value)
        return int(value) if isinstance(value, bool) else value

    def _misfit(self, value: WireValue) -> ConversionError:
        return ConversionError(
            f"{self._column.header} cannot be computed: there is the value "
            f"{str(value)[:60]!r} beside others, or among them"
        )

    def result(self) -> WireValue:
        """What has become of the values."""
        if self._function is GroupFunction.COUNT:
            return self._count
        if self._function is GroupFunction.AVERAGE and self._count:
            average: float = self._kept / self._count
            return average
        kept: WireValue = self._kept
        return kept


def _add(kept: Any, value: Any) -> Any:
    if isinstance(value, str | list):
        raise TypeError
    return kept + value


_STEPS: dict[GroupFunction, Callable[[Any, Any], Any]] = {
    GroupFunction.MINIMUM: min,
    GroupFunction.MAXIMUM: max,
    GroupFunction.SUM: _add,
    GroupFunction.AVERAGE: _add,
    GroupFunction.COUNT: lambda kept, value: kept,
    GroupFunction.FIRST: lambda kept, value: kept,
    GroupFunction.LAST: lambda kept, value: value,
}
