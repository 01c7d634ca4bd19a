"""Durations and sizes as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_SIZES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")


def duration(text: str) -> float:
    """Seconds of ``500ms``, ``10 s``, ``5min``, ``4h``, ``7d``.

    :raises ValueError: it is none; says what would be right.
    """
    if text.strip() == "0":
        return 0
    return _quantity(text, _UNITS, "a duration such as 500ms, 10s, 5min, 4h or 7d")


def size(text: str) -> int:
    """Bytes of ``512B``, ``64KiB``, ``16MiB``, ``50GiB``.

    :raises ValueError: it is none, or none at all; says what would be right.
    """
    found = int(_quantity(text, _SIZES, "a size such as 64KiB or 16MiB"))
    if found < 1:
        raise ValueError("must be at least 1B")
    return found


def size_or_any(text: str) -> int:
    """The same, or ``0`` for any size."""
    return 0 if text.strip() == "0" else size(text)


def _quantity(text: str, units: Mapping[str, float], expected: str) -> float:
    found = _QUANTITY.fullmatch(text.strip())
    if found is None or found.group(2) not in units:
        raise ValueError(f"must be {expected}")
    return float(found.group(1)) * units[found.group(2)]
