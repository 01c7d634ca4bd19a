"""The status of a value: a pattern of 64 bits (reference, "Configs and attributes")."""

from __future__ import annotations

from typing import Final

from oagw.model.values import WireValue

#: Bit number of each status attribute.
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

#: What an element without a substitute value has, as real project exports show.
NORMAL: Final = ACTIVE | DEFAULT_BAD

_INVALID: Final = 1 << BITS["_exp_inv"] | 1 << BITS["_aut_inv"] | 1 << BITS["_stime_inv"]
#: Any of these makes a value bad, or shows a substitute value.
BAD: Final = _INVALID | OUT_PRANGE
DEFAULT: Final = EXP_DEFAULT | AUT_DEFAULT


#: All userbits.
ALL_USERBITS: Final = (1 << USERBITS) - 1 << FIRST_USERBIT


def userbit(number: int) -> int:
    """The mask of a userbit, 1 to 32."""
    return 1 << (FIRST_USERBIT + number - 1)


def status32(status: int) -> int:
    """The attribute ``_status``: the lower half, with the userbits 1 to 8."""
    return status & _LOW_32


def is_invalid(status: int) -> bool:
    """The virtual attribute ``_invalid``."""
    return bool(status & _INVALID)


def is_bad(status: int) -> bool:
    """The virtual attribute ``_bad``: invalid, or outside of the value range."""
    return bool(status & BAD)


def is_default(status: int) -> bool:
    """The virtual attribute ``_default``: a substitute value is shown."""
    return bool(status & DEFAULT)


def is_online_bad(status: int) -> bool:
    """The virtual attribute ``_online_bad``: what the process display shows is bad."""
    return bool(status & DEFAULT_BAD) if is_default(status) else is_bad(status)


#: What of a value's attributes is true while nobody knows the value.
_TRUE_WHILE_AWAY = frozenset(("_aut_inv", "_invalid", "_bad", "_online_bad"))


def while_away(attribute: str, value: WireValue) -> WireValue:
    """An attribute of a value that is invalid because its system is away.

    :param attribute: of ``_original`` or ``_online``, without these.
    :param value: as it was last known.
    """
    if attribute in _TRUE_WHILE_AWAY:
        return True
    if attribute in ("_status", "_status64") and isinstance(value, int):
        return value | AUT_INV
    return value
