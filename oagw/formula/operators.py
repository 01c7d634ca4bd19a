"""The operators of formulas; they behave as in the vendor's language CTRL."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeAlias

from oagw.formula.checks import (
    NUMBERS,
    FormulaError,
    bit_number,
    fit,
    is_text,
    kind,
    number,
    short,
    text,
    truth,
    whole,
)
from oagw.model.values import Value

_Infix: TypeAlias = Callable[[Any, Any], Value]

#: The levels of binary operators, starting with the loosest, as in C.
LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!="),
    ("<", "<=", ">", ">="),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
)


def add(left: Any, right: Any) -> Value:
    """Add two numbers or join two texts."""
    if type(left) in NUMBERS and type(right) in NUMBERS:
        return fit(left + right)
    if is_text(left) and is_text(right):
        return short(text("'+'", left) + text("'+'", right))
    if is_text(left) or is_text(right):
        raise FormulaError(f"'+' cannot join a {kind(left)} and a {kind(right)}")
    return fit(number("'+'", left) + number("'+'", right))


def subtract(left: Any, right: Any) -> Value:
    """Subtract two numbers."""
    if type(left) not in NUMBERS or type(right) not in NUMBERS:
        left, right = number("'-'", left), number("'-'", right)
    return fit(left - right)


def multiply(left: Any, right: Any) -> Value:
    """Multiply two numbers."""
    if type(left) not in NUMBERS or type(right) not in NUMBERS:
        left, right = number("'*'", left), number("'*'", right)
    return fit(left * right)


def divide(left: Any, right: Any) -> Value:
    """Divide two numbers; for whole numbers, round the quotient towards zero."""
    if type(left) not in NUMBERS or type(right) not in NUMBERS:
        left, right = number("'/'", left), number("'/'", right)
    if right == 0:
        raise FormulaError("division by zero")
    if type(left) is float or type(right) is float:
        return fit(left / right)
    quotient = abs(left) // abs(right)
    return fit(quotient if (left < 0) == (right < 0) else -quotient)


def remainder(left: Any, right: Any) -> Value:
    """Return the remainder of two whole numbers, with the sign of the left one."""
    dividend, divisor = whole("'%'", left), whole("'%'", right)
    if divisor == 0:
        raise FormulaError("division by zero")
    rest = abs(dividend) % abs(divisor)
    return -rest if dividend < 0 else rest


def _comparison(symbol: str, compare: Callable[[Any, Any], bool]) -> _Infix:
    name = f"'{symbol}'"

    def apply(left: Any, right: Any) -> Value:
        if type(left) in NUMBERS and type(right) in NUMBERS:
            if type(left) is not type(right):
                # As in C, a whole number that is compared with a float becomes the nearest
                # float.
                return compare(float(left), float(right))
            return compare(left, right)
        if is_text(left) and is_text(right):
            return compare(text(name, left), text(name, right))
        if is_text(left) or is_text(right):
            raise FormulaError(f"{name} cannot compare a {kind(left)} and a {kind(right)}")
        return compare(number(name, left), number(name, right))

    return apply


def _bitwise(symbol: str, combine: Callable[[int, int], int]) -> _Infix:
    name = f"'{symbol}'"

    def apply(left: Any, right: Any) -> Value:
        return fit(combine(whole(name, left), whole(name, right)))

    return apply


def shift_left(left: Any, right: Any) -> Value:
    """Shift the bits left by 0 to 63 places; losing bits at the top is an error."""
    return fit(whole("'<<'", left) << bit_number("'<<'", right))


def shift_right(left: Any, right: Any) -> Value:
    """Shift the bits right by 0 to 63 places; a negative number stays negative."""
    return whole("'>>'", left) >> bit_number("'>>'", right)


def _negate(value: Any) -> Value:
    return fit(-number("'-'", value))


def _keep(value: Any) -> Value:
    return +number("'+'", value)


def _negate_bits(value: Any) -> Value:
    """Invert all bits; the result is unsigned if the number needs all 64 bits."""
    bits = whole("'~'", value)
    return ~bits if bits < 2**63 else bits ^ (2**64 - 1)


def _negate_truth(value: Any) -> Value:
    return not truth(value)


#: The binary operators except ``&&`` and ``||``, which do not always evaluate both
#: operands.
INFIX: dict[str, _Infix] = {
    "|": _bitwise("|", operator.or_),
    "^": _bitwise("^", operator.xor),
    "&": _bitwise("&", operator.and_),
    "==": _comparison("==", operator.eq),
    "!=": _comparison("!=", operator.ne),
    "<": _comparison("<", operator.lt),
    "<=": _comparison("<=", operator.le),
    ">": _comparison(">", operator.gt),
    ">=": _comparison(">=", operator.ge),
    "<<": shift_left,
    ">>": shift_right,
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": remainder,
}
#: The operators before an operand.
PREFIX: dict[str, Callable[[Any], Value]] = {
    "-": _negate,
    "+": _keep,
    "!": _negate_truth,
    "~": _negate_bits,
}
