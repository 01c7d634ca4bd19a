"""Aggregates give what a loop over the samples gives, in whatever pieces these come."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, pairwise
from typing import Any
from unittest import mock

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.aggregates import folding
from oagw.aggregates.folding import AggregateRows, Folding
from oagw.aggregates.functiontable import AggregateFunction
from oagw.aggregates.lttb import Lttb
from oagw.aggregates.piecemerger import Merger
from oagw.aggregates.pieces import Piece
from oagw.aggregates.ranks import EXACT, Ranks, rank
from tests.aggregates.naive import Naive, One, lttb, piece, pieces

FUNCTIONS = [one for one in AggregateFunction if one is not AggregateFunction.LTTB]
EXACTLY = {"minimum", "maximum", "count", "first", "last", "percentile"}

_floats = st.floats(-1e6, 1e6).map(lambda one: round(one, 3))
_times = st.lists(st.integers(0, 60), max_size=40).map(sorted)
_cuts = st.lists(st.integers(0, 40), max_size=4)
#: Values, and the numpy type that holds them.
_values: list[tuple[st.SearchStrategy[Any], str]] = [
    (_floats, "f8"),
    (st.integers(-(2**62), 2**62), "i8"),
    (st.integers(0, 2**64 - 1), "u8"),
    (st.booleans(), "?"),
]


@st.composite
def _samples(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> list[One]:
    return [One(time, draw(values), draw(st.booleans())) for time in draw(_times)]


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
    """All results of a folding."""
    folding = Folding(functions, percent, np.array(edges, np.int64), now)
    found = [rows for one in samples for rows in folding.feed(one)] + folding.end()
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


class FoldingTests(SynchronousTestCase):
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

    @given(st.data(), _edges(), _cuts, st.integers(0, 70), st.integers(0, 100))
    @settings(max_examples=300, deadline=None)
    def test_any_samples_in_any_pieces(
        self, data: st.DataObject, edges: list[int], cuts: list[int], now: int, percent: int
    ) -> None:
        """Of each kind of numbers; some are bad, some before the period or behind it."""
        values, kind = data.draw(st.sampled_from(_values))
        samples = data.draw(_samples(values))
        self.scale = max((abs(one.value) for one in samples), default=0) * 1e-4
        together = data.draw(st.sampled_from([1, 2, 1 << 14]))
        with mock.patch.object(folding, "_TOGETHER", together):
            self.check(samples, kind, cuts, Naive(samples, edges, now, percent))

    @given(_samples(st.text(max_size=2)), _edges(), _cuts, st.integers(0, 70))
    @settings(max_examples=100, deadline=None)
    def test_any_texts(
        self, samples: list[One], edges: list[int], cuts: list[int], now: int
    ) -> None:
        """They can be counted, and the first and the last of an interval be told."""
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
        """Of the time that weighs, and the quality says so."""
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


class RanksTests(SynchronousTestCase):
    """Percentiles of many values."""

    timeout = 120

    def test_exact_up_to_a_number(self) -> None:
        """So many are all kept."""
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
        """And keep all digits."""
        ranks = Ranks()
        ranks.add(np.array([2**62 + 1, 2**62 + 3]))
        self.assertEqual(ranks.value(50), 2**62 + 1)


class LttbTests(SynchronousTestCase):
    """Few samples that look like all."""

    timeout = 120

    def choose(self, split: Sequence[Piece], points: int) -> list[tuple[int, Any]]:
        choice = Lttb(points)
        found: list[AggregateRows] = []
        while choice.goes_on:
            found = [rows for one in split for rows in choice.feed(one)] + choice.end()
        return [
            pair
            for rows in found
            for pair in zip(rows.times.tolist(), rows.columns[0], strict=True)
        ]

    @given(_samples(st.integers(-1000, 1000)), _cuts, st.integers(3, 20))
    @settings(max_examples=300, deadline=None)
    def test_any_samples_in_any_pieces(
        self, samples: list[One], cuts: list[int], points: int
    ) -> None:
        """The published algorithm chooses the same."""
        samples = [One(one.time * 10**9, one.value, one.good) for one in samples]
        expected = [(one.time, one.value) for one in lttb(samples, points)]
        for kind in ("i8", "f8"):
            self.assertEqual(self.choose(pieces(samples, cuts, kind), points), expected)

    def test_many(self) -> None:
        """As many as asked for, the first and the last among them."""
        values = np.random.default_rng(3).integers(-99, 99, 5000).cumsum().tolist()
        samples = [One(at * 10**9, value) for at, value in enumerate(values)]
        found = self.choose(pieces(samples, [1000, 1001, 4000], "i8"), 100)
        expected = [(one.time, one.value) for one in lttb(samples, 100)]
        self.assertEqual(found, expected)
        self.assertEqual(len(found), 100)

    def test_what_no_float_holds(self) -> None:
        """Chooses something, and does not fail."""
        samples = [One(at, (-1.0) ** at * 1.7e308) for at in range(20)]
        self.assertEqual(len(self.choose([piece(samples, "f8")], 5)), 5)


class MergerTests(SynchronousTestCase):
    """Several series as one."""

    timeout = 60

    @given(st.lists(st.tuples(_samples(_floats), _cuts), min_size=1, max_size=3))
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
