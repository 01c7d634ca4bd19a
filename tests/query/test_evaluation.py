"""Conditions are decided for a position of a type as far as they can be."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ConversionError
from oagw.model.dptypes import ElementType
from oagw.query.conditions import ConditionParser
from oagw.query.cursor import Cursor
from oagw.query.evaluation import Decision, Impossible, Undecided, decide, raising
from tests.query.places import FakeSubject, place


def decision(text: str, path: str = "motor.speed") -> Decision:
    """Decide a condition for an element of the type Pump."""
    condition = ConditionParser(Cursor(text), is_alert=False).condition()
    return decide(condition, place(path))


VALUE = "'_online.._value'"
TRUE = '_DPT = "Pump"'
FALSE = '_DPT = "Valve"'
#: A text cannot be compared with the value, which is a float.
ODD = f'{VALUE} = "text"'


class DecidedTests(SynchronousTestCase):
    """What the position alone decides."""

    timeout = 30

    def test_properties_of_the_position(self) -> None:
        for text, expected in (
            (TRUE, True),
            (FALSE, False),
            ('_EL = ".motor.speed"', True),
            ('_EL LIKE "motor.*"', True),
            ('_DPTR = "Motor"', True),
            ("_ELC = DPEL_FLOAT", True),
            ('_ELC = "22"', True),
            ("_ELC IN (DPEL_INT, DPEL_BOOL)", False),
            ("_LEAF", True),
            ('_SYS = "S1:"', True),
            ('_DP = "S2:P1"', False),
            (f"NOT {FALSE}", True),
            (f"{FALSE} OR {TRUE}", True),
            (f"{TRUE} AND {FALSE}", False),
        ):
            self.assertIs(decision(text), expected, text)

    def test_an_attribute_decides_only_if_the_position_does_not(self) -> None:
        self.assertIs(decision(f"{VALUE} > 1 AND {FALSE}"), False)
        self.assertIs(decision(f"{VALUE} > 1 OR {TRUE}"), True)
        self.assertIsInstance(decision(f"{VALUE} > 1 AND {TRUE}"), Undecided)

    def test_a_missing_attribute_never_matches(self) -> None:
        self.assertIs(decision(f"{VALUE} > 1", ""), False)


class UndecidedTests(SynchronousTestCase):
    """What the attributes of each element decide."""

    timeout = 30

    def matches(self, text: str, value: float) -> bool:
        """Whether an element with a value matches; the position must not decide it."""
        found = decision(text)
        assert isinstance(found, Undecided)
        return found.test(FakeSubject(value))

    def test_values_are_read(self) -> None:
        for text, value, expected in (
            (f"{VALUE} > 1", 2.0, True),
            (f"{VALUE} > 1", 1.0, False),
            (f"NOT {VALUE} > 1", 1.0, True),
            (f"{VALUE} > 1 AND {VALUE} < 3", 2.0, True),
            (f"{VALUE} > 1 AND {VALUE} < 3", 3.0, False),
            (f"{VALUE} < 1 OR {VALUE} > 3", 4.0, True),
            (f"{VALUE} < 1 OR {VALUE} > 3 OR {VALUE} = 2", 2.0, True),
            (f"{VALUE} = '_original.._value'", 2.0, True),
            (f"{VALUE} != '_original.._value'", 2.0, False),
            ('_DP = "P1" AND _LEAF', 2.0, True),
            ('_DP LIKE "Q*"', 2.0, False),
        ):
            self.assertIs(self.matches(text, value), expected, (text, value))


class ImpossibleTests(SynchronousTestCase):
    """A comparison that cannot be made fails only if nothing else decides."""

    timeout = 30

    def test_it_names_attribute_and_element(self) -> None:
        found = decision(ODD)
        assert isinstance(found, Impossible)
        self.assertIn("at elements 'Pump.motor.speed'", found.error.message)
        with self.assertRaises(ConversionError):
            raising(found)(FakeSubject(1.0))

    def test_another_part_decides(self) -> None:
        self.assertIs(decision(f"{ODD} AND {FALSE}"), False)
        self.assertIs(decision(f"{ODD} OR {TRUE}"), True)
        self.assertIsInstance(decision(f"{ODD} AND {TRUE}"), Impossible)

    def test_a_value_decides(self) -> None:
        found = decision(f"{ODD} OR {VALUE} > 1")
        assert isinstance(found, Undecided)
        self.assertTrue(found.may_fail)
        self.assertTrue(found.test(FakeSubject(2.0)))
        with self.assertRaises(ConversionError):
            found.test(FakeSubject(1.0))

    def test_an_unknown_name_of_an_element_type(self) -> None:
        found = decision('_ELC = "FLOAT"')
        assert isinstance(found, Impossible)
        self.assertIn("element type", found.error.message)


class KindTests(SynchronousTestCase):
    """The type of the element decides how values compare."""

    timeout = 30

    def test_texts(self) -> None:
        found = decision(f'{VALUE} LIKE "a*"', "label")
        assert isinstance(found, Undecided)
        self.assertTrue(found.test(FakeSubject("abc", ElementType.STRING)))
        self.assertFalse(found.test(FakeSubject("cba", ElementType.STRING)))
