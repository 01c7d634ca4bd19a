"""Aggregates give what a loop over the samples gives, in whatever pieces these come."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any
from unittest import mock

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.aggregates import reduction
from oagw.aggregates.functiontable import AggregateFunction
from oagw.aggregates.pieces import Piece
from oagw.aggregates.reduction import (
    AggregateRows,
    IntervalReduction,
)
from tests.aggregates.naive import Naive, One, piece, pieces
from tests.aggregates.strategies import cuts, floats, sampled

FUNCTIONS = [one for one in AggregateFunction if one is not AggregateFunction.LTTB]

EXACTLY = {"minimum", "maximum", "count", "first", "last", "percentile"}

#: Values, and the numpy type that holds them.
_values: list[tuple[st.SearchStrategy[Any], str]] = [
    (floats, "f8"),
    (st.integers(-(2**62), 2**62), "i8"),
    (st.integers(0, 2**64 - 1), "u8"),
    (st.booleans(), "?"),
]


@st.composite
def _edges(draw: st.DrawFn) -> list[int]:
    edges = draw(st.lists(st.integers(5, 50), min_size=2, max_size=12, unique=True))
    return sorted(edges)


def fold(
    samples: Sequence[Piece],
    functions: Sequence[AggregateFunction],
    edges: Sequence[int],
    now: int = 1 << 62,
    percent: float = 50,
) -> AggregateRows:
    """All results of an interval reduction."""
    reducer = IntervalReduction(functions, percent, np.array(edges, np.int64), now)
    found = [rows for one in samples for rows in reducer.feed(one)] + reducer.end()
    if not found:
        return AggregateRows(np.empty(0, np.int64), [[] for _ in functions], np.empty(0))
    return AggregateRows(
        np.concatenate([rows.times for rows in found]),
        [
            list(chain(*parts))
            for parts in zip(*(rows.columns for rows in found), strict=True)
        ],
        np.concatenate([rows.quality for rows in found if rows.quality is not None]),
    )


class IntervalReductionTests(SynchronousTestCase):
    """Functions over intervals."""

    timeout = 120

    def check(
        self, samples: list[One], kind: str | None, cuts: list[int], naive: Naive
    ) -> None:
        functions = FUNCTIONS if kind else [one for one in FUNCTIONS if one.takes_all]
        edges = [begin for begin, _ in naive.spans] + [naive.spans[-1][1]]
        split = pieces(samples, cuts, kind)
        rows = fold(split, functions, edges, naive.now, naive.percent)
        for function, column in zip(functions, rows.columns, strict=True):
            self.assert_same(column, naive.all(function), function)
        assert rows.quality is not None
        self.assert_same(rows.quality.tolist(), naive.all("quality"), "quality")
        if naive.samples:
            self.assertEqual(rows.times.tolist(), edges[:-1])

    def assert_same(self, found: list[Any], expected: list[Any], what: str) -> None:
        self.assertEqual(len(found), len(expected), what)
        for one, other in zip(found, expected, strict=True):
            if what in EXACTLY or one is None or other is None:
                self.assertEqual(one, other, what)
            else:
                room = 1e-9 * max(abs(one), abs(other), 1.0)
                # What is left of large numbers has no more digits than these.
                room = max(room, 1e-7 * self.scale)
                self.assertLessEqual(abs(one - other), room, what)

    scale = 0.0

    @given(st.data(), _edges(), cuts, st.integers(0, 70), st.integers(0, 100))
    @settings(max_examples=300, deadline=None)
    def test_any_samples_in_any_pieces(
        self, data: st.DataObject, edges: list[int], cuts: list[int], now: int, percent: int
    ) -> None:
        """All kinds of numbers; some are bad, some before or after the period."""
        values, kind = data.draw(st.sampled_from(_values))
        samples = data.draw(sampled(values))
        self.scale = max((abs(one.value) for one in samples), default=0) * 1e-4
        together = data.draw(st.sampled_from([1, 2, 1 << 14]))
        with mock.patch.object(reduction, "_TOGETHER", together):
            self.check(samples, kind, cuts, Naive(samples, edges, now, percent))

    @given(sampled(st.text(max_size=2)), _edges(), cuts, st.integers(0, 70))
    @settings(max_examples=100, deadline=None)
    def test_any_texts(
        self, samples: list[One], edges: list[int], cuts: list[int], now: int
    ) -> None:
        """Texts can be counted, and have a first and a last in an interval."""
        self.check(samples, None, cuts, Naive(samples, edges, now, 0))

    def test_a_value_holds_until_the_next_one(self) -> None:
        """Also one before the period; the last holds to the period's end, or until now."""
        samples = [One(0, 4.0), One(15, 2.0)]
        both = [AggregateFunction.AVERAGE, AggregateFunction.INTEGRAL]
        rows = fold([piece(samples, "f8")], both, [10, 20, 30, 40], now=32)
        self.assertEqual(rows.columns[0], [3.0, 2.0, 2.0])
        self.assertEqual(rows.columns[1], [30 / 1e9, 20 / 1e9, 4 / 1e9])
        assert rows.quality is not None
        self.assertEqual(rows.quality.tolist(), [1.0, 1.0, 1.0])

    def test_bad_and_unknown_time_is_left_out(self) -> None:
        """Such time has no weight, and the quality shows it."""
        samples = [
            One(12, 1.0),
            One(14, 99.0, good=False),
            One(18, 3.0),
            One(20, 0.0, False),
        ]
        rows = fold([piece(samples, "f8")], [AggregateFunction.AVERAGE], [10, 20, 30])
        self.assertEqual(rows.columns, [[2.0, None]])
        assert rows.quality is not None
        self.assertEqual(rows.quality.tolist(), [0.4, 0.0])

    def test_what_is_to_come_is_unknown(self) -> None:
        """Intervals after now have no value and no quality."""
        rows = fold(
            [piece([One(0, 1.0)], "f8")], [AggregateFunction.AVERAGE], [0, 5, 9], now=5
        )
        self.assertEqual(rows.columns, [[1.0, None]])
        assert rows.quality is not None
        self.assertEqual(rows.quality.tolist(), [1.0, 0.0])

    def test_what_no_float_holds(self) -> None:
        """Is infinite, and no warning is given."""
        samples = [One(at, 1.7e308) for at in range(4)]
        functions = [
            AggregateFunction.SUM,
            AggregateFunction.DEVIATION,
            AggregateFunction.MAXIMUM,
        ]
        with np.errstate(all="raise"):
            rows = fold([piece(samples, "f8")], functions, [0, 9])
        self.assertEqual(rows.columns[0], [float("inf")])
        self.assertEqual(rows.columns[2], [1.7e308])

    def test_the_deviation_of_large_numbers_that_differ_little(self) -> None:
        """Has all its digits, also when pieces are put together."""
        samples = [One(at, 1e9 + at % 2) for at in range(1000)]
        rows = fold(
            pieces(samples, [1, 333, 700], "f8"), [AggregateFunction.DEVIATION], [0, 1000]
        )
        self.assertAlmostEqual(rows.columns[0][0], 0.5, places=9)
