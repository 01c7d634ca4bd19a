"""Months in UTC, counted from January 1970 on."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

_NAME = re.compile(r"(-?\d{4})-(\d\d)\.sqlite")


def months(stime: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The month of each time (ns)."""
    return stime.view("M8[ns]").astype("M8[M]").astype(np.int64)


def months_before(now: float) -> int:
    """The month of a time in seconds since the epoch."""
    return int(np.datetime64(int(now), "s").astype("M8[M]").astype(np.int64))


def start_of(month: int) -> int:
    """The first time of a month in ns."""
    start = np.datetime64(month, "M").astype("M8[s]").astype(np.int64)
    return int(start) * 1_000_000_000


def text_of(month: int) -> str:
    """A month as text, such as 2026-11."""
    return f"{1970 + month // 12:04}-{month % 12 + 1:02}"


def file_of(directory: Path, month: int) -> Path:
    """The path of a month's file in a directory."""
    return directory / f"{text_of(month)}.sqlite"


def month_of(path: Path) -> int | None:
    """The month of a file; ``None`` if its name is not that of a month."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        return None
    return (int(match[1]) - 1970) * 12 + int(match[2]) - 1
