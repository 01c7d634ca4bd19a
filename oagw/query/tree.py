"""The syntax tree of a query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from oagw.model.patterns import Pattern


@dataclass(frozen=True, slots=True)
class Column:
    """An attribute of the row's element or of a named element.

    :ivar element: the path of the named element of the row's datapoint; empty for the root.
        ``None`` stands for the row's element.
    """

    config: str
    detail: str
    attribute: str
    element: str | None = None

    @property
    def header(self) -> str:
        """The column's title: ``:_online.._value``, ``.Status:_online.._value``."""
        named = "" if self.element is None else f".{self.element}"
        return f"{named}:{self.config}.{self.detail}.{self.attribute}"


class GroupFunction(Enum):
    """A group function, which is applied to a column of each group."""

    MINIMUM = "MIN"
    MAXIMUM = "MAX"
    SUM = "SUM"
    AVERAGE = "AVG"
    COUNT = "COUNT"
    FIRST = "FIRST"
    LAST = "LAST"


@dataclass(frozen=True, slots=True)
class ColumnAggregate:
    """A group function of a column."""

    function: GroupFunction
    column: Column

    @property
    def header(self) -> str:
        """The column's title: ``MAX(:_online.._value)``."""
        return f"{self.function.value}({self.column.header})"


class Keyword(Enum):
    """A property of the row's element, other than an attribute."""

    SYSTEM = "_SYS"
    DATAPOINT = "_DP"
    TYPE = "_DPT"
    TYPE_REFERENCE = "_DPTR"
    ELEMENT = "_EL"
    ELEMENT_TYPE = "_ELC"
    LEAF = "_LEAF"
    ALIAS = "_ALIAS"
    COMMENT = "_COMMENT"
    UNIT = "_UNIT"


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a bool or a text, as it is written in the query.

    :ivar kind: distinguishes 1, 1.0 and TRUE, which are equal in Python.
    """

    value: bool | int | float | str
    kind: str

    @classmethod
    def of(cls, value: bool | int | float | str) -> Literal:
        """Return the literal of a value."""
        return cls(value, type(value).__name__)


class Operator(Enum):
    """A comparison operator; negation is a separate :class:`Not`."""

    EQUAL = "=="
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="
    LIKE = "LIKE"
    IN = "IN"


#: The left side of a comparison.
Operand: TypeAlias = Column | Keyword


@dataclass(frozen=True, slots=True)
class Comparison:
    """``operand operator value``; IN has any number of values, other operators have one."""

    operand: Operand
    operator: Operator
    values: tuple[Literal | Operand, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Conditions that must all hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Conditions of which at least one must hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """A condition that must not hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Constant:
    """A condition that does not depend on any element, such as ``TRUE`` or ``1 = 1``."""

    value: bool


Condition: TypeAlias = Comparison | All | AnyOf | Not | Constant


@dataclass(frozen=True, slots=True)
class Period:
    """``TIMERANGE``: source times from ``first`` to ``last`` in ns, both included.

    :ivar bonus: the number of extra values before and after the period.
    """

    first: int
    last: int
    bonus: int


#: Stands for the time column, which has no number in SORT BY.
TIME_COLUMN = -1


@dataclass(frozen=True, slots=True)
class SortKey:
    """A sort column by number: 0 is the name, 1 the first attribute.

    The time column of an archive query, which lies between them, is ``TIME_COLUMN``.
    """

    column: int
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query.

    Queries with the same meaning compare equal and have the same hash, whatever their
    spelling. So one evaluation serves all clients with the same query.

    :ivar remote: the system in REMOTE; ``*`` for all systems, empty without REMOTE.
    :ivar is_alert: the query selects alerts.
    :ivar group: the operands of GROUP BY.
    """

    columns: tuple[Column | ColumnAggregate, ...]
    source: Pattern
    remote: str = ""
    where: Condition | None = None
    period: Period | None = None
    is_alert: bool = False
    group: tuple[Operand, ...] = ()
    sort: tuple[SortKey, ...] = ()
    first: int | None = None
    last: int | None = None

    @property
    def attributes(self) -> tuple[Column, ...]:
        """The attributes of all columns."""
        return tuple(
            one.column if isinstance(one, ColumnAggregate) else one for one in self.columns
        )

    @property
    def is_named(self) -> bool:
        """Whether the columns name elements, so that each row stands for a datapoint."""
        return any(one.element is not None for one in self.attributes)

    @property
    def is_grouped(self) -> bool:
        """Whether the rows are grouped."""
        return bool(self.group) or any(
            isinstance(one, ColumnAggregate) for one in self.columns
        )

    @property
    def is_reduced(self) -> bool:
        """Whether the answer may have fewer rows than match."""
        return self.is_grouped or self.first is not None or self.last is not None

    @property
    def enough(self) -> int | None:
        """The number of rows after which the search can stop; ``None`` if it cannot."""
        return None if self.sort or self.is_grouped or self.last else self.first

    @property
    def header(self) -> list[str]:
        """The titles of all columns; the first column is the name, its title is empty."""
        titles = [column.header for column in self.columns]
        if self.period is not None and not self.is_grouped:
            titles.insert(0, f":{self.attributes[0].config}.._stime")
        return ["", *titles]

    @property
    def operands(self) -> tuple[Operand, ...]:
        """All attributes and keywords of columns, conditions and groups."""
        where = () if self.where is None else tuple(operands(self.where))
        return (*self.attributes, *self.group, *where)


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Yield all comparisons of a condition."""
    match condition:
        case Constant():
            return
        case Comparison():
            yield condition
        case Not():
            yield from comparisons(condition.part)
        case All() | AnyOf():
            for part in condition.parts:
                yield from comparisons(part)


def operands(condition: Condition) -> Iterator[Operand]:
    """Yield all attributes and keywords of a condition."""
    for one in comparisons(condition):
        yield one.operand
        yield from (value for value in one.values if not isinstance(value, Literal))
