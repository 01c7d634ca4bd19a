"""The base of all commands, and checks that several of them have.

Field names are the wire's in snake_case (``T1`` is ``t1``). What a field's type does
not say, :meth:`Command.check` does.
"""

from __future__ import annotations

from collections.abc import Sized
from typing import Final

import msgspec

from oagw.errors import ParameterError

#: The most names in one command, and the most characters of a query or a pattern.
MAX_NAMES: Final = 100_000
MAX_QUERY: Final = 65_536
#: The longest time in ms that a command may wait: a week.
MAX_TIMEOUT: Final = 7 * 24 * 3600 * 1000

#: A client's Id, which it uses to match replies to commands. 5 and 5.0 are the same Id.
Id = int | float | str | None
#: The Id in a reply. The reply to a refused command may repeat JSON that is not an Id.
Echo = Id | msgspec.Raw


class Command(msgspec.Struct, rename="pascal", kw_only=True):
    """A command; its name on the wire is that of its class."""

    id: Id = None

    def check(self) -> None:
        """Check what the types of the fields do not say.

        :raises ParameterError: an argument is out of its bounds.
        """

    def may_have_lost_digits(self) -> bool:
        """Whether a number among the arguments may have more digits than its double."""
        return False


def check_length(argument: str, given: str) -> None:
    """Check the length of a text.

    :raises ParameterError: it is too long; the text names the argument.
    """
    if len(given) > MAX_QUERY:
        raise ParameterError(f"{argument} has more than {MAX_QUERY} characters")


def check_count(argument: str, given: Sized) -> None:
    """Check the length of a list.

    :raises ParameterError: it is too long; the text names the argument.
    """
    if len(given) > MAX_NAMES:
        raise ParameterError(
            f"{argument} has {len(given)} entries; one command may have {MAX_NAMES}"
        )


def one_of(*given: str | None, meant: str) -> str:
    """The one that is given of several arguments with the same meaning.

    :param meant: what is needed, for the message.
    :raises ParameterError: none or more than one is given.
    """
    found = [one for one in given if one is not None]
    if len(found) != 1:
        raise ParameterError(f"it needs {meant}")
    return found[0]
