"""What formulas result in, and for which values they have no result."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.trial.unittest import SynchronousTestCase

from oagw.formula.checks import MAX_RESULT, FormulaError
from oagw.formula.compiler import compile_formula
from oagw.model.values import Value

Case = tuple[str, Sequence[Value], Value]

LITERALS: list[Case] = [
    ("12", [], 12),
    ("007", [], 7),
    ("0x1F", [], 31),
    ("0XffffFFFFffffFFFF", [], 2**64 - 1),
    ("1.5", [], 1.5),
    (".5", [], 0.5),
    ("2.", [], 2.0),
    ("1e3", [], 1000.0),
    ("25E-1", [], 2.5),
    ("100000000000000000000", [], 1e20),
    ("18446744073709551615", [], 2**64 - 1),
    ("18446744073709551616", [], 2.0**64),
    ("p1 == 3033333333333333500", [9.1e18 / 3], True),
    ("3033333333333333500 >= p1", [9.1e18 / 3], True),
    ("p1 == 9007199254740993", [2**53], False),
    ("TRUE", [], True),
    ("false", [], False),
    ('"a b"', [], "a b"),
    (r'"\"\\\n\t\r\x"', [], '"\\\n\t\rx'),
    ("p1;", [4], 4),
    (" \n p1 \t", [4], 4),
]
PARAMETERS: list[Case] = [
    ("p2", [1, 2, 3], 2),
    ("p1", ["text"], "text"),
    ("p1", [(1, 2)], (1, 2)),
    ("p1", [b"blob"], b"blob"),
    (
        "p1",
        [{"en_US.utf8": "on", "de_AT.utf8": "ein"}],
        {"en_US.utf8": "on", "de_AT.utf8": "ein"},
    ),
    ("p12 - p1", list(range(1, 13)), 11),
]
ARITHMETIC: list[Case] = [
    ("p1 + p2 * 3", [1, 2], 7),
    ("(p1 + p2) * 3", [1, 2], 9),
    ("10 - 3 - 2", [], 5),
    ("100 / 10 / 5", [], 2),
    ("2 * 3 % 4", [], 2),
    ("-p1 + +p2", [1, 5], 4),
    ("- -p1", [3], 3),
    ("p1--p2", [3, 4], 7),
    ("7 / 2", [], 3),
    ("-7 / 2", [], -3),
    ("7 / -2", [], -3),
    ("-7 / -2", [], 3),
    ("7 / 2.0", [], 3.5),
    ("7 % 3", [], 1),
    ("-7 % 3", [], -1),
    ("7 % -3", [], 1),
    ("p1 * 2", [1.5], 3.0),
    ("1 + 1.0", [], 2.0),
    ("TRUE + TRUE", [], 2),
    ("TRUE / 2", [], 0),
    ("-TRUE", [], -1),
    ("p1 + 1", [2**64 - 2], 2**64 - 1),
    ("p1 - 1", [-(2**63) + 1], -(2**63)),
    ('"a" + "b" + p1', ["c"], "abc"),
    ('p1 + "!"', [{"de_AT.utf8": "ein", "en_US.utf8": "on"}], "on!"),
    ('p1 + "!"', [{"de_AT.utf8": "ein"}], "ein!"),
]
LOGIC: list[Case] = [
    ("p1 && !p2", [True, False], True),
    ("p1 && p2", [1, 0.0], False),
    ("p1 || p2", [0, 0.1], True),
    ("1 || 0 && 0", [], True),
    ("0 && 1 / 0", [], False),
    ("1 || 1 / 0", [], True),
    ("!!5", [], True),
    ("1 < 2", [], True),
    ("2 <= 1.5", [], False),
    ("3 > 2 > 1", [], False),
    ("1 == 1.0", [], True),
    ("1 == TRUE", [], True),
    ("2 != 2", [], False),
    ("1 + 1 == 2", [], True),
    ("1 < 2 == 2 > 1", [], True),
    ('"a" < "b"', [], True),
    ('p1 == "open"', ["open"], True),
    ('p1 != "open"', [{"en_US.utf8": "open"}], False),
    ("(p1 > 5) ? p2 : 0", [6, 4], 4),
    ("(p1 > 5) ? p2 : 0", [5, 4], 0),
    ('p1 == 0 ? "off" : p1 == 1 ? "on" : "fault"', [1], "on"),
    ('p1 == 0 ? "off" : p1 == 1 ? "on" : "fault"', [2], "fault"),
    ("1 ? 0 ? 1 : 2 : 3", [], 2),
    ("p1 != 0 ? 100 / p1 : 0", [0], 0),
]
BITS: list[Case] = [
    ("6 & 3", [], 2),
    ("6 | 3", [], 7),
    ("6 ^ 3", [], 5),
    ("1 | 6 ^ 3 & 2", [], 5),
    ("1 << 4", [], 16),
    ("1 << 63", [], 2**63),
    ("-8 >> 1", [], -4),
    ("1 << 1 + 1", [], 4),
    ("~5", [], -6),
    ("~p1", [2**64 - 1], 0),
    ("p1 & ~1", [2**64 - 1], 2**64 - 2),
    ("~TRUE", [], -2),
    ("p1 & 0xFF", [0x1234], 0x34),
    # As in C, a comparison is tighter than '&'.
    ("4 & 4 == 4", [], 0),
    ("(4 & 4) == 4", [], True),
    ("getBit(5, 2)", [], True),
    ("getBit(5, 1)", [], False),
    ("getBit(-1, 63)", [], True),
]
FUNCTIONS: list[Case] = [
    ("abs(-3)", [], 3),
    ("abs(-3.5)", [], 3.5),
    ("fabs(-3)", [], 3.0),
    ("min(3, 1, 2)", [], 1),
    ("max(3, 1.5)", [], 3.0),
    ("max(FALSE, TRUE)", [], 1),
    ("sqrt(p1*p1+p2*p2)", [3, 4], 5.0),
    ("pow(2, 10)", [], 1024.0),
    ("exp(0)", [], 1.0),
    ("log(1)", [], 0.0),
    ("log10(1000)", [], 3.0),
    ("sin(0) + cos(0) + tan(0)", [], 1.0),
    ("asin(0) + acos(1) + atan(0) + atan2(0, 1)", [], 0.0),
    ("sinh(0) + cosh(0) + tanh(0)", [], 1.0),
    ("rad2deg(deg2rad(90))", [], 90.0),
    ("floor(-1.5)", [], -2.0),
    ("ceil(-1.5)", [], -1.0),
    ("fmod(-7.5, 2)", [], -1.5),
    ('strlen("abc")', [], 3),
    ('substr("abcdef", 2)', [], "cdef"),
    ('substr("abcdef", 2, 3)', [], "cde"),
    ('substr("abc", 9)', [], ""),
    ('strpos("abcabc", "c")', [], 2),
    ('strpos("abcabc", "c", 3)', [], 5),
    ('strpos("abc", "x")', [], -1),
    ('strtoupper("abc") + strtolower("ABC")', [], "ABCabc"),
    ('strltrim("  a ") + strrtrim(" b  ")', [], "a  b"),
    ('strltrim("ETMWinCCOA", "ETM")', [], "WinCCOA"),
    ('strrtrim("1.500", "0")', [], "1.5"),
    ('strltrim("abc", "")', [], "abc"),
    ("dynlen(p1)", [(1, 2, 3)], 3),
    ("dynSum(p1)", [(1, 2, 3)], 6),
    ("dynSum(p1)", [(1, 2.5)], 3.5),
    ("dynSum(p1)", [()], 0),
    ("dynAvg(p1)", [(120, 81)], 100.5),
    ("dynMin(p1)", [(3, 1, 2)], 1),
    ("dynMax(p1)", [(3.0, 1, 2)], 3.0),
    ('dynContains(p1, "b")', [("a", "b")], 2),
    ('dynContains(p1, "c")', [("a", "b")], 0),
]

#: A formula, values for which it has no result, and a part of the reason.
FAILURES: list[tuple[str, Sequence[Value], str]] = [
    ("p1 / p2", [1, 0], "division by zero"),
    ("p1 / p2", [1.0, 0.0], "division by zero"),
    ("p1 % p2", [1, False], "division by zero"),
    ("5.0 % 2", [], "'%' needs a whole number, not a float"),
    ("p1 + p2", ["a", 1], "'+' cannot join a text and a number"),
    ("p1 + p2", [1.0, {"": "a"}], "'+' cannot join a float and a text"),
    ("p1 - 1", ["a"], "'-' needs a number, not a text"),
    ("p1 * 1000000", ["x"], "'*' needs a number, not a text"),
    ("p1 / 2", [(1,)], "'/' needs a number, not a list"),
    ("p1 + p1", [(1,)], "'+' needs a number, not a list"),
    ("-p1", ["a"], "'-' needs a number, not a text"),
    ('p1 == "1"', [1], "'==' cannot compare a number and a text"),
    ("p1 < p1", [b"x"], "'<' needs a number, not a blob"),
    ("p1 ? 1 : 2", ["TRUE"], "a condition needs a number, not a text"),
    ("p1 && 1", [(1,)], "a condition needs a number, not a list"),
    ("!p1", ["x"], "a condition needs a number"),
    ("p1 & 1", [1.0], "'&' needs a whole number, not a float"),
    ("~p1", [1.0], "'~' needs a whole number, not a float"),
    ("1 << 64", [], "needs a number from 0 to 63, not 64"),
    ("1 << -1", [], "needs a number from 0 to 63, not -1"),
    ("1 >> p1", [2**64 - 1], "needs a number from 0 to 63"),
    ("2 << 63", [], "exceeds 64 bits"),
    ("p1 + 1", [2**64 - 1], "exceeds 64 bits"),
    ("p1 - 1", [-(2**63)], "exceeds 64 bits"),
    ("p1 * p1", [2**40], "exceeds 64 bits"),
    ("-p1", [2**64 - 1], "exceeds 64 bits"),
    ("p1 ^ p2", [-1, 2**64 - 1], "exceeds 64 bits"),
    ("dynSum(p1)", [(2**63, 2**63)], "exceeds 64 bits"),
    ("p1 * p1", [1e200], "not a finite number"),
    ("p1 * 10 > 5", [1e308], "not a finite number"),
    ("p1", [float("nan")], "not a finite number"),
    ("sqrt(p1)", [-1], "sqrt(-1.0) has no result"),
    ("log(0)", [], "log(0.0) has no result"),
    ("acos(2)", [], "acos(2.0) has no result"),
    ("pow(10, 400)", [], "pow(10.0, 400.0) has no result"),
    ("pow(-8, 1.0 / 3)", [], "has no result"),
    ("exp(1000)", [], "exp(1000.0) has no result"),
    ("fmod(1, 0)", [], "fmod(1.0, 0.0) has no result"),
    ("sin(p1)", ["a"], "sin needs a number, not a text"),
    ("max(p1, 1)", ["a"], "max needs a number, not a text"),
    ("getBit(1, 64)", [], "getBit needs a number from 0 to 63"),
    ("strlen(p1)", [5], "strlen needs a text, not a number"),
    ('substr("abc", -1)', [], "substr needs an index of at least 0, not -1"),
    ("dynlen(p1)", ["abc"], "dynlen needs a list, not a text"),
    ("dynAvg(p1)", [()], "dynAvg of an empty list"),
    ("dynMax(p1)", [()], "dynMax of an empty list"),
    ("dynSum(p1)", [("a",)], "dynSum needs a number, not a text"),
    ("p1 + p1", ["x" * MAX_RESULT], "longer than 65536 characters"),
    ("p1", ["x" * (MAX_RESULT + 1)], "longer than 65536 characters"),
    (
        "strtoupper(p1)",
        ["\N{LATIN SMALL LETTER SHARP S}" * MAX_RESULT],
        "longer than 65536",
    ),
]


class ResultTests(SynchronousTestCase):
    """Formulas with a result."""

    timeout = 30

    def check(self, cases: list[Case]) -> None:
        for text, values, expected in cases:
            result = compile_formula(text, len(values)).evaluate(values)
            shown = f"{text} with {values} is {result!r}, not {expected!r}"
            self.assertEqual(result, expected, shown)
            self.assertIs(type(result), type(expected), shown)

    def test_literals(self) -> None:
        """Numbers, texts and truth values are written as in CTRL."""
        self.check(LITERALS)

    def test_parameters(self) -> None:
        """A parameter alone is handed on as it is, whatever its type."""
        self.check(PARAMETERS)

    def test_arithmetic(self) -> None:
        """Whole numbers stay whole, a float makes the result one, texts are joined."""
        self.check(ARITHMETIC)

    def test_logic(self) -> None:
        """Comparisons and conditions; what does not matter is not evaluated."""
        self.check(LOGIC)

    def test_bits(self) -> None:
        """Bits of whole numbers of 64 bit, with the levels of C."""
        self.check(BITS)

    def test_functions(self) -> None:
        """Each function does what the vendor documents."""
        self.check(FUNCTIONS)

    def test_formulas_know_what_they_use(self) -> None:
        """The numbers of the parameters that occur, each once."""
        formula = compile_formula("p1 > 0 ? max(p3, p3) : -p5", 6)
        self.assertEqual(formula.parameters, {1, 3, 5})
        self.assertEqual(formula.text, "p1 > 0 ? max(p3, p3) : -p5")
        self.assertEqual(compile_formula("1 + 1", 6).parameters, frozenset())

    def test_equal_formulas_are_equal(self) -> None:
        """Compiling the same text again gives an equal formula."""
        self.assertEqual(compile_formula("p1 + 1", 1), compile_formula("p1 + 1", 1))
        self.assertNotEqual(compile_formula("p1 + 1", 1), compile_formula("p1 + 2", 1))

    def test_numbers_of_special_classes_count_as_numbers(self) -> None:
        """A value whose class is derived from int or float is calculated with as such."""

        class Whole(int):
            pass

        class Real(float):
            pass

        values = [Whole(6), Real(1.5)]
        for text, expected in [
            ("p1 + 1", 7),
            ("p1 - 1", 5),
            ("p1 * p2", 9.0),
            ("p1 / 4", 1),
            ("p1 < p2", False),
            ("p2 ? 1 : 2", 1),
        ]:
            self.assertEqual(compile_formula(text, 2).evaluate(values), expected, text)


class FailureTests(SynchronousTestCase):
    """Formulas that have no result for some values."""

    timeout = 30

    def test_failures_say_why(self) -> None:
        """Each failure is a FormulaError whose text names the operator and the reason."""
        for text, values, wrong in FAILURES:
            formula = compile_formula(text, len(values))
            try:
                result = formula.evaluate(values)
            except FormulaError as error:
                self.assertIn(wrong, str(error), text)
            else:
                self.fail(f"{text} with {values!r:.100} is {result!r:.100}")

    def test_a_failure_leaves_the_formula_usable(self) -> None:
        """A formula that failed gives a result again as soon as the values allow it."""
        formula = compile_formula("100 / p1", 1)
        with self.assertRaises(FormulaError):
            formula.evaluate([0])
        self.assertEqual(formula.evaluate([4]), 25)
