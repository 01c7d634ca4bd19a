"""Numbers as they are written: with a point or an exponent they may still be whole."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

#: From here on a double does not hold each whole number.
SPARSE: Final = 2.0**53
#: Digits of the largest whole number that any type holds.
_MOST_DIGITS = 20


def number_of(text: str) -> int | float:
    """The number that a text with a point or an exponent is.

    A double, as everywhere; but the whole number itself where a double would lose digits of
    it, as of ``9007199254740993.0``, and some type could hold it.

    :param text: a number as JSON, queries and formulas write it.
    """
    number = float(text)
    if not SPARSE <= abs(number) < 10.0**_MOST_DIGITS:
        return number
    exact = Decimal(text)
    whole = int(exact)
    return whole if whole == exact and whole != int(number) else number


def may_have_lost_digits(value: object) -> bool:
    """Whether a value that was read as a double, or is in a list, may be another number."""
    if isinstance(value, float):
        return abs(value) >= SPARSE
    return isinstance(value, list) and any(map(may_have_lost_digits, value))
