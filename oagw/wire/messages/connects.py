"""Connects to attributes, and the options of updates."""

from __future__ import annotations

import math
from typing import Final

from oagw.errors import ParameterError
from oagw.wire.messages.base import Command, check_count

#: The bounds of ``MaxRate``, in updates a second.
MIN_RATE: Final = 0.001
MAX_RATE: Final = 1000


class Updates(Command, kw_only=True):
    """The options of updates.

    ``max_rate`` is in updates a second. ``deadband`` is how much a number must differ from
    the last one sent: a number, or a text such as ``5%``. With ``conflated`` an update has
    the number of updates that were conflated into it.
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
        """The deadband as a number, and whether it is percent.

        :raises ParameterError: it is neither a number nor percent.
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
    """Get an update with all values of the connect whenever one changes.

    With ``only_changed``, updates have only the values that changed.
    """

    dps: list[str]
    only_changed: bool | None = None

    def check(self) -> None:
        """The number of names, at least one, and the options of updates."""
        super().check()
        check_count("Dps", self.dps)
        if not self.dps:
            raise ParameterError("Dps is empty: there is nothing to connect to")


class DpDisconnect(Command):
    """End a DpConnect."""
