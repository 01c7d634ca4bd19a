"""Floats become whole numbers and decimals only where this is exact."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.model.decimals import NO_DECIMALS, as_decimals


class DecimalTests(SynchronousTestCase):
    """Packing floats."""

    timeout = 60

    @given(st.lists(st.floats(), min_size=1), st.integers(0, 6))
    @settings(deadline=None)
    def test_all_but_the_exceptions_come_back(
        self, given: list[float], digits: int
    ) -> None:
        """To the last bit, whatever the floats are."""
        values = np.array([round(one, digits) for one in given])
        found, numbers, others = as_decimals(values)
        if found == NO_DECIMALS:
            self.assertEqual(numbers.tolist(), values.view(np.int64).tolist())
            return
        again = numbers / 10.0**found
        again[others] = values[others]
        self.assertEqual(again.view(np.int64).tolist(), values.view(np.int64).tolist())

    def test_the_fewest_decimals_win(self) -> None:
        for values, digits in (([1.0, 20.0], 0), ([1.5, 2.0], 1), ([0.001], 3)):
            self.assertEqual(as_decimals(np.array(values))[0], digits, values)

    def test_a_few_exceptions_are_allowed(self) -> None:
        """Minus zero and infinity among measured values are stored beside them."""
        values = np.array([0.5] * 100 + [-0.0, np.inf])
        digits, numbers, others = as_decimals(values)
        self.assertEqual((digits, numbers[0], others.tolist()), (1, 5, [100, 101]))

    def test_long_fractions_stay_floats(self) -> None:
        self.assertEqual(as_decimals(np.array([1 / 3, 2 / 3, 1 / 7]))[0], NO_DECIMALS)
