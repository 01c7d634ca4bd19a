"""Texts that are not formulas: the position of the error, and what is expected there."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import SyntaxFaultError
from oagw.formula.compiler import compile_formula
from oagw.formula.functions import FUNCTIONS
from oagw.formula.syntax import MAX_TEXT

#: Texts that are not formulas of three parameters, the position of the error (from 1), and
#: a part of the reason.
BAD = [
    ("", 1, "at the end: expected a parameter"),
    ("  ", 3, "expected a parameter"),
    ("p1 +", 5, "at the end: expected a parameter"),
    ("p1 + * p2", 6, "near '* p2': expected a parameter"),
    ("p1 p2", 4, "expected an operator or the end"),
    ("p1 ; p2", 6, "expected an operator or the end"),
    ("(p1", 4, "expected an operator or ')'"),
    ("(p1 p2)", 5, "expected an operator or ')'"),
    ("p1)", 3, "expected an operator or the end"),
    ("()", 2, "expected a parameter"),
    ("p1 ? p2", 8, "expected ':'"),
    ("p1 : p2", 4, "expected an operator or the end"),
    ("p1 = p2", 4, "compare values with '=='"),
    ("p1 === p2", 6, "compare values with '=='"),
    ("p1 <> p2", 5, "expected a parameter"),
    ("p1 and p2", 4, "expected an operator or the end"),
    ("p1 # p2", 4, "unexpected '#'"),
    ("p1[1]", 3, "unexpected '['"),
    ('p1 + "abc', 6, 'the " is not closed'),
    ("p1 == 'a'", 7, "double quotes"),
    ("1.2.3", 1, "this is not a number"),
    ("1..2", 1, "this is not a number"),
    ("12p1", 1, "this is not a number"),
    ("0x", 1, "this is not a number"),
    ("0xG", 1, "this is not a number"),
    ("1e", 1, "this is not a number"),
    (".", 1, "this is not a number"),
    ("0x10000000000000000", 1, "exceeds 64 bits"),
    ("9" * 5000, 1, "too large"),
    ("1e999", 1, "too large"),
    ("p1 + p7", 6, "there is no p7: the parameters are p1 to p3"),
    ("p0", 1, "there is no p0"),
    ("p" + "9" * 5000, 1, "there is no p999999999:"),
    ("P1", 1, "unknown name 'P1': the parameters are p1 to p3"),
    ("p01", 1, "unknown name 'p01'"),
    ("x + 1", 1, "unknown name 'x'"),
    ("True", 1, "unknown name 'True'"),
    ("sqr(p1)", 1, "unknown function 'sqr', perhaps sqrt"),
    ("toupper(p1)", 1, "perhaps strtoupper"),
    ("dynsum(p1)", 1, "perhaps dynSum"),
    ("rand()", 1, "unknown function 'rand'"),
    ("__import__(p1)", 1, "unknown function '__import__'"),
    ("p1(2)", 3, "expected an operator or the end"),
    ("sqrt", 5, "expected '(' after sqrt"),
    ("sqrt p1", 6, "expected '(' after sqrt"),
    ("1 + sqrt()", 5, "sqrt takes 1 argument, not 0"),
    ("sqrt(p1, p2)", 1, "sqrt takes 1 argument, not 2"),
    ("pow(p1)", 1, "pow takes 2 arguments, not 1"),
    ("min(p1)", 1, "min takes 2 arguments or more, not 1"),
    ("substr(p1)", 1, "substr takes 2 or 3 arguments, not 1"),
    ("max(p1 p2)", 8, "expected an operator, ',' or ')'"),
    ("max(p1,)", 8, "expected a parameter"),
    ("p1 +\u00a0p2", 5, "unexpected"),
    ("\u0661", 1, "unexpected"),
    ("(" * 200 + "p1", 51, "nested too deeply"),
    ("-" * 200 + "p1", 101, "nested too deeply"),
    ("p1 ?" * 200, 397, "nested too deeply"),
    ("p1 + " * MAX_TEXT, MAX_TEXT + 1, "may have at most 8192 characters"),
]
#: Formulas that are long, but not deep.
LONG = [
    "+".join(["p1"] * 2000),
    "&&".join(["p1"] * 2000),
    "p1?p2:" * 1300 + "p3",
    "max(" + ",".join(["p1"] * 2000) + ")",
    "(" * 49 + "p1" + ")" * 49,
    "-" * 99 + "p1",
    "(1+" * 30 + "p1" + ")" * 30,
    "abs(" * 49 + "p1" + ")" * 49,
    '"' + "x" * 8000 + '"',
]
#: An operator of each level, from the loosest: as deep as brackets get a tree.
LEVELS = "1||1&&1|1^1&1==1<1<<1+1*("


class SyntaxTests(SynchronousTestCase):
    """Texts that are no formulas."""

    timeout = 30

    def test_errors_say_where_and_what(self) -> None:
        """A syntax error is error 36 and names the position and what is expected."""
        for text, position, wrong in BAD:
            try:
                compile_formula(text, 3)
            except SyntaxFaultError as error:
                self.assertEqual(error.code, 36)
                shown = f"{text:.60}: {error.message}"
                self.assertIn(f"formula, position {position},", error.message, shown)
                self.assertIn(wrong, error.message, shown)
                self.assertLess(len(error.message), 300, shown)
            else:
                self.fail(f"{text:.60} was understood")

    def test_errors_know_how_many_parameters_there_are(self) -> None:
        """One parameter, or none, is said as such."""
        for count, wrong in [
            (0, "the function has no parameters"),
            (1, "the only parameter is p1"),
        ]:
            with self.assertRaises(SyntaxFaultError) as caught:
                compile_formula("p2", count)
            self.assertIn(wrong, caught.exception.message)

    def test_long_formulas_are_not_deep(self) -> None:
        """Thousands of operands beside each other compile and evaluate."""
        for text in LONG:
            result = compile_formula(text, 3).evaluate([1, 2, 3])
            self.assertIsNotNone(result, text[:60])

    def test_nothing_ends_pythons_recursion(self) -> None:
        """Brackets, prefixes, choices and calls around one another are bounded."""
        for piece in ["(", "-", "!", "1?", "1?1:(", "abs(", "max(1,", "-(", "1+(", LEVELS]:
            close = ")" if piece.endswith("(") or "," in piece else ""
            for times in [1, 2, 3, 4, 5, 8, 9, 10, 20, 33, 49, 50, 51, 99, 100, 101, 300]:
                tail = ":1" * times if piece == "1?" else close * times
                text = f"{piece * times}p1{tail}"
                try:
                    compile_formula(text, 1).evaluate([1])
                except SyntaxFaultError as error:
                    self.assertGreater(times, 8, text)
                    self.assertRegex(error.message, "too deeply|characters", text[:60])

    def test_every_function_says_how_many_arguments_it_takes(self) -> None:
        """A call without arguments is refused by each, with their number."""
        for name, function in FUNCTIONS.items():
            with self.assertRaises(SyntaxFaultError) as caught:
                compile_formula(f"{name}()", 0)
            self.assertIn(function.takes, caught.exception.message, name)
