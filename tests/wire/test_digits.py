"""The text of whole columns is the one that Python writes."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.model.times import to_iso
from oagw.wire.digits import (
    MAX_DIGITS,
    after,
    are_ms,
    decimals,
    iso,
    iso_ns,
    milliseconds,
    side_by_side,
)

_LARGEST = 10**MAX_DIGITS - 1
#: From 2001 up to the last time that can be stored.
_MS = st.lists(st.integers(10**12, 2**63 // 10**6), min_size=1, max_size=30)


class DigitTests(SynchronousTestCase):
    """Against one number at a time."""

    timeout = 60

    @given(st.lists(st.integers(-_LARGEST, _LARGEST), min_size=1, max_size=30))
    @settings(deadline=None)
    def test_integers(self, numbers: list[int]) -> None:
        """Of at most 15 digits, with their sign."""
        lanes = decimals(np.array(numbers, np.int64), None)
        assert lanes is not None
        text = side_by_side(after(b",", lanes), len(numbers))
        self.assertEqual(text.decode()[1:], ",".join(map(str, numbers)))

    @given(
        st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=30),
        st.integers(1, 9),
    )
    @settings(deadline=None)
    def test_decimals(self, numbers: list[int], digits: int) -> None:
        """With a digit after the point, and no further zeros."""
        lanes = decimals(np.array(numbers, np.int64), digits)
        assert lanes is not None
        found = side_by_side(after(b",", lanes), len(numbers)).decode()[1:].split(",")
        self.assertEqual(
            [float(text) for text in found], [one / 10**digits for one in numbers]
        )
        for text in found:
            self.assertRegex(text, r"^-?\d+\.(\d*[1-9]|0)$")

    @given(_MS)
    @settings(deadline=None)
    def test_times(self, times: list[int]) -> None:
        """As numbers and as texts in UTC."""
        ms = np.array(times, np.int64)
        self.assertTrue(are_ms(ms))
        text = side_by_side(after(b",", milliseconds(ms)), len(ms)).decode()[1:]
        self.assertEqual(text, ",".join(map(str, times)))
        text = side_by_side(after(b",", iso(ms)), len(ms)).decode()[1:]
        expected = [f'"{to_iso(one * 1_000_000)}"' for one in times]
        self.assertEqual(text.split(","), expected)
        found = [one.decode() for one in iso_ns(ms * 1_000_000)]
        self.assertEqual([one[:23] + "Z" for one in found], [one[1:-1] for one in expected])

    def test_longer_numbers(self) -> None:
        """Numbers of more digits are not written here."""
        for number in (_LARGEST + 1, -(2**63)):
            self.assertIsNone(decimals(np.array([number], np.int64), None))
        self.assertFalse(are_ms(np.array([5], np.int64)))
