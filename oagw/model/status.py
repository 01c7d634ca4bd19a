"""The status of a value: 64 bits (reference, "Configs and attributes")."""

from __future__ import annotations

from typing import Final

from oagw.model.values import WireValue

#: The bit number of each status attribute.
BITS: Final[dict[str, int]] = {
    "_active": 0,
    "_exp_default": 1,
    "_aut_default": 2,
    "_out_prange": 3,
    "_out_range": 4,
    "_exp_inv": 5,
    "_aut_inv": 6,
    "_default_bad": 8,
    "_from_GI": 9,
    "_from_SI": 10,
    "_per_active": 11,
    "_corr": 12,
    "_compr": 13,
    "_comp_corr": 14,
    "_corr_add": 15,
    "_comp_inv": 16,
    "_stime_inv": 17,
}

FIRST_USERBIT: Final = 24
USERBITS: Final = 32
_LOW_32: Final = 0xFFFF_FFFF

ACTIVE: Final = 1 << BITS["_active"]
EXP_DEFAULT: Final = 1 << BITS["_exp_default"]
AUT_DEFAULT: Final = 1 << BITS["_aut_default"]
OUT_PRANGE: Final = 1 << BITS["_out_prange"]
OUT_RANGE: Final = 1 << BITS["_out_range"]
AUT_INV: Final = 1 << BITS["_aut_inv"]
DEFAULT_BAD: Final = 1 << BITS["_default_bad"]
CORRECTION: Final = 1 << BITS["_corr"]

#: Real project exports have these bits set on elements without a substitute value.
NORMAL: Final = ACTIVE | DEFAULT_BAD

_INVALID: Final = 1 << BITS["_exp_inv"] | 1 << BITS["_aut_inv"] | 1 << BITS["_stime_inv"]
#: The ``_bad`` bits, and the ``_online_bad`` bits of a substitute value.
BAD: Final = _INVALID | OUT_PRANGE
DEFAULT: Final = EXP_DEFAULT | AUT_DEFAULT


#: Mask of all user bits.
ALL_USERBITS: Final = (1 << USERBITS) - 1 << FIRST_USERBIT


def userbit(number: int) -> int:
    """Return the mask of a user bit, 1 to 32."""
    return 1 << (FIRST_USERBIT + number - 1)


def status32(status: int) -> int:
    """Return the attribute ``_status``: the lower 32 bits, with the user bits 1 to 8."""
    return status & _LOW_32


def is_invalid(status: int) -> bool:
    """Return the virtual attribute ``_invalid``."""
    return bool(status & _INVALID)


def is_bad(status: int) -> bool:
    """Return the virtual attribute ``_bad``: invalid, or outside the value range."""
    return bool(status & BAD)


def is_default(status: int) -> bool:
    """Return the virtual attribute ``_default``: a substitute value is shown."""
    return bool(status & DEFAULT)


def is_online_bad(status: int) -> bool:
    """Return the virtual attribute ``_online_bad``: the displayed value is bad."""
    return bool(status & DEFAULT_BAD) if is_default(status) else is_bad(status)


#: Attributes that are true while the system is not connected.
_TRUE_WHILE_AWAY = frozenset(("_aut_inv", "_invalid", "_bad", "_online_bad"))


def while_away(attribute: str, value: WireValue) -> WireValue:
    """Return a value attribute of a system that is not connected: the value is invalid.

    :param attribute: an attribute name of ``_original`` or ``_online``, without the config.
    :param value: the last known value of the attribute.
    """
    if attribute in _TRUE_WHILE_AWAY:
        return True
    if attribute in ("_status", "_status64") and isinstance(value, int):
        return value | AUT_INV
    return value
