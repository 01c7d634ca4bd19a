"""The syntax tree of a query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from oagw.model.patterns import Pattern


@dataclass(frozen=True, slots=True)
class Column:
    """An attribute, of the element that a row is about or of a named one.

    :ivar element: the path of a named element of the row's datapoint; the root's is
        empty. ``None`` is the element that the row is about.
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
    """A group function: what becomes of a column's values in each group."""

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
    """What can be asked of the element that a row is about, besides its attributes."""

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
    """A number, a truth value or a text as it stands in the query.

    :ivar kind: tells 1 from 1.0 and from TRUE, which are equal in Python.
    """

    value: bool | int | float | str
    kind: str

    @classmethod
    def of(cls, value: bool | int | float | str) -> Literal:
        """The literal of a value."""
        return cls(value, type(value).__name__)


class Operator(Enum):
    """How two operands are compared; what negates one of these is a :class:`Not`."""

    EQUAL = "=="
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="
    LIKE = "LIKE"
    IN = "IN"


#: What a condition is about.
Operand: TypeAlias = Column | Keyword


@dataclass(frozen=True, slots=True)
class Comparison:
    """``operand operator value``; IN has any number of values, all others have one."""

    operand: Operand
    operator: Operator
    values: tuple[Literal | Operand, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Conditions that must all hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Conditions of which one must hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """A condition that must not hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Constant:
    """A condition that does not depend on anything, as ``TRUE`` or ``1 = 1``."""

    value: bool


Condition: TypeAlias = Comparison | All | AnyOf | Not | Constant


@dataclass(frozen=True, slots=True)
class Period:
    """``TIMERANGE``: source times from ``first`` to ``last`` in ns, both included.

    :ivar bonus: how many values before and after are wanted as well.
    """

    first: int
    last: int
    bonus: int


#: Stands for the column of times, which has no number in SORT BY.
TIME_COLUMN = -1


@dataclass(frozen=True, slots=True)
class SortKey:
    """A column of the answer by its number: 0 is the name, 1 the first attribute.

    The times of a query of the archive, which come between them, are ``TIME_COLUMN``.
    """

    column: int
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query.

    Equal queries (by meaning, not by spelling) are equal and hash alike, so that
    they can be evaluated once for all who ask.

    :ivar remote: the system that REMOTE names, ``*`` for all; empty without it.
    :ivar is_alert: whether it is about alerts.
    :ivar group: what GROUP BY names.
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
        """The attributes that its columns are made of."""
        return tuple(
            one.column if isinstance(one, ColumnAggregate) else one for one in self.columns
        )

    @property
    def is_named(self) -> bool:
        """Whether it selects named elements: a row is about a datapoint then."""
        return any(one.element is not None for one in self.attributes)

    @property
    def is_grouped(self) -> bool:
        """Whether rows are gathered in groups."""
        return bool(self.group) or any(
            isinstance(one, ColumnAggregate) for one in self.columns
        )

    @property
    def is_reduced(self) -> bool:
        """Whether the answer may have fewer rows than are found."""
        return self.is_grouped or self.first is not None or self.last is not None

    @property
    def enough(self) -> int | None:
        """How many rows are enough, whatever more there are; ``None`` is all."""
        return None if self.sort or self.is_grouped or self.last else self.first

    @property
    def header(self) -> list[str]:
        """The titles of all columns; the first is the name, untitled."""
        titles = [column.header for column in self.columns]
        if self.period is not None and not self.is_grouped:
            titles.insert(0, f":{self.attributes[0].config}.._stime")
        return ["", *titles]

    @property
    def operands(self) -> tuple[Operand, ...]:
        """All that it reads of an element: columns, conditions and groups."""
        where = () if self.where is None else tuple(operands(self.where))
        return (*self.attributes, *self.group, *where)


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """All comparisons of a condition."""
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
    """All that a condition is about."""
    for one in comparisons(condition):
        yield one.operand
        yield from (value for value in one.values if not isinstance(value, Literal))
