"""Names of element types in queries: ``DPEL_FLOAT``, ``DPEL_DYN_STRING``."""

from __future__ import annotations

from difflib import get_close_matches

from oagw.model.dptypes import ElementType

#: The prefix of all element type names.
PREFIX = "DPEL_"
_TYPES = {f"{PREFIX}{kind.name}": kind for kind in ElementType}
_TYPES |= {name.replace("LANG_STRING", "LANGSTRING"): kind for name, kind in _TYPES.items()}
_TYPES[f"{PREFIX}TYPEREF"] = ElementType.REFERENCE


def find_type(text: str) -> ElementType | None:
    """Return the element type with this name, in any case; ``None`` if there is none."""
    return _TYPES.get(text.strip().upper())


def unknown_type(text: str) -> str:
    """Return the message for an unknown element type, with similar names."""
    close = get_close_matches(text.strip().upper()[:60], _TYPES, 2)
    hint = (
        f"perhaps {' or '.join(close)}"
        if close
        else "element types are DPEL_FLOAT, DPEL_BOOL, DPEL_STRING and others"
    )
    return f"there is no element type {text[:60]}; {hint}"
