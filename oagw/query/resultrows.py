"""From matching rows to the rows of the answer: group, sort, apply FIRST and LAST.

All work is done in slices, because an answer may have hundreds of thousands of rows.
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

#: The name of the element or datapoint, followed by the columns.
Row: TypeAlias = list[WireValue]

#: Number of rows to group in one step; this takes about a millisecond.
_GROUPED = 500


class ResultRows:
    """Creates the answer from the matching rows.

    :param groups: rows that are already grouped; they precede ``rows``.
    :ivar rows: the matching rows; after the last step the rows of the answer.
    """

    def __init__(
        self, query: Query, rows: list[Row], groups: Iterable[RowGroups] = ()
    ) -> None:
        self._query = query
        self._groups = groups
        self.rows = rows

    def steps(self) -> Iterator[None]:
        """Create the answer; yields after each slice.

        :raises ConversionError: a group function cannot be applied to these values.
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
        """Sort by one column; the sort is stable."""
        number = place_of(self._query, sort)

        def key(row: Row) -> Any:
            return _rank(row[number])

        sorting = Sorting(self.rows, key, sort.descending)
        yield from sorting.steps()
        self.rows = sorting.items


def place_of(query: Query, sort: SortKey) -> int:
    """Return the index of a column in the rows; archive queries insert a time column."""
    if sort.column == TIME_COLUMN:
        return 1
    shifted = sort.column and query.period is not None and not query.is_grouped
    return sort.column + 1 if shifted else sort.column


def finished(query: Query, rows: list[Row], groups: Iterable[RowGroups] = ()) -> list[Row]:
    """Return the rows of the answer in one step."""
    result = ResultRows(query, rows, groups)
    for _ in result.steps():
        pass
    return result.rows


def _rank(value: WireValue) -> Any:
    """Return the sort key of a value; the order is: no value, numbers, texts, lists."""
    if isinstance(value, str):
        return 2, value
    if value is None:
        return 0, 0
    if isinstance(value, list):
        return 3, [_rank(one) for one in value]
    return 1, value


class RowGroups:
    """Groups rows by the GROUP BY columns of the query.

    A row consists of a name, a time (only in archive queries), the columns of the query and
    the GROUP BY values.
    """

    def __init__(self, query: Query) -> None:
        self._columns = query.columns
        self._keys = len(query.group)
        self._start = 2 if query.period is not None else 1
        self._groups: dict[Any, list[_Gathering]] = {}
        self._names: dict[Any, WireValue] = {}
        if not query.group:
            # Without GROUP BY, all rows are one group, even if there are none.
            self._groups[()] = self._new()
            self._names[()] = ""

    def _new(self) -> list[_Gathering]:
        return [_Gathering(column) for column in self._columns]

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows to their groups."""
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
        """Add groups of later rows; yields after each slice."""
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
        """Return one row for each group, in order of appearance.

        :raises ConversionError: a group function cannot be applied to these values.
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
    """The state of one group function in one group."""

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
        """Add a value; ``None`` is ignored."""
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
        """Add the state of later values."""
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
            f"{self._column.header} cannot be computed: the value "
            f"{str(value)[:60]!r} does not fit the other values or the function"
        )

    def result(self) -> WireValue:
        """Return the result of the group function."""
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
