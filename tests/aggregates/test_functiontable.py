"""Aggregate functions by name."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.aggregates.functiontable import AggregateFunction, find_function
from oagw.errors import ParameterError


class FunctionTests(SynchronousTestCase):
    """Looking up functions."""

    timeout = 30

    def test_names_and_short_forms(self) -> None:
        """In any case, with blanks around."""
        for one in AggregateFunction:
            self.assertIs(find_function(f" {one.value.upper()} "), one)
        self.assertIs(find_function("avg"), AggregateFunction.AVERAGE)
        self.assertIs(find_function("StdDev"), AggregateFunction.DEVIATION)

    def test_unknown_functions(self) -> None:
        """The message lists all functions."""
        with self.assertRaises(ParameterError) as caught:
            find_function("median")
        for one in AggregateFunction:
            self.assertIn(one.value, caught.exception.message)
