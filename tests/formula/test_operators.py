"""Operators compute as those of CTRL do."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.formula.checks import FormulaError
from oagw.formula.operators import (
    add,
    divide,
    multiply,
    remainder,
    shift_left,
    shift_right,
    subtract,
)

_NUMBERS = st.integers(-(2**31), 2**31 - 1)


class OperatorTests(SynchronousTestCase):
    """Numbers, texts and bits."""

    timeout = 30

    @given(_NUMBERS, _NUMBERS.filter(bool))
    @settings(deadline=None)
    def test_whole_quotients_are_cut_off_towards_zero(self, left: int, right: int) -> None:
        """The remainder makes up for what was cut off, and has the sign of the left."""
        quotient, rest = divide(left, right), remainder(left, right)
        self.assertEqual(add(multiply(quotient, right), rest), left)
        assert isinstance(rest, int)
        self.assertLess(abs(rest), abs(right))
        self.assertGreaterEqual(rest * left, 0)

    @given(st.integers(0, 2**32 - 1), st.integers(0, 31))
    @settings(deadline=None)
    def test_shifting_back_gives_the_number(self, number: int, places: int) -> None:
        self.assertEqual(shift_right(shift_left(number, places), places), number)

    def test_texts_are_joined(self) -> None:
        self.assertEqual(add("a", "b"), "ab")
        self.assertEqual(subtract(5, 7), -2)

    def test_what_has_no_result(self) -> None:
        for operation, left, right, wrong in (
            (divide, 1, 0, "division by zero"),
            (remainder, 1, 0, "division by zero"),
            (shift_left, 2**63, 1, "exceeds 64 bits"),
            (add, "a", 1, "cannot join a text and a number"),
        ):
            with self.assertRaises(FormulaError) as caught:
                operation(left, right)
            self.assertIn(wrong, str(caught.exception))
