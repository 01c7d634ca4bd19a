"""Questions about a peer's system as a whole."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.model.changes import SystemFact
from oagw.systems.remote.peerfacts import QUESTIONS, arguments_of
from oagw.wire.messages import systemfacts


class FactTests(SynchronousTestCase):
    """Each fact has a command with its arguments."""

    timeout = 30

    def test_each_fact_has_a_command_of_its_own(self) -> None:
        self.assertEqual(set(QUESTIONS), set(SystemFact))
        names = {one.name for one in QUESTIONS.values()}
        self.assertEqual(len(names), len(SystemFact))
        for name in names:
            self.assertTrue(hasattr(systemfacts, name), name)

    def test_only_users_are_named(self) -> None:
        for fact, expected in (
            (SystemFact.USER_ID, {"System": "Far", "UserName": 7}),
            (SystemFact.USER_NAME, {"System": "Far", "UserId": 7}),
            (SystemFact.VERSION, {"System": "Far"}),
            (SystemFact.REDUNDANT, {"System": "Far"}),
        ):
            self.assertEqual(arguments_of(fact, 7, "Far"), expected, fact)
