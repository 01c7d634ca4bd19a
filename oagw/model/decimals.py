"""Floats as whole numbers and decimals: what most measured values are."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Whole: TypeAlias = npt.NDArray[np.int64]

#: So many values have decimals: none, for they are no such numbers.
NO_DECIMALS = -1
#: Decimals that are tried.
_DECIMALS = 6
#: Below this the shortest text of a float is that of its whole number and decimals.
_LARGEST = 10.0**15
#: One value of so many may be another one.
_FEW_OTHERS = 16


def as_decimals(values: Floats) -> tuple[int, Whole, Whole]:
    """Floats as whole numbers and decimals, where that is exact to the last bit.

    Gives the number of decimals, the whole numbers, and where the few are (-0.0, say) that
    have to be kept beside them.
    """
    none = np.empty(0, np.int64)
    fewest = len(values) // _FEW_OTHERS + 1
    best = (NO_DECIMALS, values.view(np.int64), none)
    for digits in range(_DECIMALS + 1):
        scale = 10.0**digits
        # A few tell whether it is worth trying all.
        some = values[:: max(len(values) // 16, 1)]
        if len(_unequal(some, scale)[1]) > len(some) // 2:
            continue
        numbers, others = _unequal(values, scale)
        if len(others) < fewest:
            best = (digits, numbers, others)
            fewest = len(others)
        if not len(others):
            break
    return best


def _unequal(values: Floats, scale: float) -> tuple[Whole, Whole]:
    """Whole numbers, and where they are not exactly the values."""
    with np.errstate(all="ignore"):
        whole = np.rint(values * scale)
        numbers = np.where(np.abs(whole) < _LARGEST, whole, 0.0).astype(np.int64)
        equal = (numbers / scale).view(np.int64) == values.view(np.int64)
    return numbers, np.flatnonzero(~equal)
