"""Several series are merged by time."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.aggregates.piecemerger import Merger
from tests.aggregates.naive import One, piece, pieces
from tests.aggregates.strategies import cuts, floats, sampled


class MergerTests(SynchronousTestCase):
    """Several series as one."""

    timeout = 60

    @given(st.lists(st.tuples(sampled(floats), cuts), min_size=1, max_size=3))
    def test_any_series(self, given: list[tuple[list[One], list[int]]]) -> None:
        """All samples come, by time."""
        waiting = [pieces(samples, cuts, "f8") for samples, cuts in given]
        merger = Merger(len(waiting))
        found: list[tuple[int, float]] = []
        while True:
            for number in merger.wanted():
                more = waiting[number]
                merger.put(number, more.pop(0) if more else None)
            taken = merger.take()
            if taken is None:
                break
            self.assertGreater(len(taken), 0)
            found += zip(taken.times.tolist(), taken.floats().tolist(), strict=True)
        every = [(one.time, one.value) for samples, _ in given for one in samples]
        self.assertEqual(sorted(found), sorted(every))
        self.assertTrue(all(one[0] <= other[0] for one, other in pairwise(found)))

    def test_of_several_kinds(self) -> None:
        """The values stay what they are."""
        merger = Merger(2)
        merger.put(0, piece([One(1, 1.5), One(3, 2.5)], "f8"))
        merger.put(1, piece([One(2, "a"), One(3, "b")]))
        taken = merger.take()
        assert taken is not None
        self.assertEqual(taken.values, [1.5, "a", 2.5, "b"])
