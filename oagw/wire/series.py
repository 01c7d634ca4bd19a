"""The shapes of a period answer's series (protocol, ``Ts`` 0 to 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oagw.model.times import to_iso, to_ms
from oagw.model.values import WireValue
from oagw.wire.codec import encode


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one attribute, ordered; ``times`` are source times in ns."""

    times: Sequence[int]
    values: Sequence[WireValue]


def encode_series(series: Mapping[str, Series], shape: int) -> bytes:
    """JSON of ``Values`` in the shape that ``Ts`` asks for."""
    return encode({name: _shaped(one, shape) for name, one in series.items()})


def _shaped(series: Series, shape: int) -> object:
    if shape == 0:
        return list(series.values)
    clock = to_ms if shape in (1, 3) else to_iso
    times = [clock(time) for time in series.times]
    if shape in (1, 2):
        return list(zip(times, series.values, strict=True))
    return [times, list(series.values)]
