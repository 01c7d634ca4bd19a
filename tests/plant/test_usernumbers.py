"""Users get numbers, which are facts, and keep them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ParameterError
from oagw.plant.facts import UserNumbered
from oagw.plant.outcome import Outcome
from oagw.plant.usernumbers import UserNumbers


class UserNumbersTests(SynchronousTestCase):
    """With one known user."""

    timeout = 10

    def setUp(self) -> None:
        self.users = UserNumbers({"root": 0})

    def test_a_new_user_gets_the_next_number(self) -> None:
        """Only once: the second time there is no new fact."""
        outcome = Outcome()
        numbers = [self.users.number("anna", outcome) for _ in range(2)]
        self.assertEqual((numbers, outcome.facts), ([1, 1], [UserNumbered(1, "anna")]))

    def test_used_numbers_are_not_given_again(self) -> None:
        """Also numbers that only the archive knows."""
        users = UserNumbers({"root": 0}, last=7)
        self.assertEqual(users.number("anna", Outcome()), 8)

    def test_names_and_numbers_are_found(self) -> None:
        """Unknown ones are errors."""
        self.assertEqual((self.users.find("root"), self.users.find(0)), (0, "root"))
        for about in ("anna", 5, None):
            self.assertRaises(ParameterError, self.users.find, about)
