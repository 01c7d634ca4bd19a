"""Clients that send much: each has its slice, and none of them has more than its share."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.server.rounds import Allowance, Rounds


class AllowanceTests(SynchronousTestCase):
    timeout = 30

    def test_a_burst(self) -> None:
        """Who was quiet has more time, once; then a slice each time."""
        allowance = Allowance(0.0)
        self.assertAlmostEqual(allowance.until(10.0), 10.001)
        allowance.spend(10.001)
        self.assertAlmostEqual(allowance.until(10.001), 10.00125)

    def test_saving_up(self) -> None:
        """A share of the time in which it takes none, up to a burst."""
        allowance = Allowance(0.0)
        allowance.spend(0.001)
        self.assertAlmostEqual(allowance.until(0.003), 0.0035)
        allowance.spend(0.0035)
        self.assertAlmostEqual(allowance.until(9.0), 9.001)

    def test_what_is_written_takes_longer(self) -> None:
        """It has as long as that then, within limits."""
        allowance = Allowance(0.0)
        allowance.spend(0.001)
        for writing, most in ((0.0001, 0.00025), (0.0012, 0.0012), (5.0, 0.002)):
            self.assertAlmostEqual(allowance.until(0.001, writing), 0.001 + most)


class Turns(Clock):
    """Like the reactor, it calls what is new in the next turn."""

    def turn(self) -> None:
        calls: list[Any] = list(self.getDelayedCalls())
        self.calls = []
        for call in calls:
            call.func()


class RoundsTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.clock = Turns()
        self.flushed = 0
        self.rounds = Rounds(self.clock, self.flush)
        self.done: list[str] = []

    def flush(self) -> None:
        self.flushed += 1

    def client(self, name: str, slices: int, seconds: float) -> None:
        """A client with a number of slices of a given length."""

        def work() -> None:
            self.done.append(name)
            # What the work takes passes without anything else happening.
            self.clock.rightNow += seconds
            if self.done.count(name) < slices:
                self.rounds.add(work)

        self.rounds.add(work)

    def test_in_turn(self) -> None:
        """One after the other; a client with more work goes to the end."""
        self.client("a", 3, 0.0)
        self.client("b", 2, 0.0)
        for _ in range(3):
            self.clock.turn()
        self.assertEqual(self.done, ["a", "b", "a", "b", "a"])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_others_are_served_between(self) -> None:
        """A turn of the reactor ends after a slice, however many wait."""
        for name in "abc":
            self.client(name, 1, 0.001)
        for expected in ("a", "ab", "abc"):
            self.clock.turn()
            self.assertEqual("".join(self.done), expected)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_what_was_made_for_others_leaves_first(self) -> None:
        """Once in each turn."""
        self.client("a", 2, 0.001)
        self.clock.turn()
        self.assertEqual((self.flushed, self.done), (1, ["a"]))
        self.clock.turn()
        self.assertEqual((self.flushed, self.done), (2, ["a", "a"]))
