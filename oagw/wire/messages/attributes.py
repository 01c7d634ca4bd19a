"""Commands that read and set attributes."""

from __future__ import annotations

from typing import Any

import msgspec

from oagw.errors import ParameterError
from oagw.model.literals import SPARSE, may_have_lost_digits
from oagw.wire.messages.base import MAX_TIMEOUT, Command, check_count


class DpGet(Command):
    """Read attributes."""

    dps: list[str]

    def check(self) -> None:
        """The number of names."""
        check_count("Dps", self.dps)


class DpGetMaxAge(DpGet):
    """Read attributes whose values are at most ``age`` seconds old."""

    age: int | float

    def check(self) -> None:
        """The number of names, and the bounds of ``Age``."""
        super().check()
        if not 0 <= self.age <= MAX_TIMEOUT / 1000:
            raise ParameterError(
                f"Age is {self.age}; it must be 0 to {MAX_TIMEOUT // 1000} seconds"
            )


class DpSetValue(msgspec.Struct, rename="pascal"):
    """One attribute and what to set it to."""

    dp: str
    value: Any


class DpSet(Command):
    """Set attributes, all or none; ``timestamp`` is the source time."""

    values: list[DpSetValue]
    wait: bool | None = None
    timestamp: str | int | float | None = None

    def check(self) -> None:
        """The number of values."""
        check_count("Values", self.values)

    def may_have_lost_digits(self) -> bool:
        """See :class:`Command`. It is called for every set, and so written for speed."""
        for setting in self.values:
            value = setting.value
            if value.__class__ is float:
                if not -SPARSE < value < SPARSE:
                    return True
            elif value.__class__ is list and may_have_lost_digits(value):
                return True
        return False
