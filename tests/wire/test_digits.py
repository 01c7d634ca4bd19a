"""The text of whole columns: the same as that of one value after the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.wire.digits import (
    MAX_DIGITS,
    are_ms,
    decimals,
    iso,
    iso_ns,
    milliseconds,
    side_by_side,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Times of 13 digits.
_MS = st.integers(10**12, 10**13 - 1)
_LARGEST = 10**MAX_DIGITS - 1
_NUMBERS = st.lists(
    st.integers(-_LARGEST, _LARGEST) | st.integers(-20_000, 20_000), min_size=1
)


class TimeTests(SynchronousTestCase):
    timeout = 60

    @given(st.lists(_MS, min_size=1))
    @example([10**12, 10**13 - 1])
    @example([1_764_547_199_999, 1_764_547_200_000])
    def test_milliseconds(self, times: list[int]) -> None:
        """Are 13 digits each."""
        lanes = milliseconds(np.array(times, np.int64))
        text = side_by_side(lanes, len(times)).decode()
        self.assertEqual(text, "".join(map(str, times)))

    @given(st.lists(_MS, min_size=1))
    def test_iso(self, times: list[int]) -> None:
        """Is what datetime makes of them, in quotes."""
        text = side_by_side(iso(np.array(times, np.int64)), len(times)).decode()
        expected = [
            (_EPOCH + timedelta(milliseconds=one)).isoformat(timespec="milliseconds")
            for one in times
        ]
        self.assertEqual(
            text, "".join(f'"{one.removesuffix("+00:00")}Z"' for one in expected)
        )

    @given(st.lists(st.integers(0, 2**63 - 1), min_size=1))
    def test_nanoseconds(self, times: list[int]) -> None:
        """Have nine digits after the point."""
        expected = []
        for one in times:
            seconds, rest = divmod(one, 10**9)
            moment = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
            expected.append(f"{moment}.{rest:09d}Z".encode())
        self.assertEqual(iso_ns(np.array(times, np.int64)), expected)

    def test_which_times_have_13_digits(self) -> None:
        """Those of 2001 to 2286; no times at all are none that has not."""
        self.assertTrue(are_ms(np.array([], np.int64)))
        self.assertTrue(are_ms(np.array([10**12, 10**13 - 1], np.int64)))
        self.assertFalse(are_ms(np.array([10**12 - 1, 10**12], np.int64)))
        self.assertFalse(are_ms(np.array([10**12, 10**13], np.int64)))


class NumberTests(SynchronousTestCase):
    timeout = 60

    @given(_NUMBERS)
    @example([0, -1, 999, -999, 1000, -1000, 9999, -9999, 10_000, -10_000, -_LARGEST])
    def test_whole_numbers(self, numbers: list[int]) -> None:
        """Without zeros before."""
        lanes = decimals(np.array(numbers, np.int64), None)
        assert lanes is not None
        text = side_by_side(lanes, len(numbers)).decode()
        self.assertEqual(text, "".join(map(str, numbers)))

    @given(_NUMBERS, st.integers(0, 9))
    @example([0, 1, -1, 10, 100, 1000, -1050], 3)
    def test_decimals(self, numbers: list[int], digits: int) -> None:
        """With a digit after the point, and no zeros after that."""
        lanes = decimals(np.array(numbers, np.int64), digits)
        assert lanes is not None
        expected = []
        for one in numbers:
            text = f"{Decimal(abs(one)).scaleb(-digits):f}"
            whole, _, fraction = text.partition(".")
            sign = "-" if one < 0 else ""
            expected.append(f"{sign}{whole}.{fraction.rstrip('0') or '0'}")
        self.assertEqual(side_by_side(lanes, len(numbers)).decode(), "".join(expected))

    def test_what_is_too_long(self) -> None:
        """Is left to others, and so is the number that has no positive counterpart."""
        for number in (10**MAX_DIGITS, -(10**MAX_DIGITS), -(2**63)):
            self.assertIsNone(decimals(np.array([1, number], np.int64), None))
