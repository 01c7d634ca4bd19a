"""What a system without a partner answers about itself."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import IllegalCallError, ParameterError
from oagw.model.changes import SystemFact
from oagw.model.values import WireValue
from oagw.systems.systemanswers import SystemAnswers


class SystemFactsTests(SynchronousTestCase):
    """A system that knows the number of one user."""

    timeout = 10

    def setUp(self) -> None:
        self.facts = SystemAnswers(
            {SystemFact.USER_ID: self.user}, lambda fact: f"no {fact.value} here"
        )

    @staticmethod
    def user(about: int | str | None) -> WireValue:
        if about != "anna":
            raise ParameterError("unknown user")
        return 3

    def test_it_is_active_and_not_redundant(self) -> None:
        """Every such system is."""
        for fact, expected in (
            (SystemFact.REDUNDANT, False),
            (SystemFact.REDU_ACTIVE, True),
            (SystemFact.USER_ID, 3),
        ):
            self.assertEqual(
                self.successResultOf(self.facts.inform(fact, "anna")), expected
            )

    def test_what_it_cannot_answer_is_refused(self) -> None:
        """With its own message; an error of an answer is passed on."""
        refused = self.facts.inform(SystemFact.VERSION, None)
        error = self.failureResultOf(refused, IllegalCallError)
        self.assertIn("no version here", str(error.value))
        unknown = self.facts.inform(SystemFact.USER_ID, "bob")
        self.failureResultOf(unknown, ParameterError)
