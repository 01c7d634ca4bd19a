"""Functions of samples: intervals that end in another piece than they began in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from oagw.aggregates.pieces import IntervalGroups, Piece
from oagw.aggregates.samplefunctions import (
    Count,
    Deviation,
    Extreme,
    First,
    Last,
    Mean,
    SampleFunction,
    Sum,
)

#: The samples of four intervals; the second one is empty.
INTERVALS: tuple[list[int], ...] = ([4, 1, 7], [], [2, 2], [9])


def results(
    function: SampleFunction, pieces: Sequence[Sequence[list[int]]]
) -> list[object]:
    """The results of all intervals; each piece goes on with the last interval before."""
    found: list[object] = []
    for piece in pieces:
        values = np.array([one for part in piece for one in part], np.int64)
        cuts = np.cumsum([len(part) for part in piece])[:-1].astype(np.intp)
        good = np.ones(len(values), np.bool_)
        times = np.arange(len(values), dtype=np.int64)
        found += function.step(IntervalGroups(Piece(times, values, good), cuts))
    none = Piece(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_))
    return found + function.step(IntervalGroups(none, np.zeros(1, np.intp)))


class PieceTests(SynchronousTestCase):
    """Where the pieces end does not change the results."""

    timeout = 30

    def check(self, function: type[SampleFunction], expected: list[object]) -> None:
        """Check the results, however the samples are divided."""
        first, second, third, fourth = INTERVALS
        for pieces in (
            [INTERVALS],
            [[first[:1]], [first[1:], second, third, fourth]],
            [[first[:2]], [first[2:], second], [[], third[:1]], [third[1:], fourth]],
            [[first, second], [[], third], [[], fourth]],
        ):
            found = results(function(), pieces)
            self.assertEqual(found, expected, pieces)

    def test_count(self) -> None:
        self.check(Count, [3, 0, 2, 1])

    def test_sum(self) -> None:
        self.check(Sum, [12.0, None, 4.0, 9.0])

    def test_mean(self) -> None:
        self.check(Mean, [4.0, None, 2.0, 9.0])

    def test_first_and_last(self) -> None:
        self.check(First, [4, None, 2, 9])
        self.check(Last, [7, None, 2, 9])

    def test_extremes_keep_their_type(self) -> None:
        class Least(Extreme):
            def __init__(self) -> None:
                super().__init__(np.minimum.reduceat, min)

        class Greatest(Extreme):
            def __init__(self) -> None:
                super().__init__(np.maximum.reduceat, max)

        self.check(Least, [1, None, 2, 9])
        self.check(Greatest, [7, None, 2, 9])

    def test_deviation(self) -> None:
        """Of the population: the squares of 4, 1, 7 are 0, 9, 9 from the mean."""
        found = results(Deviation(), [[[4]], [[1]], [[7], [], [2, 2], [9]]])
        self.assertAlmostEqual(float(str(found[0])), 6**0.5, 12)
        self.assertEqual(found[1:], [None, 0.0, 0.0])


class QualityTests(SynchronousTestCase):
    """Bad samples do not count."""

    timeout = 30

    def test_bad_samples(self) -> None:
        values, good = np.array([1.0, 100.0, 3.0]), np.array([True, False, True])
        groups = IntervalGroups(Piece(np.arange(3), values, good), np.array([2], np.intp))
        self.assertEqual(Mean().step(groups), [1.0])
