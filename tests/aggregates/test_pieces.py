"""Pieces of samples, and how they fall into intervals."""

from __future__ import annotations

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from oagw.aggregates.pieces import IntervalGroups, joined, no_samples
from tests.aggregates.naive import One, piece


class PieceTests(SynchronousTestCase):
    """Parts, numbers and merged pieces."""

    timeout = 30

    def test_bools_are_numbers_and_texts_are_not(self) -> None:
        flags = piece([One(1, True), One(2, False)], "?")
        self.assertEqual(flags.numbers().tolist(), [1, 0])
        self.assertEqual(flags.floats().dtype, np.float64)
        with self.assertRaises(ValueError):
            piece([One(1, "a")]).numbers()

    def test_at_equal_times_the_earlier_piece_comes_first(self) -> None:
        one = piece([One(1, 1.0), One(5, 2.0)], "f8")
        other = piece([One(1, 3.0), One(4, 4.0)], "f8")
        self.assertEqual(joined([one, other]).floats().tolist(), [1.0, 3.0, 4.0, 2.0])
        self.assertEqual(len(joined([no_samples(), no_samples()])), 0)

    def test_only_good_samples_are_grouped(self) -> None:
        """Into three intervals, of which the second is empty."""
        some = piece([One(1, 1.0), One(2, 9.0, good=False), One(8, 2.0), One(9, 4.0)], "f8")
        groups = IntervalGroups(some, np.array([2, 2]))
        self.assertEqual(groups.counts.tolist(), [1, 0, 2])
        self.assertEqual(groups.filled.tolist(), [0, 2])
        self.assertEqual((groups.starts.tolist(), groups.ends.tolist()), ([0, 1], [1, 3]))
        self.assertEqual(groups.sums.tolist(), [1.0, 0.0, 6.0])
        self.assertEqual(groups.spread(["a", "b"]), ["a", None, "b"])
        self.assertEqual(groups.pick(groups.ends - 1), [1.0, 4.0])
        self.assertEqual(groups.reduced(np.maximum.reduceat), [1.0, 4.0])
