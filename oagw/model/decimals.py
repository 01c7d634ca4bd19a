"""Floats as scaled whole numbers: most measured values have few decimals."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Whole: TypeAlias = npt.NDArray[np.int64]

#: The number of decimals of values that cannot be stored as scaled whole numbers.
NO_DECIMALS = -1
#: The highest number of decimals that is tried.
_DECIMALS = 6
#: Below this limit a whole number and a count of decimals give the float's shortest text.
_LARGEST = 10.0**15
#: At most one value in this many may be an exception that is stored separately.
_FEW_OTHERS = 16


def as_decimals(values: Floats) -> tuple[int, Whole, Whole]:
    """Convert floats to whole numbers and a number of decimals, exact to the last bit.

    Returns the number of decimals, the whole numbers, and the indexes of the few exceptions
    (for example -0.0) whose floats must be stored separately.
    """
    none = np.empty(0, np.int64)
    fewest = len(values) // _FEW_OTHERS + 1
    best = (NO_DECIMALS, values.view(np.int64), none)
    for digits in range(_DECIMALS + 1):
        scale = 10.0**digits
        # A sample of the values shows whether a test of all is worthwhile.
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
    """Return the whole numbers, and the indexes where they differ from the values."""
    with np.errstate(all="ignore"):
        whole = np.rint(values * scale)
        numbers = np.where(np.abs(whole) < _LARGEST, whole, 0.0).astype(np.int64)
        equal = (numbers / scale).view(np.int64) == values.view(np.int64)
    return numbers, np.flatnonzero(~equal)
