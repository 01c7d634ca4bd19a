"""Columns hold samples and give the same samples back."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.model.columns import Kind, columns, cut, empty, in_order, joined, kind_of
from oagw.model.samples import Sample

_VALUES = st.one_of(
    st.lists(st.floats(allow_nan=False)),
    st.lists(st.integers(-(2**63), 2**63 - 1)),
    st.lists(st.integers(0, 2**64 - 1)),
    st.lists(st.booleans()),
    st.lists(st.one_of(st.text(), st.integers(0, 2**64 - 1), st.floats(allow_nan=False))),
)


def samples_of(values: list[object], begin: int = 0) -> list[Sample]:
    """A sample for each value, one ns apart."""
    return [Sample(one, begin + at, at, 7) for at, one in enumerate(values)]


class ColumnsTests(SynchronousTestCase):
    """Packing and unpacking."""

    timeout = 60

    @given(_VALUES)
    @settings(deadline=None)
    def test_samples_come_back(self, values: list[object]) -> None:
        """With the same values and the types of these."""
        given = samples_of(values)
        found = columns(given).samples()
        self.assertEqual(found, given)
        self.assertEqual([type(one.value) for one in found], list(map(type, values)))

    def test_the_kind_holds_all_values(self) -> None:
        for values, kind in (
            ([1.5, -0.0], Kind.FLOAT),
            ([1, -(2**63)], Kind.INT),
            ([1, 2**63], Kind.UINT),
            ([True], Kind.BOOL),
            ([-1, 2**63], Kind.OTHER),
            ([1, 1.0], Kind.OTHER),
            ([True, 1], Kind.OTHER),
            (["a"], Kind.OTHER),
        ):
            self.assertIs(kind_of(values), kind, values)

    def test_texts_have_no_floats(self) -> None:
        with self.assertRaises(ValueError):
            columns(samples_of(["a"])).floats()

    @given(_VALUES, _VALUES)
    @settings(deadline=None)
    def test_joined_columns_are_joined_samples(
        self, one: list[object], other: list[object]
    ) -> None:
        """Also if the two have values of different kinds."""
        first, second = samples_of(one), samples_of(other, 1000)
        found = joined([columns(first), columns(second)])
        self.assertEqual(found.samples(), first + second)

    def test_at_equal_times_the_earlier_part_comes_first(self) -> None:
        one, other = samples_of([1, 2, 3]), samples_of([4, 5], begin=1)
        found = in_order([columns(one), columns(other)])
        self.assertEqual(found.values(), [1, 2, 4, 3, 5])

    def test_a_period_includes_both_ends(self) -> None:
        given = columns(samples_of(["a", "b", "c", "d"]))
        self.assertEqual(cut(given, 1, 2).values(), ["b", "c"])
        self.assertEqual(len(cut(given, 4, 9)), 0)
        self.assertEqual(len(empty()), 0)

    def test_decimals_become_floats(self) -> None:
        """Scaled whole numbers are divided by their power of ten."""
        packed = columns(samples_of([1, 25]))
        scaled = type(packed)(
            Kind.FLOAT, packed.stime, packed.bits, packed.status, packed.user, None, 1
        )
        self.assertEqual(scaled.values(), [0.1, 2.5])
        self.assertIsNone(scaled.plain().digits)
        self.assertEqual(scaled.plain().values(), [0.1, 2.5])
        self.assertEqual(scaled.unpacked().others, [0.1, 2.5])
        self.assertEqual(scaled.part(np.array([1])).values(), [2.5])
