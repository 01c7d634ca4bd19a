"""Reading, setting and connecting values, live and historical."""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec

from oagw.errors import ParameterError
from oagw.model.literals import SPARSE, may_have_lost_digits
from oagw.wire.messages.base import MAX_TIMEOUT, Command, check_count, check_length

#: Updates a second that can be asked for.
MIN_RATE: Final = 0.001
MAX_RATE: Final = 1000
#: Values in a frame of a period's answer: the most that can be asked for, and the usual.
MAX_SPLIT: Final = 100_000
USUAL_SPLIT: Final = 10_000


class DpGet(Command):
    """Read attributes."""

    dps: list[str]

    def check(self) -> None:
        """The number of names."""
        check_count("Dps", self.dps)


class DpGetMaxAge(DpGet):
    """Read attributes, of which none is older than ``age`` seconds."""

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
        """See :class:`Command`; written for speed, it is asked of every set."""
        for setting in self.values:
            value = setting.value
            if value.__class__ is float:
                if not -SPARSE < value < SPARSE:
                    return True
            elif value.__class__ is list and may_have_lost_digits(value):
                return True
        return False


class Updates(Command, kw_only=True):
    """What may be wished of updates.

    ``max_rate`` is in updates a second. ``deadband`` is how far a number must be from the
    last one told: a number, or a text such as ``5%``. With ``conflated`` an update says
    how many others it stands for.
    """

    answer: bool | None = None
    conflated: bool | None = None
    max_rate: int | float | None = None
    deadband: int | float | str | None = None

    def check(self) -> None:
        """The bounds of ``MaxRate`` and ``Deadband``."""
        rate = self.max_rate
        if rate is not None and not MIN_RATE <= rate <= MAX_RATE:
            raise ParameterError(
                f"MaxRate is {str(rate)[:60]}; it must be {MIN_RATE:g} to {MAX_RATE:g} a "
                "second"
            )
        self.least_change  # noqa: B018 - for what it raises

    @property
    def least_change(self) -> tuple[float, bool] | None:
        """The deadband as a number, and whether that is percent.

        :raises ParameterError: it is none.
        """
        given = self.deadband
        if given is None:
            return None
        is_percent = isinstance(given, str)
        try:
            amount = float(given.removesuffix("%") if isinstance(given, str) else given)
        except (ValueError, OverflowError):
            amount = -1.0
        if not 0 <= amount < math.inf or (isinstance(given, str) and given[-1:] != "%"):
            raise ParameterError(
                f"Deadband is {str(given)[:60]!r}; it must be a number, 0 or more, or "
                'percent as in "5%"'
            )
        return amount, is_percent


class DpConnect(Updates, kw_only=True):
    """Be told of changes; all values of the connect come each time.

    With ``only_changed`` those come that have changed.
    """

    dps: list[str]
    only_changed: bool | None = None

    def check(self) -> None:
        """The number of names; a connect to nothing would never tell anything."""
        super().check()
        check_count("Dps", self.dps)
        if not self.dps:
            raise ParameterError("Dps is empty: there is nothing to connect to")


class DpDisconnect(Command):
    """End a DpConnect."""


class DpQuery(Command):
    """Find the rows of a query; with ``explain`` nothing but how they would be found.

    ``raw`` gives them as they are found, for a gateway that puts together the rows of
    several systems: with what GROUP BY names, neither grouped nor in order.
    """

    query: str
    explain: bool | None = None
    raw: bool | None = None

    def check(self) -> None:
        """The length of the query."""
        check_length("Query", self.query)


class QueryConnect(Updates, kw_only=True):
    """Be told of the rows of a query.

    ``blocking_time`` is in ms; with ``removed`` updates have the names of rows that left.
    """

    query: str
    blocking_time: int | None = None
    removed: bool | None = None

    def check(self) -> None:
        """The length of the query, and the bounds of ``BlockingTime``."""
        super().check()
        check_length("Query", self.query)
        if self.blocking_time is not None and not 0 <= self.blocking_time <= MAX_TIMEOUT:
            raise ParameterError(
                f"BlockingTime is {self.blocking_time}; it must be 0 to {MAX_TIMEOUT} ms"
            )


class DpQueryConnect(QueryConnect):
    """Be told of the rows that change."""


class DpQueryConnectSingle(QueryConnect):
    """Be told of the rows that change: the same under its full name."""


class DpQueryConnectAll(QueryConnect):
    """Be told of the whole table whenever it changes."""


class DpQueryDisconnect(Command):
    """End a DpQueryConnect, DpQueryConnectSingle or DpQueryConnectAll."""


class PeriodAggregate(msgspec.Struct, rename="pascal"):
    """What is made of the values of a period; ``interval`` as a number is in ms."""

    function: str | list[str]
    interval: str | int | float | None = None
    points: int | None = None
    percent: int | float | None = None
    time_zone: str | None = None
    quality: bool | None = None


class DpGetPeriod(Command):
    """Read archived values with a source time from ``t1`` to ``t2``, both included.

    ``split`` asks for an answer in many frames: of so many values, or of a usual number.
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
        """So many values are in one frame; ``None`` if the answer is a single one."""
        if self.split is True:
            return USUAL_SPLIT
        return self.split or None
