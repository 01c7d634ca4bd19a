"""Each value holds until the next one, across intervals and pieces."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.aggregates.holdtimes import HoldTimes
from tests.aggregates.naive import One, piece

_EDGES = (20, 30, 40)


class HoldTimeTests(SynchronousTestCase):
    """Three closed intervals, from 10 to 40."""

    timeout = 30

    def hold(self, samples: list[One], now: int) -> tuple[list[int], list[float]]:
        some = piece(samples, "f8")
        cuts = np.searchsorted(some.times, np.array(_EDGES))
        holding = HoldTimes(10, now, with_values=True)
        found = holding.step(some, cuts, np.array(_EDGES))
        return found.good.tolist(), found.integral.tolist()

    def test_a_value_holds_over_edges(self) -> None:
        """Before the first sample nothing is known, and after now neither."""
        found = self.hold([One(15, 2.0), One(32, 1.0)], now=36)
        self.assertEqual(found, ([5, 10, 6], [10.0, 20.0, 8.0]))

    def test_a_bad_value_does_not_count(self) -> None:
        found = self.hold([One(10, 2.0), One(25, 5.0, good=False)], now=99)
        self.assertEqual(found, ([10, 5, 0], [20.0, 10.0, 0.0]))

    def test_a_value_before_the_first_interval(self) -> None:
        holding = HoldTimes(10, 99, with_values=True)
        holding.begin(piece([One(0, 1.0), One(3, 4.0)], "f8"))
        nothing = piece([], "f8")
        found = holding.step(nothing, np.zeros(1, np.intp), np.array([20]))
        self.assertEqual((found.good.tolist(), found.integral.tolist()), ([10], [40.0]))

    @given(st.lists(st.integers(10, 39), max_size=9).map(sorted))
    @settings(deadline=None)
    def test_good_values_fill_all_time_after_the_first(self, times: list[int]) -> None:
        good, integral = self.hold([One(at, 1.0) for at in times], now=99)
        self.assertEqual(sum(good), 40 - times[0] if times else 0)
        self.assertEqual(sum(integral), sum(good))
