"""The numbers of users, which the attribute ``_user`` shows."""

from __future__ import annotations

from oagw.errors import ParameterError
from oagw.plant.facts import UserNumbered
from oagw.plant.outcome import Outcome

#: Owner of changes that the gateway makes; may set what other users have locked.
ROOT = "root"


class UserNumbers:
    """Users by name. A user gets a number when the user first sets something.

    :param last: the highest number that was ever used, if it is not among ``numbers``.
    """

    def __init__(self, numbers: dict[str, int], last: int = 0) -> None:
        self._numbers = numbers
        self._last = max(last, *numbers.values())

    def find(self, about: int | str | None) -> str | int:
        """The number of a user's name, or the name of a user's number.

        :raises ParameterError: no user has this name or number.
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

    def number(self, name: str, outcome: Outcome) -> int:
        """The number of a user; a new user gets one, which is a fact of the outcome."""
        number = self._numbers.get(name)
        if number is None:
            number = self._last = self._last + 1
            self._numbers[name] = number
            outcome.facts.append(UserNumbered(number, name))
        return number
