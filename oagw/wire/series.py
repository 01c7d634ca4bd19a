"""The JSON of archived values in the shapes that ``Ts`` (0 to 4) asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import orjson

from oagw.model.decimals import NO_DECIMALS, as_decimals
from oagw.model.times import NS_PER_MS, to_iso
from oagw.model.values import WireValue
from oagw.wire.codec import encode
from oagw.wire.digits import (
    Lane,
    after,
    are_ms,
    decimals,
    iso,
    milliseconds,
    side_by_side,
)

#: The share of each interval that has good values, 0 to 1.
Shares: TypeAlias = npt.NDArray[np.float64]
#: What stands between two columns of a layout.
NEXT_COLUMN = b"],["
#: Shapes that have all times first, and then all values.
_COLUMN_SHAPES = (3, 4)
_ISO_SHAPES = (2, 4)
#: The fewest rows that are written as lanes; fewer are written one by one.
_FEW = 16


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers.

    :ivar array: floats, whole numbers or bools.
    :ivar digits: if it is set, the array has whole numbers, and the values are floats:
        these numbers divided by ten to the power of ``digits``.
    """

    array: npt.NDArray[np.generic]
    digits: int | None = None

    def __len__(self) -> int:
        return len(self.array)

    def plain(self) -> npt.NDArray[np.generic]:
        """The values themselves."""
        if self.digits is None:
            return self.array
        return self.array.astype(np.float64) / 10.0**self.digits

    def tolist(self) -> list[WireValue]:
        """The values one by one."""
        values: list[WireValue] = self.plain().tolist()
        return values


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one attribute, ordered; ``times`` are source times in ns.

    :ivar quality: of an aggregate: the share of each interval that has good values.
    """

    times: npt.NDArray[np.int64]
    values: Numbers | Sequence[WireValue]
    quality: Shares | None = None

    def __len__(self) -> int:
        return len(self.times)

    def part(self, begin: int, end: int | None = None) -> Series:
        """The values from one index up to another."""
        span = slice(begin, end)
        values: Numbers | Sequence[WireValue]
        if isinstance(self.values, Numbers):
            values = Numbers(self.values.array[span], self.values.digits)
        else:
            values = self.values[span]
        quality = None if self.quality is None else self.quality[span]
        return Series(self.times[span], values, quality)

    def value_list(self) -> Sequence[WireValue]:
        """The values one by one."""
        return self.values.tolist() if isinstance(self.values, Numbers) else self.values


def joined(parts: Sequence[Series]) -> Series:
    """Several parts of a series as one."""
    if len(parts) == 1:
        return parts[0]
    shares = [one.quality for one in parts if one.quality is not None]
    return Series(
        np.concatenate([one.times for one in parts]),
        _joined_values([one.values for one in parts if len(one)]),
        np.concatenate(shares) if shares else None,
    )


def _joined_values(
    columns: Sequence[Numbers | Sequence[WireValue]],
) -> Numbers | list[WireValue]:
    """Numbers stay in one array if none loses digits; floats make whole numbers floats."""
    arrays = [one.plain() for one in columns if isinstance(one, Numbers)]
    kinds = {array.dtype.kind for array in arrays}
    is_mixed = kinds == {"i", "u"} or (len(kinds) > 1 and "b" in kinds)
    if not arrays or len(arrays) < len(columns) or is_mixed:
        lists = [one.tolist() if isinstance(one, Numbers) else one for one in columns]
        return [value for values in lists for value in values]
    return Numbers(np.concatenate(arrays))


@dataclass(frozen=True, slots=True)
class Layout:
    """How ``Ts`` arranges the values of a name: in one list of rows, or in two columns.

    :ivar columns: each writes a part of a series without brackets; rows are one column.
    """

    opening: bytes
    columns: Sequence[Callable[[Series], bytes]]
    closing: bytes

    def text(self, series: Series) -> bytes:
        """A whole series, with brackets."""
        columns = NEXT_COLUMN.join(write(series) for write in self.columns)
        return self.opening + columns + self.closing


def layout_of(shape: int) -> Layout:
    """The layout that a value of ``Ts``, 0 to 4, asks for."""
    if shape in _COLUMN_SHAPES:
        return Layout(b"[[", (partial(encode_times, shape=shape), encode_values), b"]]")
    return Layout(b"[", (partial(encode_rows, shape=shape),), b"]")


def encode_rows(series: Series, shape: int) -> bytes:
    """The rows of shape 0, 1 or 2, with commas between them and no brackets around."""
    if shape == 0:
        return encode_values(series)
    ms = series.times // NS_PER_MS
    times, values = _time_lanes(ms, shape), _value_lanes(series.values)
    if times is None or values is None:
        stamps = _stamps(series.times, shape)
        pairs = zip(stamps, series.value_list(), strict=True)
        return encode(list(pairs))[1:-1]
    lanes = [*after(b"],[", times), *after(b",", values)]
    return side_by_side(lanes, len(ms))[2:] + b"]"


def encode_times(series: Series, shape: int) -> bytes:
    """The times of shape 3 or 4, without brackets around."""
    ms = series.times // NS_PER_MS
    lanes = _time_lanes(ms, shape)
    if lanes is None:
        return encode(_stamps(series.times, shape))[1:-1]
    return side_by_side(after(b",", lanes), len(ms))[1:]


def encode_values(series: Series) -> bytes:
    """The values alone, without brackets around."""
    values = series.values
    if not isinstance(values, Numbers):
        return encode(list(values))[1:-1]
    return orjson.dumps(values.plain(), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]


def encode_shares(shares: Shares) -> bytes:
    """The shares of good values, without brackets around."""
    return orjson.dumps(shares, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]


def _stamps(times: npt.NDArray[np.int64], shape: int) -> list[int] | list[str]:
    if shape in _ISO_SHAPES:
        return [to_iso(time) for time in times.tolist()]
    stamps: list[int] = (times // NS_PER_MS).tolist()
    return stamps


def _time_lanes(ms: npt.NDArray[np.int64], shape: int) -> list[Lane] | None:
    if len(ms) < _FEW or not are_ms(ms):
        return None
    return iso(ms) if shape in _ISO_SHAPES else milliseconds(ms)


def _value_lanes(values: Numbers | Sequence[WireValue]) -> list[Lane] | None:
    """The text of numbers; ``None`` for values that are written one by one."""
    if not isinstance(values, Numbers):
        return None
    array, digits = values.array, values.digits
    if array.dtype == np.float64:
        digits, array, others = as_decimals(array.view(np.float64))
        if digits == NO_DECIMALS or len(others):
            return None
    return decimals(array.view(np.int64), digits) if array.dtype == np.int64 else None
