"""Functions of formulas by name."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.formula.checks import FormulaError
from oagw.formula.functions import FUNCTIONS


class FunctionTests(SynchronousTestCase):
    """Results, numbers of arguments, and failures."""

    timeout = 30

    def test_results(self) -> None:
        for name, arguments, expected in (
            ("substr", ("abc", 1), "bc"),
            ("strpos", ("abc", "c"), 2),
            ("dynContains", ((5, 6), 6), 2),
            ("dynContains", ((5, 6), 7), 0),
            ("getBit", (5, 2), True),
            ("sqrt", (9,), 3.0),
        ):
            self.assertEqual(FUNCTIONS[name].call(*arguments), expected, name)

    def test_numbers_of_arguments_in_words(self) -> None:
        """Every function takes at least the number that it says first."""
        for name, function in FUNCTIONS.items():
            self.assertTrue(function.takes.startswith(str(function.least)), name)

    def test_failures_name_the_function(self) -> None:
        for name, arguments in (("sqrt", (-1,)), ("dynMin", ((),)), ("strlen", (1,))):
            with self.assertRaises(FormulaError) as caught:
                FUNCTIONS[name].call(*arguments)
            self.assertIn(name, str(caught.exception))
