"""The delay of timers is measured."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.server.reactordelay import ReactorDelay


class ReactorDelayTests(SynchronousTestCase):
    """With a clock that jumps as a busy reactor's does."""

    timeout = 30

    def setUp(self) -> None:
        self.clock = Clock()
        self.delay = ReactorDelay(self.clock)
        self.delay.start()

    def test_a_reactor_that_has_time(self) -> None:
        """Its timers are called when they are due."""
        self.clock.pump([0.25] * 8)
        self.assertEqual((self.delay.last, self.delay.maximum), (0, 0))

    def test_a_busy_reactor(self) -> None:
        """The maximum stays; the last sample is that of now."""
        self.clock.advance(0.75)
        self.assertEqual((self.delay.last, self.delay.maximum), (0.5, 0.5))
        self.clock.advance(0.5)
        self.assertEqual((self.delay.last, self.delay.maximum), (0.25, 0.5))
        self.clock.advance(0.25)
        self.assertEqual((self.delay.last, self.delay.maximum), (0, 0.5))

    def test_stop(self) -> None:
        """No timer is left."""
        self.delay.stop()
        self.delay.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])
