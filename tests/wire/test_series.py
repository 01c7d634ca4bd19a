"""A period's values come in the shape that Ts asks for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.model.times import parse_time
from oagw.wire.series import Numbers, Series, joined, layout_of

TIMES = [1_767_225_600_000_000_000, 1_767_225_600_500_999_999]
MS = [1_767_225_600_000, 1_767_225_600_500]
ISO = ["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.500Z"]

#: The same two values in each shape.
SHAPES: dict[int, list[object]] = {
    0: [1.5, "b"],
    1: [[MS[0], 1.5], [MS[1], "b"]],
    2: [[ISO[0], 1.5], [ISO[1], "b"]],
    3: [MS, [1.5, "b"]],
    4: [ISO, [1.5, "b"]],
}


def series(times: Sequence[int], values: Sequence[Any]) -> Series:
    """A series of values one by one."""
    return Series(np.array(times, np.int64), values)


def encoded(values: Series, shape: int) -> bytes:
    """The JSON of one series."""
    return layout_of(shape).text(values)


_times = st.lists(st.integers(0, 2**63 - 1), max_size=8)


class SeriesTests(SynchronousTestCase):
    """The five shapes."""

    timeout = 30

    def test_each_shape_is_that_of_the_protocol(self) -> None:
        """Times are cut to milliseconds, as numbers or as text in UTC."""
        for shape, expected in SHAPES.items():
            with self.subTest(shape):
                text = encoded(series(TIMES, [1.5, "b"]), shape)
                self.assertEqual(json.loads(text), expected)

    @given(_times, st.integers(1, 4))
    @settings(deadline=None)
    def test_every_shape_carries_the_same_times(self, times: list[int], shape: int) -> None:
        """Pairs or columns, text or numbers: the milliseconds are the same."""
        values = list(range(len(times)))
        found = json.loads(encoded(series(times, values), shape))
        if shape in (3, 4):
            found = list(zip(*found, strict=True))
        moments = [(parse_time(time) // 1_000_000, value) for time, value in found]
        self.assertEqual(
            moments, [(time // 1_000_000, at) for at, time in enumerate(times)]
        )


_NUMBERS = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40).map(
        lambda values: Numbers(np.array(values, np.int64))
    ),
    st.lists(st.integers(-(10**6), 10**6), max_size=40).map(
        lambda values: Numbers(np.array(values, np.int64))
    ),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=40).map(
        lambda values: Numbers(np.array(values, np.float64))
    ),
    st.lists(st.booleans(), max_size=40).map(
        lambda values: Numbers(np.array(values, np.bool_))
    ),
    st.lists(st.integers(2**63, 2**64 - 1), max_size=40).map(
        lambda values: Numbers(np.array(values, np.uint64))
    ),
    st.builds(
        lambda values, digits: Numbers(np.array(values, np.int64), digits),
        st.lists(st.integers(-(10**15) + 1, 10**15 - 1), max_size=40),
        st.integers(0, 6),
    ),
    st.builds(
        lambda values, digits: Numbers(np.array(values, np.int64), digits),
        st.lists(st.integers(-1200, 1200), max_size=40),
        st.integers(0, 6),
    ),
)


class NumbersTests(SynchronousTestCase):
    """Columns of numbers are written at once, as they are written one by one."""

    timeout = 120

    @given(
        _NUMBERS,
        st.one_of(st.integers(0, 2**63 - 1 - 40 * 10**9), st.just(10**18 - 5 * 10**9)),
        st.integers(0, 10**9),
        st.integers(0, 4),
    )
    @settings(deadline=None, max_examples=500)
    def test_any_column_in_any_shape(
        self, numbers: Numbers, start: int, step: int, shape: int
    ) -> None:
        """Both texts stand for the same; those of usual numbers are the same."""
        times = [start + number * step for number in range(len(numbers))]
        values = numbers.tolist()
        self.assertEqual(len(values), len(numbers))
        found = encoded(Series(np.array(times, np.int64), numbers), shape)
        expected = encoded(series(times, values), shape)
        self.assertEqual(repr(json.loads(found)), repr(json.loads(expected)))
        if all(value == 0 or 1e-4 <= abs(value) < 1e15 for value in values):  # type: ignore[arg-type]
            self.assertEqual(found, expected)


class JoinedTests(SynchronousTestCase):
    """Parts of a series become one."""

    timeout = 30

    def joined(self, *columns: Any) -> Any:
        parts = [series(range(len(one)), one) for one in columns]
        return joined(parts).values

    def test_numbers_stay_numbers(self) -> None:
        whole, fractions = np.array([1, 2]), np.array([2.5])
        cases: list[tuple[list[Any], str, list[object]]] = [
            ([Numbers(whole), Numbers(whole)], "i", [1, 2, 1, 2]),
            ([Numbers(whole), [], Numbers(fractions)], "f", [1.0, 2.0, 2.5]),
            ([Numbers(np.array([125]), 2), Numbers(fractions)], "f", [1.25, 2.5]),
        ]
        for columns, kind, values in cases:
            found = self.joined(*columns)
            self.assertEqual(found.array.dtype.kind, kind)
            self.assertEqual(found.tolist(), values)

    def test_other_values_are_a_list(self) -> None:
        bits = Numbers(np.array([True]))
        self.assertEqual(self.joined(["a"], Numbers(np.array([1]))), ["a", 1])
        self.assertEqual(str(self.joined(bits, Numbers(np.array([1])))), "[True, 1]")
        large = Numbers(np.array([2**64 - 1], np.uint64))
        self.assertEqual(self.joined(large, Numbers(np.array([-1]))), [2**64 - 1, -1])
