"""The garbage collector rests inside the block, and only there."""

from __future__ import annotations

import gc

from twisted.trial.unittest import SynchronousTestCase

from oagw.systems.embedded.gcpause import collection_paused


class PauseTests(SynchronousTestCase):
    """With the collector on, and off."""

    timeout = 10

    def test_it_runs_again_afterwards(self) -> None:
        """Also after an error; a collector that was off stays off."""
        self.addCleanup(gc.enable)
        gc.enable()
        with self.assertRaises(ValueError), collection_paused():
            self.assertFalse(gc.isenabled())
            raise ValueError
        self.assertTrue(gc.isenabled())
        gc.disable()
        with collection_paused():
            pass
        self.assertFalse(gc.isenabled())
