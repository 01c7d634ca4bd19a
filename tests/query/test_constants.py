"""Conditions of values alone are true or false, as their text says."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ConversionError
from oagw.query.constants import compared, truth
from oagw.query.tree import Literal, Operator


class ConstantTests(SynchronousTestCase):
    """Values as conditions, and comparisons of values."""

    timeout = 30

    def test_truth(self) -> None:
        """Numbers are true unless 0; only four texts have a truth."""
        for value, expected in (
            (True, True),
            (0, False),
            (0.5, True),
            ("1", True),
            (" true ", True),
            ("FALSE", False),
            ("0", False),
            ("2", None),
            ("", None),
        ):
            self.assertIs(truth(Literal.of(value)), expected, value)

    def test_comparisons(self) -> None:
        for left, how, right, expected in (
            (1, Operator.EQUAL, 1.0, True),
            (1, Operator.LESS, "2", True),
            ("a", Operator.EQUAL, "b", False),
            ("abc", Operator.LIKE, "a*", True),
            (True, Operator.EQUAL, 1, True),
        ):
            found = compared(Literal.of(left), how, [Literal.of(right)])
            self.assertIs(found, expected, (left, how, right))

    def test_what_cannot_be_compared(self) -> None:
        with self.assertRaises(ConversionError):
            compared(Literal.of(1), Operator.EQUAL, [Literal.of("a")])
