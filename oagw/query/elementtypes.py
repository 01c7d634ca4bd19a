"""Element types as queries write them: ``DPEL_FLOAT``, ``DPEL_DYN_STRING``."""

from __future__ import annotations

from difflib import get_close_matches

from oagw.model.dptypes import ElementType

#: What an element type's name begins with.
PREFIX = "DPEL_"
_TYPES = {f"{PREFIX}{kind.name}": kind for kind in ElementType}
_TYPES |= {name.replace("LANG_STRING", "LANGSTRING"): kind for name, kind in _TYPES.items()}
_TYPES[f"{PREFIX}TYPEREF"] = ElementType.REFERENCE


def find_type(text: str) -> ElementType | None:
    """The element type of that name, in any case."""
    return _TYPES.get(text.strip().upper())


def unknown_type(text: str) -> str:
    """What is wrong with a name that is none, and what it may be meant for."""
    close = get_close_matches(text.strip().upper()[:60], _TYPES, 2)
    meant = " or ".join(close) or "for example DPEL_FLOAT, DPEL_BOOL, DPEL_STRING"
    return f"there is no element type {text[:60]}; there is {meant}"
