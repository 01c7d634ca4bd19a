"""A query as text again, for the system that it is sent to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from oagw.model.times import to_iso_ns
from oagw.query.tree import (
    TIME_COLUMN,
    All,
    AnyOf,
    Column,
    ColumnAggregate,
    Comparison,
    Condition,
    Constant,
    Keyword,
    Literal,
    Not,
    Operand,
    Operator,
    Period,
    Query,
    SortKey,
)


@dataclass(frozen=True, slots=True)
class Style:
    """How times are written, which is not the same everywhere.

    :ivar time: the text of a time in ns.
    """

    time: Callable[[int], str] = to_iso_ns


def write_query(query: Query, source: str, style: Style = Style()) -> str:
    """The text of a query; read again, it means the same.

    :param source: what stands in FROM; REMOTE is left out.
    """
    columns = ", ".join(map(_column, query.columns))
    parts = [f"SELECT {'ALERT ' if query.is_alert else ''}{columns} FROM '{source}'"]
    if query.where is not None:
        parts.append(f"WHERE {_condition(query.where)}")
    if query.period is not None:
        parts.append(_period(query.period, style))
    if query.group:
        parts.append(f"GROUP BY {', '.join(map(_operand, query.group))}")
    if query.sort:
        parts.append(f"SORT BY {', '.join(_sort(query, one) for one in query.sort)}")
    if query.first is not None:
        parts.append(f"FIRST {query.first}")
    if query.last is not None:
        parts.append(f"LAST {query.last}")
    return " ".join(parts)


def _column(column: Column | ColumnAggregate) -> str:
    if isinstance(column, ColumnAggregate):
        return f"{column.function.value}({_attribute(column.column)})"
    return _attribute(column)


def _attribute(column: Column) -> str:
    text = column.header
    return f"'{text.removeprefix(':')}'"


def _operand(operand: Operand) -> str:
    return operand.value if isinstance(operand, Keyword) else _attribute(operand)


def _condition(condition: Condition) -> str:
    match condition:
        case Constant():
            return "1 == 1" if condition.value else "1 == 0"
        case Comparison():
            return _comparison(condition)
        case Not():
            return f"NOT {_inner(condition.part)}"
        case All():
            return " AND ".join(map(_inner, condition.parts))
        case AnyOf():
            return " OR ".join(map(_inner, condition.parts))


def _inner(condition: Condition) -> str:
    text = _condition(condition)
    return f"({text})" if isinstance(condition, All | AnyOf) else text


def _comparison(comparison: Comparison) -> str:
    left = _operand(comparison.operand)
    values = [_value(one) for one in comparison.values]
    if comparison.operator is Operator.IN:
        return f"{left} IN ({', '.join(values)})"
    return f"{left} {comparison.operator.value} {values[0]}"


def _value(value: Literal | Operand) -> str:
    if not isinstance(value, Literal):
        return _operand(value)
    given = value.value
    if isinstance(given, bool):
        return "TRUE" if given else "FALSE"
    if isinstance(given, str):
        escaped = given.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return repr(given)


def _period(period: Period, style: Style) -> str:
    first, last = style.time(period.first), style.time(period.last)
    return f'TIMERANGE("{first}", "{last}", 1, {period.bonus})'


def _sort(query: Query, key: SortKey) -> str:
    direction = " DESC" if key.descending else ""
    if key.column != TIME_COLUMN:
        return f"{key.column}{direction}"
    return f"'{query.attributes[0].config}.._stime'{direction}"
