"""Checks refuse values with a message that names the operator or function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from oagw.formula.checks import (
    MAX_RESULT,
    FormulaError,
    bit_number,
    fit,
    is_text,
    members,
    number,
    short,
    text,
    truth,
    whole,
)


class CheckTests(SynchronousTestCase):
    """What fits comes back; everything else is an error."""

    timeout = 30

    def test_what_fits(self) -> None:
        for value in (2**64 - 1, -(2**63), -1.5):
            self.assertEqual(fit(value), value)
        self.assertEqual(short("a" * MAX_RESULT), "a" * MAX_RESULT)
        self.assertEqual(number("f", True), 1)
        self.assertEqual(whole("f", 5), 5)
        self.assertEqual(bit_number("f", 63), 63)
        self.assertEqual(text("f", {"en_US.utf8": "a"}), "a")
        self.assertEqual(members("f", (1, 2)), (1, 2))
        self.assertIs(truth(0.5), True)
        self.assertIs(truth(0), False)
        self.assertTrue(is_text("a") and is_text({}) and not is_text(b"a"))

    def test_what_does_not_fit(self) -> None:
        nan, infinite = float("nan"), float("inf")
        cases: list[tuple[Callable[[], Any], str]] = [
            (lambda: fit(nan), "not a finite number"),
            (lambda: fit(infinite), "not a finite number"),
            (lambda: fit(2**64), "exceeds 64 bits"),
            (lambda: fit(-(2**63) - 1), "exceeds 64 bits"),
            (lambda: short("a" * (MAX_RESULT + 1)), "longer than 65536 characters"),
            (lambda: number("f", "a"), "f needs a number, not a text"),
            (lambda: whole("f", 1.0), "f needs a whole number, not a float"),
            (lambda: bit_number("f", 64), "f needs a number from 0 to 63, not 64"),
            (lambda: text("f", 1), "f needs a text, not a number"),
            (lambda: members("f", b"a"), "f needs a list, not a blob"),
            (lambda: truth((1,)), "a condition needs a number, not a list"),
        ]
        for check, wrong in cases:
            with self.assertRaises(FormulaError) as caught:
                check()
            self.assertIn(wrong, str(caught.exception))
