"""The commands of the wire protocol: a structure each, its fields the arguments.

Field names are the wire's in snake_case (``T1`` is ``t1``). What a field's type does
not say, :func:`check` does. The answers' shapes stand in :data:`EMPTY_ANSWERS`.
"""

from __future__ import annotations

from collections.abc import Sized
from typing import Any, Final

import msgspec

from oagw.errors import ParameterError

#: Names in one command, and characters of a query: more are refused.
MAX_NAMES: Final = 100_000
MAX_QUERY: Final = 65_536

#: What a client may use to match answers to commands.
Id = int | str | None


class Command(msgspec.Struct, rename="pascal", kw_only=True):
    """What all commands have."""

    id: Id = None

    def check(self) -> None:
        """Refuse what the types allow and the protocol does not.

        :raises ParameterError: an argument is out of its bounds.
        """


class DpGet(Command):
    """Read attributes."""

    dps: list[str]

    def check(self) -> None:
        """The number of names."""
        _check_count("Dps", self.dps)


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
        _check_count("Values", self.values)


class DpConnect(Command):
    """Be told of changes; all values of the connect come each time."""

    dps: list[str]
    answer: bool | None = None

    def check(self) -> None:
        """The number of names; a connect to nothing would never tell anything."""
        _check_count("Dps", self.dps)
        if not self.dps:
            raise ParameterError("Dps is empty: there is nothing to connect to")


class DpDisconnect(Command):
    """End a DpConnect."""


class DpQueryConnect(Command):
    """Be told of the rows of a query that change."""

    query: str
    answer: bool | None = None

    def check(self) -> None:
        """The length of the query."""
        if len(self.query) > MAX_QUERY:
            raise ParameterError(f"Query has more than {MAX_QUERY} characters")


class DpQueryDisconnect(Command):
    """End a DpQueryConnect."""


class DpGetPeriod(Command):
    """Read archived values with a source time from ``t1`` to ``t2``, both included."""

    dps: list[str]
    t1: str | int | float
    t2: str | int | float
    count: int | None = None
    ts: int | None = None

    def check(self) -> None:
        """The number of names, and the bounds of ``Count`` and ``Ts``."""
        _check_count("Dps", self.dps)
        if self.count is not None and self.count < 0:
            raise ParameterError(f"Count is {self.count}; it must not be negative")
        if self.ts is not None and not 0 <= self.ts <= 4:
            raise ParameterError(f"Ts is {self.ts}; it must be 0, 1, 2, 3 or 4")


def _check_count(argument: str, given: Sized) -> None:
    if len(given) > MAX_NAMES:
        raise ParameterError(
            f"{argument} has {len(given)} entries; one command may have {MAX_NAMES}"
        )


#: What an answer carries on an error, so that a client that indexes it does not crash.
EMPTY_ANSWERS: Final[dict[type[Command], dict[str, object]]] = {
    DpGet: {"Values": {}},
    DpSet: {},
    DpConnect: {"Values": {}},
    DpDisconnect: {},
    DpQueryConnect: {"Header": [], "Values": []},
    DpQueryDisconnect: {},
    DpGetPeriod: {"Values": {}},
}
