"""What holds for any formula and any values."""

from __future__ import annotations

import math
import operator

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import SyntaxFaultError
from oagw.formula.checks import MAX_RESULT, FormulaError
from oagw.formula.compiler import Formula, compile_formula
from oagw.formula.functions import FUNCTIONS
from oagw.formula.operators import LEVELS, PREFIX
from oagw.model.values import Value

PARAMETERS = 3
LOW, HIGH = -(2**63), 2**64 - 1

numbers = st.one_of(
    st.booleans(),
    st.integers(LOW, HIGH),
    st.integers(-5, 70),
    st.floats(allow_nan=False, allow_infinity=False),
)
texts = st.text(max_size=20)
values: st.SearchStrategy[Value] = st.one_of(
    numbers,
    texts,
    st.binary(max_size=5),
    st.dictionaries(texts, texts, max_size=2),
    st.lists(numbers, max_size=5).map(tuple),
    st.lists(texts, max_size=5).map(tuple),
)
leaves = st.one_of(
    st.sampled_from([f"p{number}" for number in range(1, PARAMETERS + 1)]),
    st.sampled_from(['"a"', "0", "1", "2.5", "0xFF", "TRUE", "64", "18446744073709551615"]),
    st.integers(0, HIGH).map(str),
    st.floats(0, allow_nan=False, allow_infinity=False).map(repr),
)
symbols = st.sampled_from([symbol for level in LEVELS for symbol in level])


def _calls(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(list(FUNCTIONS.values())).flatmap(
        lambda function: st.lists(
            inner, min_size=function.least, max_size=function.most or 4
        ).map(lambda arguments: f"{function.name}({', '.join(arguments)})")
    )


formulas = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds("{} {} {}".format, inner, symbols, inner),
        st.builds("({})".format, inner),
        st.builds("{}{}".format, st.sampled_from(list(PREFIX)), inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        _calls(inner),
    ),
    max_leaves=12,
)
pieces = st.lists(
    st.one_of(
        leaves, symbols, st.sampled_from([*"()?:,;~!\"'=.", "abs(", "max(", " ", "x"])
    ),
    max_size=30,
).map("".join)


def _compiled(text: str) -> Formula | None:
    try:
        return compile_formula(text, PARAMETERS)
    except SyntaxFaultError:
        return None


class AnyTests(SynchronousTestCase):
    """Formulas raise only the documented errors."""

    timeout = 30

    @settings(max_examples=300)
    @given(st.one_of(st.text(max_size=80), pieces), st.tuples(values, values, values))
    def test_any_text_is_a_formula_or_a_syntax_error(
        self, text: str, given_values: tuple[Value, ...]
    ) -> None:
        """Any text either compiles or is refused with error 36."""
        formula = _compiled(text)
        if formula is not None:
            self.check(formula, given_values)

    @settings(max_examples=500)
    @given(formulas, st.tuples(values, values, values))
    def test_any_formula_has_a_finite_result_or_an_error(
        self, text: str, given_values: tuple[Value, ...]
    ) -> None:
        """What is well formed compiles; its results are within their bounds."""
        self.check(compile_formula(text, PARAMETERS), given_values)

    def check(self, formula: Formula, given_values: tuple[Value, ...]) -> None:
        try:
            result = formula.evaluate(given_values)
        except FormulaError as error:
            self.assertTrue(str(error))
            return
        shown = f"{formula.text} with {given_values} is {result!r}"
        self.assertIsInstance(
            result, bool | int | float | str | bytes | dict | tuple, shown
        )
        if isinstance(result, float):
            self.assertTrue(math.isfinite(result), shown)
        elif isinstance(result, int):
            self.assertTrue(LOW <= result <= HIGH, shown)
        elif isinstance(result, str):
            self.assertLessEqual(len(result), MAX_RESULT, shown)


class ArithmeticTests(SynchronousTestCase):
    """Formulas calculate as Python does, where the two mean the same."""

    timeout = 30

    @given(numbers, numbers)
    def test_sums_differences_and_products(self, left: Value, right: Value) -> None:
        """They are Python's, or an error where those are beyond the bounds."""
        for symbol, compute in [
            ("+", operator.add),
            ("-", operator.sub),
            ("*", operator.mul),
        ]:
            expected = compute(left, right)
            formula = compile_formula(f"p1 {symbol} p2", 2)
            shown = f"{left!r} {symbol} {right!r}"
            if isinstance(expected, float):
                within = math.isfinite(expected)
            else:
                within = LOW <= expected <= HIGH
            if within:
                result = formula.evaluate([left, right])
                self.assertEqual(result, expected, shown)
                self.assertIs(type(result), type(expected), shown)
            else:
                with self.assertRaises(FormulaError, msg=shown):
                    formula.evaluate([left, right])

    @given(st.integers(-(2**62), 2**62), st.integers(-1000, 1000).filter(bool))
    def test_division_of_whole_numbers(self, left: int, right: int) -> None:
        """The quotient is cut off towards zero, the remainder is what that leaves."""
        quotient = compile_formula("p1 / p2", 2).evaluate([left, right])
        rest = compile_formula("p1 % p2", 2).evaluate([left, right])
        assert isinstance(quotient, int)
        assert isinstance(rest, int)
        shown = f"{left} / {right} is {quotient}, rest {rest}"
        self.assertEqual(quotient * right + rest, left, shown)
        self.assertLess(abs(rest), abs(right), shown)
        self.assertTrue(rest == 0 or (rest < 0) == (left < 0), shown)

    @given(numbers, numbers)
    def test_comparisons(self, left: float, right: float) -> None:
        """Numbers compare as in Python, whatever their types."""
        for symbol, compare in [
            ("==", operator.eq),
            ("!=", operator.ne),
            ("<", operator.lt),
            ("<=", operator.le),
            (">", operator.gt),
            (">=", operator.ge),
        ]:
            result = compile_formula(f"p1 {symbol} p2", 2).evaluate([left, right])
            self.assertIs(result, compare(left, right), f"{left!r} {symbol} {right!r}")

    @given(st.integers(0, HIGH), st.floats(0, allow_nan=False, allow_infinity=False))
    def test_literals_are_what_python_writes(self, whole: int, real: float) -> None:
        """A number in a formula is the number that Python reads in its place."""
        self.assertEqual(compile_formula(str(whole), 0).evaluate([]), whole)
        self.assertEqual(compile_formula(hex(whole), 0).evaluate([]), whole)
        self.assertEqual(compile_formula(repr(real), 0).evaluate([]), real)
