"""The numbers of users: what stands in ``_user``."""

from __future__ import annotations

from oagw.errors import ParameterError
from oagw.plant.entries import (
    Entry,
    user_added,
)

#: Who makes what nobody asked for at run time, and may do what others may not.
ROOT = "root"


class Users:
    """Users by name; one who sets something for the first time gets a number.

    :param last: the highest number that anybody ever had, as far as it is not among these.
    """

    def __init__(self, numbers: dict[str, int], last: int = 0) -> None:
        self._numbers = numbers
        self._last = max(last, *numbers.values())

    def find(self, about: int | str | None) -> str | int:
        """The number of a user's name, or the name of a number.

        :raises ParameterError: there is none.
        """
        if isinstance(about, str):
            number = self._numbers.get(about)
            if number is None:
                raise ParameterError(
                    f"the user '{about[:60]}' has no number: users get one when they "
                    "first set something"
                )
            return number
        for name, number in self._numbers.items():
            if number == about:
                return name
        raise ParameterError(f"no user has the number {about}")

    def number(self, name: str, entries: list[Entry]) -> int:
        """The number of a user; of a new one it is noted in the entries."""
        number = self._numbers.get(name)
        if number is None:
            number = self._last = self._last + 1
            self._numbers[name] = number
            entries.append(user_added(number, name))
        return number
