"""Commands that wait for values."""

from __future__ import annotations

from typing import Any

from oagw.errors import ParameterError
from oagw.model.literals import may_have_lost_digits
from oagw.wire.messages.base import MAX_TIMEOUT, Command, check_count


class DpWaitForValue(Command, kw_only=True):
    """Wait until all values are as wanted; a name without a condition waits for a change.

    :ivar timeout: in ms; 0 is for ever.
    """

    dp_names_wait: list[str]
    conditions: list[Any] | None = None
    dp_names_return: list[str] | None = None
    timeout: float | None = None

    def check(self) -> None:
        """The numbers of names and conditions, and the bounds of ``Timeout``."""
        check_count("DpNamesWait", self.dp_names_wait)
        check_count("DpNamesReturn", self.dp_names_return or ())
        if not self.dp_names_wait:
            raise ParameterError("DpNamesWait is empty: there is nothing to wait for")
        if len(self.conditions or ()) > len(self.dp_names_wait):
            raise ParameterError("there are more Conditions than DpNamesWait")
        if not 0 <= (self.timeout or 0) <= MAX_TIMEOUT:
            raise ParameterError(f"Timeout must be 0 to {MAX_TIMEOUT} ms")

    def may_have_lost_digits(self) -> bool:
        """See :class:`Command`."""
        return may_have_lost_digits(self.conditions)


class DpSetAndWaitForValue(DpWaitForValue, kw_only=True):
    """Set values, then wait for others."""

    dp_names_set: list[str]
    set_values: list[Any]

    def check(self) -> None:
        """A value for each name, and the checks of a wait."""
        super().check()
        check_count("DpNamesSet", self.dp_names_set)
        if len(self.dp_names_set) != len(self.set_values):
            raise ParameterError("there must be as many SetValues as DpNamesSet")

    def may_have_lost_digits(self) -> bool:
        """See :class:`Command`."""
        return may_have_lost_digits(self.set_values) or super().may_have_lost_digits()
