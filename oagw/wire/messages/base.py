"""What all commands have in common.

Field names are the wire's in snake_case (``T1`` is ``t1``). What a field's type does
not say, :meth:`Command.check` does.
"""

from __future__ import annotations

from collections.abc import Sized
from typing import Final

import msgspec

from oagw.errors import ParameterError

#: Names in one command, and characters of a query or a pattern: more are refused.
MAX_NAMES: Final = 100_000
MAX_QUERY: Final = 65_536
#: The longest time in ms that a command may wait: a week.
MAX_TIMEOUT: Final = 7 * 24 * 3600 * 1000

#: What a client may use to match answers to commands. A number is one whichever way it is
#: written: 5 and 5.0 are the same Id.
Id = int | float | str | None
#: What an answer gives back as the Id: of a refused command also JSON that can be none.
Echo = Id | msgspec.Raw


class Command(msgspec.Struct, rename="pascal", kw_only=True):
    """What all commands have."""

    id: Id = None

    def check(self) -> None:
        """Refuse what the types allow and the protocol does not.

        :raises ParameterError: an argument is out of its bounds.
        """

    def may_have_lost_digits(self) -> bool:
        """Whether a value among the arguments may not be what its double is."""
        return False


def check_length(argument: str, given: str) -> None:
    """Refuse too long a text.

    :raises ParameterError: names the argument.
    """
    if len(given) > MAX_QUERY:
        raise ParameterError(f"{argument} has more than {MAX_QUERY} characters")


def check_count(argument: str, given: Sized) -> None:
    """Refuse too long a list.

    :raises ParameterError: names the argument.
    """
    if len(given) > MAX_NAMES:
        raise ParameterError(
            f"{argument} has {len(given)} entries; one command may have {MAX_NAMES}"
        )


def one_of(*given: str | None, meant: str) -> str:
    """The one of several arguments that is there; they are names for the same thing.

    :param meant: what is needed, for the message.
    :raises ParameterError: there is none of them, or more than one.
    """
    found = [one for one in given if one is not None]
    if len(found) != 1:
        raise ParameterError(f"it needs {meant}")
    return found[0]
