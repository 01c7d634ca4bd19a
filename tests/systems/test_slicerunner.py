"""Long work in slices: the reactor serves others in between."""

from __future__ import annotations

from collections.abc import Iterator

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.systems.slicerunner import SliceRunner


class SliceRunnerTests(SynchronousTestCase):
    """One step a turn of the clock."""

    timeout = 10

    def setUp(self) -> None:
        self.clock = Clock()
        self.run_steps = SliceRunner(self.clock, turn=0, pause=1.0)
        self.done: list[str] = []

    def steps(self, name: str, count: int) -> Iterator[None]:
        for _ in range(count):
            self.done.append(name)
            yield

    def test_work_is_done_in_turn(self) -> None:
        """The first step of each at once, one further step in each turn."""
        both = [self.run_steps(self.steps(name, 2)) for name in "ab"]
        self.assertEqual(self.done, ["a", "b"])
        for _ in range(6):
            self.clock.advance(1.0)
        self.assertEqual(self.done, ["a", "b", "a", "b"])
        for one in both:
            self.assertIsNone(self.successResultOf(one))

    def test_short_work_is_done_at_once(self) -> None:
        """It needs no turn of the clock."""
        self.assertIsNone(self.successResultOf(self.run_steps(iter(()))))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_errors_reach_the_caller(self) -> None:
        """Of the first step, and of a later one."""

        def failing(count: int) -> Iterator[None]:
            yield from self.steps("x", count)
            raise ValueError

        self.failureResultOf(self.run_steps(failing(0)), ValueError)
        later = self.run_steps(failing(1))
        self.assertNoResult(later)
        self.clock.advance(1.0)
        self.failureResultOf(later, ValueError)

    def test_a_cancel_stops_the_work(self) -> None:
        """No step comes after it."""
        work = self.run_steps(self.steps("a", 9))
        work.addErrback(lambda _: None)
        work.cancel()
        self.clock.advance(1.0)
        self.assertEqual(self.done, ["a"])
