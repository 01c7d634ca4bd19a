"""Conditions of values alone, as ``TRUE``, ``"1"`` and ``1 = 1``.

Programs that put queries together begin a condition with one, so that whatever follows
can begin with AND.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oagw.model.dptypes import ElementType
from oagw.query.comparing import check_of
from oagw.query.tree import Literal, Operator

_TRUTHS: Mapping[str, bool] = {"TRUE": True, "1": True, "FALSE": False, "0": False}
_KINDS: Mapping[type, ElementType] = {
    bool: ElementType.BOOL,
    int: ElementType.LONG,
    float: ElementType.FLOAT,
    str: ElementType.STRING,
}


def truth(literal: Literal) -> bool | None:
    """What a value is as a condition; ``None`` if it is none."""
    if isinstance(literal.value, str):
        return _TRUTHS.get(literal.value.strip().upper())
    return bool(literal.value)


def compared(left: Literal, how: Operator, right: Sequence[Literal]) -> bool:
    """Whether a comparison of values holds; they compare as values of attributes do.

    :raises ConversionError: it cannot be made.
    """
    return check_of(_KINDS[type(left.value)], how, right, None)(left.value)
