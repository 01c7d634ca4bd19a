"""The condition after WHERE: precedence, constants, and what can never match."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import SyntaxFaultError
from oagw.query.conditions import ConditionParser
from oagw.query.cursor import Cursor
from oagw.query.tree import (
    All,
    AnyOf,
    Comparison,
    Condition,
    Constant,
    Keyword,
    Literal,
    Not,
    Operator,
)


def parse(text: str) -> Condition:
    """Parse a condition about values."""
    return ConditionParser(Cursor(text), is_alert=False).condition()


def of_type(name: str) -> Comparison:
    """The condition that the type has a name."""
    return Comparison(Keyword.TYPE, Operator.EQUAL, (Literal.of(name),))


A, B, C = of_type("A"), of_type("B"), of_type("C")


class PrecedenceTests(SynchronousTestCase):
    """OR binds weakest, then AND, then NOT."""

    timeout = 30

    def test_and_binds_stronger_than_or(self) -> None:
        for text in (
            '_DPT = "A" OR _DPT = "B" AND _DPT = "C"',
            '_DPT == "A" || _DPT == "B" && _DPT == "C"',
            '(_DPT = "A") OR (_DPT = "B" AND (_DPT = "C"))',
        ):
            self.assertEqual(parse(text), AnyOf((A, All((B, C)))), text)

    def test_parentheses_come_first(self) -> None:
        found = parse('(_DPT = "A" OR _DPT = "B") AND NOT _DPT = "C"')
        self.assertEqual(found, All((AnyOf((A, B)), Not(C))))

    def test_conditions_of_one_kind_are_flat(self) -> None:
        found = parse('_DPT = "A" AND (_DPT = "B" AND _DPT = "C")')
        self.assertEqual(found, All((A, B, C)))

    def test_too_many_levels_are_refused(self) -> None:
        self.assertEqual(parse(f"{'(' * 50}_DPT = 'A'{')' * 50}"), A)
        with self.assertRaises(SyntaxFaultError) as caught:
            parse(f"{'(' * 51}_DPT = 'A'{')' * 51}")
        self.assertIn("nested more than 50 levels deep", caught.exception.message)


class ComparisonTests(SynchronousTestCase):
    """Single comparisons."""

    timeout = 30

    def test_a_value_on_the_left_changes_sides(self) -> None:
        for text, how in (
            ('"B" > _DPT', Operator.LESS),
            ('"B" >= _DPT', Operator.LESS_EQUAL),
            ('"B" < _DPT', Operator.GREATER),
            ('"B" <= _DPT', Operator.GREATER_EQUAL),
        ):
            text = text.replace('"B"', "7").replace("_DPT", "_ELC")
            expected = Comparison(Keyword.ELEMENT_TYPE, how, (Literal.of(7),))
            self.assertEqual(parse(text), expected, text)

    def test_unequal_is_not_equal(self) -> None:
        for sign in ("!=", "<>"):
            self.assertEqual(parse(f'_DPT {sign} "A"'), Not(A))
        self.assertEqual(parse('NOT _DPT = "A"'), Not(A))

    def test_lists_and_patterns_may_be_negated(self) -> None:
        values = (Literal.of("A"), Literal.of("B"))
        among = Comparison(Keyword.TYPE, Operator.IN, values)
        self.assertEqual(parse('_DPT IN ("A", "B")'), among)
        self.assertEqual(parse('_DPT NOT IN ("A", "B")'), Not(among))
        like = Comparison(Keyword.TYPE, Operator.LIKE, (Literal.of("A*"),))
        self.assertEqual(parse('_DPT NOT LIKE "A*"'), Not(like))

    def test_a_leaf_is_a_condition_by_itself(self) -> None:
        expected = Comparison(Keyword.LEAF, Operator.EQUAL, (Literal.of(True),))
        self.assertEqual(parse("_LEAF"), expected)
        with self.assertRaises(SyntaxFaultError):
            parse("_DPT")

    def test_signs_belong_to_numbers(self) -> None:
        found = parse("_ELC = -7")
        self.assertEqual(
            found, Comparison(Keyword.ELEMENT_TYPE, Operator.EQUAL, (Literal.of(-7),))
        )


class ConstantTests(SynchronousTestCase):
    """Conditions that do not depend on any element."""

    timeout = 30

    def test_values_alone_are_decided_at_once(self) -> None:
        for text, expected in (
            ("TRUE", True),
            ("NOT TRUE", False),
            ("1 = 1", True),
            ("1 <> 1", False),
            ('"abc" LIKE "a*"', True),
        ):
            self.assertEqual(parse(text), Constant(expected), text)

    def test_neutral_constants_are_left_out(self) -> None:
        self.assertEqual(parse('1 = 1 AND _DPT = "A"'), A)
        self.assertEqual(parse('FALSE OR _DPT = "A"'), A)
        self.assertEqual(parse('FALSE AND _DPT = "A"'), All((Constant(False), A)))


class NeverTests(SynchronousTestCase):
    """Comparisons that no row could match are refused."""

    timeout = 30

    def test_an_element_in_the_name_of_a_datapoint(self) -> None:
        with self.assertRaises(SyntaxFaultError) as caught:
            parse('_DP = "Pump1.value"')
        self.assertIn('_DP = "Pump1" AND _EL = "..."', caught.exception.message)
        self.assertEqual(
            parse('_DP = "Pump1."'),
            Comparison(Keyword.DATAPOINT, Operator.EQUAL, (Literal.of("Pump1."),)),
        )

    def test_a_dot_at_the_end_of_an_element(self) -> None:
        with self.assertRaises(SyntaxFaultError) as caught:
            parse('_EL IN ("a.b", "a.")')
        self.assertIn("without a dot at its end", caught.exception.message)

    def test_an_unknown_element_type(self) -> None:
        with self.assertRaises(SyntaxFaultError) as caught:
            parse("_ELC = DPEL_FLOT")
        self.assertIn("perhaps DPEL_FLOAT", caught.exception.message)
