"""Number literals: a number with a point or an exponent may still be a whole number."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

#: From this number on a double cannot represent every whole number.
SPARSE: Final = 2.0**53
#: Maximum number of digits of a whole number that a type can hold.
_MOST_DIGITS = 20


def number_of(text: str) -> int | float:
    """Return the number for a text with a point or an exponent.

    This is a double. Only if a double would lose digits (``9007199254740993.0``) and a type
    can hold the whole number, this is an int.

    :param text: a number as written in JSON, queries and formulas.
    """
    number = float(text)
    if not SPARSE <= abs(number) < 10.0**_MOST_DIGITS:
        return number
    exact = Decimal(text)
    whole = int(exact)
    return whole if whole == exact and whole != int(number) else number


def may_have_lost_digits(value: object) -> bool:
    """Return whether decoding as a double may have changed a value or a list member."""
    if isinstance(value, float):
        return abs(value) >= SPARSE
    return isinstance(value, list) and any(map(may_have_lost_digits, value))
