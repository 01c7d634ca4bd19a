"""The command for archived values of a period."""

from __future__ import annotations

from typing import Final

import msgspec

from oagw.errors import ParameterError
from oagw.wire.messages.base import Command, check_count

#: Values in a frame of a split reply: the most that can be asked for, and the usual.
MAX_SPLIT: Final = 100_000
USUAL_SPLIT: Final = 10_000


class PeriodAggregate(msgspec.Struct, rename="pascal"):
    """What is computed from the values of a period; ``interval`` as a number is in ms."""

    function: str | list[str]
    interval: str | int | float | None = None
    points: int | None = None
    percent: int | float | None = None
    time_zone: str | None = None
    quality: bool | None = None


class DpGetPeriod(Command):
    """Read archived values with a source time from ``t1`` to ``t2``, both included.

    ``split`` asks for a reply in many frames, and may be the number of values in each.
    """

    dps: list[str]
    t1: str | int | float
    t2: str | int | float
    count: int | None = None
    ts: int | None = None
    aggregate: PeriodAggregate | None = None
    split: bool | int | None = None

    def check(self) -> None:
        """The number of names, and the bounds of ``Count``, ``Ts`` and ``Split``."""
        check_count("Dps", self.dps)
        if self.count is not None and self.count < 0:
            raise ParameterError(f"Count is {self.count}; it must not be negative")
        if self.count and self.aggregate is not None:
            raise ParameterError("an Aggregate has no bonus values; leave Count out")
        if self.ts is not None and not 0 <= self.ts <= 4:
            raise ParameterError(f"Ts is {self.ts}; it must be 0, 1, 2, 3 or 4")
        size = self.split
        if isinstance(size, bool) or size is None:
            return
        if not 1 <= size <= MAX_SPLIT:
            raise ParameterError(
                f"Split is {size}; it must be true, or 1 to {MAX_SPLIT} values for a frame"
            )

    @property
    def frame_size(self) -> int | None:
        """The number of values in a frame; ``None`` if the reply is a single frame."""
        if self.split is True:
            return USUAL_SPLIT
        return self.split or None
