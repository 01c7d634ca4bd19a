"""A store that is unavailable: errors, one log line, and attempts to reconnect."""

from __future__ import annotations

from unittest.mock import patch

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.availability import Availability
from oagw.archives.sealed.partitions import StoreAwayError


class AvailabilityTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.clock = Clock()
        self.attempts: list[float] = []
        self.availability = Availability("the database", self.clock, self.reconnect)

    def reconnect(self) -> None:
        """Fail again."""
        self.attempts.append(self.clock.seconds())
        self.availability.lost("refused")

    def test_it_is_available_at_first(self) -> None:
        """No attempt to reconnect is made."""
        self.availability.check()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_attempts_become_rarer(self) -> None:
        """After 1, 2, 4, 8 and 16 seconds, then every 30 seconds."""
        self.availability.lost("refused")
        with self.assertRaisesRegex(StoreAwayError, "refused"):
            self.availability.check()
        for _ in range(100):
            self.clock.advance(1)
        self.assertEqual(self.attempts, [1, 3, 7, 15, 31, 61, 91])

    def test_the_same_reason_is_logged_once(self) -> None:
        """A different reason is logged again."""
        with patch.object(Availability, "_log") as log:
            for reason in ("refused", "refused", "no password"):
                self.availability.lost(reason)
        reasons = [call.kwargs["reason"] for call in log.error.mock_calls]
        self.assertEqual(reasons, ["refused", "no password"])

    def test_it_is_back(self) -> None:
        """The next time, the first attempt comes soon again."""
        self.availability.lost("refused")
        self.clock.advance(1)
        self.availability.found()
        self.availability.check()
        self.clock.advance(2)
        self.attempts.clear()
        self.availability.lost("refused")
        self.clock.advance(1)
        self.assertEqual(self.attempts, [4])

    def test_stop_ends_the_attempts(self) -> None:
        """A loss afterwards starts none."""
        self.availability.lost("refused")
        self.availability.stop()
        self.availability.lost("refused")
        self.assertEqual(self.clock.getDelayedCalls(), [])
