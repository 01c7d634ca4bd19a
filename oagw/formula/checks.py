"""What operators and functions demand of values, and the bounds of their results."""

from __future__ import annotations

from typing import Any, NoReturn

from oagw.model.dptypes import ElementType
from oagw.model.values import Value, to_wire

#: The longest text that a formula works on or results in, in characters.
MAX_RESULT = 64 * 1024

#: The plain types of numbers; a bool counts as 0 or 1.
NUMBERS = frozenset({bool, int, float})

_LOW, _HIGH = -(2**63), 2**64 - 1
_LARGEST = 1.7976931348623157e308


class FormulaError(Exception):
    """A formula has no result for these values; the text is a sentence for the user."""


def fit(number: int | float) -> int | float:
    """A result, if it is a finite float or a whole number of 64 bit, signed or not.

    :raises FormulaError: it is neither.
    """
    if type(number) is float:
        # NaN compares false.
        if -_LARGEST <= number <= _LARGEST:
            return number
        raise FormulaError("a result is not a finite number")
    if _LOW <= number <= _HIGH:
        return number
    raise FormulaError("a whole number is beyond 64 bit")


def short(text: str) -> str:
    """A text, if it is not too long.

    :raises FormulaError: it is.
    """
    if len(text) > MAX_RESULT:
        raise FormulaError(f"a text is longer than {MAX_RESULT} characters")
    return text


def number(name: str, value: Value) -> int | float:
    """A number for an operator or a function.

    :raises FormulaError: the value is none.
    """
    if type(value) in NUMBERS:
        return value  # type: ignore[return-value]
    if isinstance(value, float):
        return float(value)
    return whole(name, value) if isinstance(value, int) else _refuse(name, "number", value)


def whole(name: str, value: Value) -> int:
    """A whole number for an operator or a function; a float is none, whatever it is.

    :raises FormulaError: the value is none.
    """
    if isinstance(value, int):
        return int(value)
    _refuse(name, "whole number", value)


def bit_number(name: str, value: Value) -> int:
    """The number of a bit: 0 to 63.

    :raises FormulaError: the value is none.
    """
    bit = whole(name, value)
    if 0 <= bit <= 63:
        return bit
    raise FormulaError(f"{name} goes from bit 0 to 63, not to {bit}")


def is_text(value: Value) -> bool:
    """Whether a value counts as a text: a string or a langString."""
    return isinstance(value, str | dict)


def text(name: str, value: Value) -> str:
    """A text for an operator or a function; of a langString what a client reads.

    :raises FormulaError: the value is none, or too long.
    """
    if isinstance(value, dict):
        value = to_wire(value, ElementType.LANG_STRING)  # type: ignore[assignment]
    return short(value) if isinstance(value, str) else _refuse(name, "text", value)


def members(name: str, value: Value) -> tuple[Value, ...]:
    """The members of a list for a function.

    :raises FormulaError: the value is not a list.
    """
    return value if isinstance(value, tuple) else _refuse(name, "list", value)


def truth(value: Value) -> bool:
    """Whether a condition holds: it is a number other than 0.

    :raises FormulaError: the value is not a number.
    """
    if isinstance(value, int | float):
        return value != 0
    _refuse("a condition", "number", value)


def kind(value: Any) -> str:
    """What a value is, for a message."""
    if isinstance(value, float):
        return "float"
    if isinstance(value, int):
        return "number"
    if is_text(value):
        return "text"
    return "list" if isinstance(value, tuple) else "blob"


def _refuse(name: str, wanted: str, value: Value) -> NoReturn:
    raise FormulaError(f"{name} needs a {wanted}, not a {kind(value)}")
