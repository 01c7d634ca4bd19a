"""Number literals keep all digits that a type can hold."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.model.literals import may_have_lost_digits, number_of


class LiteralTests(SynchronousTestCase):
    """Texts with a point or an exponent."""

    timeout = 30

    @given(st.integers(-(2**63), 2**64 - 1))
    @settings(deadline=None)
    def test_whole_numbers_keep_their_digits(self, number: int) -> None:
        self.assertEqual(number_of(f"{number}.0"), number)

    @given(st.floats(allow_nan=False, allow_infinity=False))
    @settings(deadline=None)
    def test_the_nearest_float_comes_back(self, number: float) -> None:
        self.assertEqual(float(number_of(repr(number))), number)

    def test_what_no_type_holds_is_a_float(self) -> None:
        self.assertEqual(number_of("1e300"), 1e300)
        self.assertIsInstance(number_of("9007199254740992.0"), float)
        self.assertEqual(number_of("9007199254740993.0"), 9007199254740993)
        self.assertIsInstance(number_of("9007199254740993.5"), float)

    def test_large_floats_may_have_lost_digits(self) -> None:
        """Also in a list within a list; whole numbers have not."""
        for value, expected in (
            (2.0**53, True),
            (-(2.0**60), True),
            (2.0**53 - 1, False),
            (2**60, False),
            ([1.0, [2.0**53]], True),
            ([1.0, "9007199254740993"], False),
        ):
            self.assertIs(may_have_lost_digits(value), expected, value)
