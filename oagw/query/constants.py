"""Conditions that contain only values, such as ``TRUE``, ``"1"`` and ``1 = 1``.

Programs that build queries start the condition with one, so that every further part can
start with AND.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oagw.model.dptypes import ElementType
from oagw.query.comparisons import check_of
from oagw.query.tree import Literal, Operator

_TRUTHS: Mapping[str, bool] = {"TRUE": True, "1": True, "FALSE": False, "0": False}
_KINDS: Mapping[type, ElementType] = {
    bool: ElementType.BOOL,
    int: ElementType.LONG,
    float: ElementType.FLOAT,
    str: ElementType.STRING,
}


def truth(literal: Literal) -> bool | None:
    """Return the truth of a value; ``None`` if the value cannot be a condition."""
    if isinstance(literal.value, str):
        return _TRUTHS.get(literal.value.strip().upper())
    return bool(literal.value)


def compared(left: Literal, how: Operator, right: Sequence[Literal]) -> bool:
    """Return the result of a comparison of values; the rules are those for attributes.

    :raises ConversionError: the values cannot be compared.
    """
    return check_of(_KINDS[type(left.value)], how, right, None)(left.value)
