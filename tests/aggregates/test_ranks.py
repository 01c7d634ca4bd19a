"""Percentiles: exact for few values, nearly exact for many."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from oagw.aggregates.ranks import EXACT, Ranks, rank


class RanksTests(SynchronousTestCase):
    """Percentiles of many values."""

    timeout = 120

    def test_exact_up_to_a_number(self) -> None:
        """Up to ``EXACT`` values, all are kept."""
        values = np.random.default_rng(1).permutation(EXACT).astype(np.float64)
        ranks = Ranks()
        for begin in range(0, EXACT, 20_000):
            ranks.add(values[begin : begin + 20_000])
        for percent in (0, 0.01, 7, 50, 99.9, 100):
            self.assertEqual(ranks.value(percent), rank(percent, EXACT), percent)

    def test_the_rank_is_that_of_the_percentage_as_it_is_written(self) -> None:
        """Doubles make 40,959.00000000001 of 99.9 percent of 41,000."""
        for percent in ("0", "0.1", "2.2", "8.8", "50", "97.5", "99.9", "99.99", "100"):
            for count in (1, 2, 3, 10, 375, 750, 1000, 1500, 41_000, 82_000, EXACT):
                exact = max(math.ceil(Fraction(percent) * count / 100), 1) - 1
                self.assertEqual(rank(float(percent), count), exact, (percent, count))
        self.assertEqual(rank(100 / 3, 3), 0)
        self.assertEqual(rank(200 / 3, 3), 1)

    def test_above_it_the_rank_is_nearly_right(self) -> None:
        """To less than one in 10,000, with memory for a few of them only."""
        count = 16 * EXACT + 12_345
        for values in (
            np.random.default_rng(2).permutation(count).astype(np.float64),
            np.arange(count, dtype=np.float64),
        ):
            ranks = Ranks()
            for begin in range(0, count, 99_999):
                ranks.add(values[begin : begin + 99_999])
            for percent in (0, 1, 50, 95, 100):
                found = ranks.value(percent)
                assert isinstance(found, float)
                self.assertLess(abs(found - rank(percent, count)), count / 10_000)
            kept = [*ranks._loose, *(one for one in ranks._levels if one is not None)]
            self.assertLessEqual(sum(map(len, kept)), 6 * EXACT)

    def test_whole_numbers_stay_whole(self) -> None:
        """Whole numbers keep all digits."""
        ranks = Ranks()
        ranks.add(np.array([2**62 + 1, 2**62 + 3]))
        self.assertEqual(ranks.value(50), 2**62 + 1)
