"""Comparing the value of an attribute with what a query has on the other side.

A comparison follows the type of the attribute: numbers (and bool) compare as numbers,
times as times, texts as texts. What the query has is brought to that type if that loses
nothing; else the comparison cannot be made, which is an error and no silent "no".
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

#: Whether the value of an attribute fits.
Check: TypeAlias = Callable[[Any], bool]


class Family(Enum):
    """Types whose values compare with each other."""

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
#: No number is written longer than this; int() refuses thousands of digits.
_LONGEST_NUMBER = 400
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)


def check_of(
    kind: ElementType,
    how: Operator,
    literals: Sequence[Literal],
    zone: tzinfo | None,
) -> Check:
    """What tells whether a value of a type fits.

    :param zone: what a time without a zone is in; ``None`` is the server's local time.
    :raises ConversionError: the comparison cannot be made.
    """
    family = _FAMILIES.get(kind)
    if family is None:
        raise ConversionError(f"a {kind.keyword} cannot be compared")
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
    """What tells whether a pair of values of two types fits.

    :raises ConversionError: the comparison cannot be made.
    """
    family = _FAMILIES.get(left)
    if family is None or family is not _FAMILIES.get(right):
        raise ConversionError(f"a {left.keyword} cannot be compared with a {right.keyword}")
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
    """What the query has, as a value of the attribute's family."""
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
        f"the order of a {kind.keyword} and the number {value} is not defined; write the "
        f'number as a text, "{value}"'
    )


def _as_number(value: bool | int | float | str, kind: ElementType) -> int | float:
    if kind is ElementType.FLOAT and isinstance(value, int):
        # As a value of the element would be: the nearest double.
        return _nearest(value)
    if not isinstance(value, str):
        return value
    if kind is ElementType.BOOL:
        return bool(convert(value, kind))
    if len(value) > _LONGEST_NUMBER or _NUMBER.fullmatch(value) is None:
        raise ConversionError(
            f'"{value[:60]}" is not a number, but values of type {kind.keyword} are'
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
    """Whole milliseconds are compared as clients see times, finer ones as they are."""
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
        raise ConversionError(f"LIKE compares texts, and this is a {kind.keyword}")
    fullmatch = like_pattern(pattern).fullmatch
    if kind is ElementType.LANG_STRING:
        return lambda given: fullmatch(str(to_wire(given, kind))) is not None
    return lambda given: fullmatch(given) is not None


def like_pattern(text: str) -> re.Pattern[str]:
    """What LIKE compares with: ``*`` is any text, ``?`` one character.

    Each fixed piece between two ``*`` is looked for once, as early as it can be: so no
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
