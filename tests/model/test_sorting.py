"""A list is sorted in slices as Python sorts it at once."""

from __future__ import annotations

from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.model import sorting
from oagw.model.sorting import Sorting


class SortingTests(SynchronousTestCase):
    """Sorting step by step."""

    timeout = 60

    @given(st.lists(st.tuples(st.integers(0, 5), st.integers())), st.booleans())
    @settings(deadline=None)
    def test_the_order_is_that_of_sorted(
        self, items: list[tuple[int, int]], descending: bool
    ) -> None:
        """Equal items stay in their order, in both directions."""
        expected = sorted(items, key=lambda one: one[0], reverse=descending)
        with mock.patch.object(sorting, "_SLICE", 3):
            slices = Sorting(list(items), key=lambda one: one[0], descending=descending)
            steps = sum(1 for _ in slices.steps())
        self.assertEqual(slices.items, expected)
        if len(items) > 3:
            self.assertGreaterEqual(steps, 2 * (len(items) // 3))

    def test_a_short_list_needs_no_steps(self) -> None:
        short = Sorting([2, 1], key=int)
        self.assertEqual(list(short.steps()), [])
        self.assertEqual(short.items, [1, 2])
