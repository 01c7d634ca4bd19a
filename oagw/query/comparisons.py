"""Comparisons between an attribute value and the literals of a query.

The type of the attribute decides: numbers (and bool) compare as numbers, times as times,
texts as texts. A literal is converted to that type if this is possible without loss.
Otherwise the comparison is an error, not silently false.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from datetime import tzinfo
from enum import Enum, auto
from typing import Any, TypeAlias

from oagw.errors import ConversionError
from oagw.model.dptypes import ElementType
from oagw.model.literals import number_of
from oagw.model.times import NS_PER_MS, to_ms
from oagw.model.values import convert, to_wire
from oagw.query.timetexts import read_time
from oagw.query.tree import Literal, Operator

#: Returns whether an attribute value matches.
Check: TypeAlias = Callable[[Any], bool]


class Family(Enum):
    """A group of types whose values can be compared with each other."""

    NUMBER = auto()
    TIME = auto()
    TEXT = auto()


_FAMILIES = {
    **dict.fromkeys(
        (
            ElementType.BOOL,
            ElementType.CHAR,
            ElementType.UINT,
            ElementType.INT,
            ElementType.FLOAT,
            ElementType.BIT32,
            ElementType.BIT64,
            ElementType.LONG,
            ElementType.ULONG,
        ),
        Family.NUMBER,
    ),
    ElementType.TIME: Family.TIME,
    ElementType.STRING: Family.TEXT,
    ElementType.DPID: Family.TEXT,
    ElementType.LANG_STRING: Family.TEXT,
}
_OPERATIONS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQUAL: operator.eq,
    Operator.LESS: operator.lt,
    Operator.LESS_EQUAL: operator.le,
    Operator.GREATER: operator.gt,
    Operator.GREATER_EQUAL: operator.ge,
}
#: Maximum length of a number; int() refuses thousands of digits.
_LONGEST_NUMBER = 400
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)


def check_of(
    kind: ElementType,
    how: Operator,
    literals: Sequence[Literal],
    zone: tzinfo | None,
) -> Check:
    """Return the function that checks a value of the given type.

    :param zone: the time zone of times without one; ``None`` is the server's local time.
    :raises ConversionError: the comparison is impossible.
    """
    family = _FAMILIES.get(kind)
    if family is None:
        raise ConversionError(f"values of type {kind.keyword} cannot be compared")
    if how is Operator.LIKE:
        return _like(kind, family, str(literals[0].value))
    wanted = [_brought(one, kind, family, how, zone) for one in literals]
    if family is Family.TIME:
        return _time_check(how, wanted)
    if how is Operator.IN:
        return _member(kind, frozenset(wanted))
    [value] = wanted
    operation = _OPERATIONS[how]
    if kind is ElementType.LANG_STRING:
        return lambda given: operation(to_wire(given, kind), value)
    return lambda given: operation(given, value)


def pair_check(left: ElementType, how: Operator, right: ElementType) -> Check:
    """Return the function that checks a pair of values of two types.

    :raises ConversionError: the types cannot be compared.
    """
    family = _FAMILIES.get(left)
    if family is None or family is not _FAMILIES.get(right):
        raise ConversionError(
            f"values of type {left.keyword} cannot be compared with {right.keyword}"
        )
    operation = _OPERATIONS[how]
    if ElementType.LANG_STRING in (left, right):
        return lambda pair: operation(to_wire(pair[0], left), to_wire(pair[1], right))
    return lambda pair: operation(pair[0], pair[1])


def _member(kind: ElementType, wanted: frozenset[object]) -> Check:
    if kind is ElementType.LANG_STRING:
        return lambda given: to_wire(given, kind) in wanted
    return lambda given: given in wanted


def _brought(
    literal: Literal, kind: ElementType, family: Family, how: Operator, zone: tzinfo | None
) -> Any:
    """Return a literal, converted to the family of the attribute."""
    value = literal.value
    if family is Family.NUMBER:
        return _as_number(value, kind)
    if family is Family.TIME:
        return _as_time(value, zone)
    if isinstance(value, str):
        return value
    if how in (Operator.EQUAL, Operator.IN):
        return convert(value, ElementType.STRING)
    raise ConversionError(
        f"values of type {kind.keyword} have no order relative to the number {value}; "
        f'write the number as a text, "{value}"'
    )


def _as_number(value: bool | int | float | str, kind: ElementType) -> int | float:
    if kind is ElementType.FLOAT and isinstance(value, int):
        # Round to the nearest double, as values of the element are.
        return _nearest(value)
    if not isinstance(value, str):
        return value
    if kind is ElementType.BOOL:
        return bool(convert(value, kind))
    if len(value) > _LONGEST_NUMBER or _NUMBER.fullmatch(value) is None:
        raise ConversionError(
            f'"{value[:60]}" is not a number; values of type {kind.keyword} are numbers'
        )
    if kind is ElementType.FLOAT:
        return float(value)
    if value.strip().lstrip("+-").isdigit():
        return int(value)
    return number_of(value)


def _nearest(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _as_time(value: bool | int | float | str, zone: tzinfo | None) -> int:
    if isinstance(value, bool):
        raise ConversionError("TRUE and FALSE are not times")
    return read_time(value, zone, clamp=True)


def _time_check(how: Operator, wanted: Sequence[int]) -> Check:
    """Compare whole milliseconds with ms, as clients see times; finer times with ns."""
    operation = _OPERATIONS.get(how)
    if all(time % NS_PER_MS == 0 for time in wanted):
        seen = [to_ms(time) for time in wanted]
        if operation is None:
            return lambda given: to_ms(given) in seen
        return lambda given: operation(to_ms(given), seen[0])
    if operation is None:
        return lambda given: given in wanted
    return lambda given: operation(given, wanted[0])


def _like(kind: ElementType, family: Family, pattern: str) -> Check:
    if family is not Family.TEXT:
        raise ConversionError(f"LIKE compares texts, but this is of type {kind.keyword}")
    fullmatch = like_pattern(pattern).fullmatch
    if kind is ElementType.LANG_STRING:
        return lambda given: fullmatch(str(to_wire(given, kind))) is not None
    return lambda given: fullmatch(given) is not None


def like_pattern(text: str) -> re.Pattern[str]:
    """Compile a LIKE pattern: ``*`` matches any text, ``?`` one character.

    The first match of each fixed piece between two ``*`` is final. Without backtracking no
    pattern takes long to fail.
    """
    head, *pieces = (_fixed(piece) for piece in re.split(r"\*+", text))
    if not pieces:
        return re.compile(head, re.DOTALL)
    *middle, tail = pieces
    found = "".join(f"(?>.*?{piece})" for piece in middle)
    return re.compile(f"{head}{found}.*{tail}", re.DOTALL)


def _fixed(piece: str) -> str:
    return "".join("." if char == "?" else re.escape(char) for char in piece)
