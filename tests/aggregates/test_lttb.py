"""LTTB selects the same samples as the published algorithm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.aggregates.lttb import Lttb
from oagw.aggregates.pieces import Piece
from oagw.aggregates.reduction import (
    AggregateRows,
)
from tests.aggregates.naive import One, lttb, piece, pieces
from tests.aggregates.strategies import cuts, sampled


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

    @given(sampled(st.integers(-1000, 1000)), cuts, st.integers(3, 20))
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
