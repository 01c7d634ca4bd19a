"""Type checks for operators and functions, and limits for their results."""

from __future__ import annotations

from typing import Any, NoReturn

from oagw.model.dptypes import ElementType
from oagw.model.values import Value, to_wire

#: Maximum length of an argument or result text, in characters.
MAX_RESULT = 64 * 1024

#: The number types; a bool counts as 0 or 1.
NUMBERS = frozenset({bool, int, float})

_LOW, _HIGH = -(2**63), 2**64 - 1
_LARGEST = 1.7976931348623157e308


class FormulaError(Exception):
    """A formula has no result for these values; the message is a sentence for the user."""


def fit(number: int | float) -> int | float:
    """Return a result if it is a finite float or a whole number of 64 bits.

    The whole number may be signed or unsigned.

    :raises FormulaError: it is neither.
    """
    if type(number) is float:
        # Comparisons with NaN are false.
        if -_LARGEST <= number <= _LARGEST:
            return number
        raise FormulaError("a result is not a finite number")
    if _LOW <= number <= _HIGH:
        return number
    raise FormulaError("a whole number exceeds 64 bits")


def short(text: str) -> str:
    """Return a text if it does not exceed the maximum length.

    :raises FormulaError: it is too long.
    """
    if len(text) > MAX_RESULT:
        raise FormulaError(f"a text is longer than {MAX_RESULT} characters")
    return text


def number(name: str, value: Value) -> int | float:
    """Return a number for an operator or a function.

    :raises FormulaError: the value is not a number.
    """
    if type(value) in NUMBERS:
        return value  # type: ignore[return-value]
    if isinstance(value, float):
        return float(value)
    return whole(name, value) if isinstance(value, int) else _refuse(name, "number", value)


def whole(name: str, value: Value) -> int:
    """Return a whole number for an operator or a function; floats are refused, even 1.0.

    :raises FormulaError: the value is not a whole number.
    """
    if isinstance(value, int):
        return int(value)
    _refuse(name, "whole number", value)


def bit_number(name: str, value: Value) -> int:
    """Return the number of a bit: 0 to 63.

    :raises FormulaError: the value is not a bit number.
    """
    bit = whole(name, value)
    if 0 <= bit <= 63:
        return bit
    raise FormulaError(f"{name} needs a number from 0 to 63, not {bit}")


def is_text(value: Value) -> bool:
    """Return whether a value counts as a text: a string or a langString."""
    return isinstance(value, str | dict)


def text(name: str, value: Value) -> str:
    """Return a text for an operator or a function; a langString in the server's language.

    :raises FormulaError: the value is not a text, or it is too long.
    """
    if isinstance(value, dict):
        value = to_wire(value, ElementType.LANG_STRING)  # type: ignore[assignment]
    return short(value) if isinstance(value, str) else _refuse(name, "text", value)


def members(name: str, value: Value) -> tuple[Value, ...]:
    """Return the members of a list for a function.

    :raises FormulaError: the value is not a list.
    """
    return value if isinstance(value, tuple) else _refuse(name, "list", value)


def truth(value: Value) -> bool:
    """Return whether a condition holds: it must be a number other than 0.

    :raises FormulaError: the value is not a number.
    """
    if isinstance(value, int | float):
        return value != 0
    _refuse("a condition", "number", value)


def kind(value: Any) -> str:
    """Return the kind of a value in words, for a message."""
    if isinstance(value, float):
        return "float"
    if isinstance(value, int):
        return "number"
    if is_text(value):
        return "text"
    return "list" if isinstance(value, tuple) else "blob"


def _refuse(name: str, wanted: str, value: Value) -> NoReturn:
    raise FormulaError(f"{name} needs a {wanted}, not a {kind(value)}")
