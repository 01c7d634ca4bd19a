"""Pieces that are in memory can be read like a reading or a scan."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.model.columns import empty
from oagw.systems.replay import Replay


class ReplayTests(SynchronousTestCase):
    """Of two pieces."""

    timeout = 10

    def test_pieces_come_in_order_and_again(self) -> None:
        """They come again after a rewind, but not at the end or once closed."""
        pieces = [empty(), empty()]
        replay = Replay(pieces)
        for _ in range(2):
            for expected in (*pieces, None, None):
                self.assertIs(self.successResultOf(replay.next()), expected)
            replay.rewind()
        replay.close()
        self.assertIsNone(self.successResultOf(replay.next()))
