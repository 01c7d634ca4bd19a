"""Delays between attempts to connect."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.systems.redial import Redial, scattered


class RedialTests(SynchronousTestCase):
    """Attempts are counted; the longest delay is 3 s."""

    timeout = 30

    def setUp(self) -> None:
        self.clock = Clock()
        self.factor = 1.0
        self.attempts = 0
        self.redial = Redial(self.attempt, self.clock, 3.0, lambda: self.factor)

    def attempt(self) -> None:
        self.attempts += 1

    def delay(self) -> float:
        """Seconds until the attempt that is scheduled now."""
        self.redial.schedule()
        [call] = self.clock.getDelayedCalls()
        seconds = call.getTime() - self.clock.seconds()
        before = self.attempts
        self.clock.advance(seconds)
        self.assertEqual(self.attempts, before + 1)
        return seconds

    def test_the_delay_doubles(self) -> None:
        """Up to the limit, however often it fails."""
        delays = [self.delay() for _ in range(4)]
        self.assertEqual(delays, [0.5, 1.0, 2.0, 3.0])
        for _ in range(1100):
            self.redial.schedule()
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)
        self.assertEqual(self.delay(), 3.0)

    def test_a_limit_below_the_first_delay(self) -> None:
        """Holds for the first attempt too."""
        self.redial = Redial(self.attempt, self.clock, 0.2, lambda: 1.0)
        self.assertAlmostEqual(self.delay(), 0.2)

    def test_after_a_good_connection(self) -> None:
        """The delay begins again with the shortest."""
        self.delay()
        self.delay()
        self.redial.reset()
        self.assertEqual(self.delay(), 0.5)

    def test_the_jitter(self) -> None:
        """Multiplies each delay, and does not add up."""
        self.factor = 1.25
        self.assertEqual([self.delay() for _ in range(2)], [0.625, 1.25])
        factors = {scattered() for _ in range(100)}
        self.assertGreater(len(factors), 1)
        self.assertTrue(all(0.75 <= one <= 1.25 for one in factors))

    def test_cancel(self) -> None:
        """Nothing is attempted; cancelling again, or when nothing is scheduled, is fine."""
        self.redial.cancel()
        self.redial.schedule()
        self.redial.cancel()
        self.redial.cancel()
        self.clock.advance(60)
        self.assertEqual((self.attempts, self.clock.getDelayedCalls()), (0, []))
