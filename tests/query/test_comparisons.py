"""Comparisons follow the type of the attribute; what cannot be compared is an error."""

from __future__ import annotations

from datetime import UTC
from fnmatch import fnmatchcase
from time import process_time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import OagwError
from oagw.model.dptypes import ElementType as E
from oagw.model.times import NS_PER_MS
from oagw.query.comparisons import (
    check_of,
    like_pattern,
    pair_check,
)
from oagw.query.tree import Literal, Operator

EQUAL, LESS, GREATER = Operator.EQUAL, Operator.LESS, Operator.GREATER
LIKE, IN = Operator.LIKE, Operator.IN
#: 2023-11-14T22:13:20.123456789Z
MOMENT = 1_700_000_000_123_456_789
LANG = {"en_US.utf8": "pump", "de_AT.utf8": "Pumpe"}

#: The type of an attribute, its value, the operator, what the query has, and the outcome.
CASES: list[tuple[E, Any, Operator, list[Any], bool]] = [
    (E.FLOAT, 4.5, EQUAL, [4.5], True),
    (E.FLOAT, 1.0, EQUAL, [1], True),
    (E.FLOAT, 1.0, EQUAL, ["1"], True),
    (E.FLOAT, 1.5, EQUAL, [" 1.5e0 "], True),
    (E.INT, 5, GREATER, [4.5], True),
    (E.INT, 10, GREATER, ["9"], True),
    (E.ULONG, 2**64 - 1, GREATER, [2**63], True),
    (E.BOOL, True, EQUAL, [1], True),
    (E.BOOL, True, EQUAL, [True], True),
    (E.BOOL, True, EQUAL, ["true"], True),
    (E.BOOL, False, LESS, [True], True),
    (E.BOOL, True, GREATER, [45], False),
    (E.BIT32, 8, IN, [1, 8], True),
    (E.UINT, 7, IN, [1, 8], False),
    (E.STRING, "b", GREATER, ["a"], True),
    (E.STRING, "10", LESS, ["9"], True),
    (E.STRING, "5", EQUAL, [5], True),
    (E.STRING, "abc", EQUAL, [5], False),
    (E.STRING, "TRUE", EQUAL, [True], True),
    (E.STRING, "x", IN, ["x", "y"], True),
    (E.STRING, "a.b c", LIKE, ["a*?c"], True),
    (E.STRING, "A", LIKE, ["a"], False),
    (E.STRING, "", LIKE, ["*"], True),
    (E.DPID, "System1:A.", LIKE, ["System1:*"], True),
    (E.LANG_STRING, LANG, EQUAL, ["pump"], True),
    (E.LANG_STRING, LANG, LIKE, ["*m*"], True),
    (E.LANG_STRING, LANG, IN, ["Pumpe"], False),
    (E.TIME, MOMENT, EQUAL, [1_700_000_000_123], True),
    (E.TIME, MOMENT, EQUAL, ["2023.11.14 22:13:20.123"], True),
    (E.TIME, MOMENT, EQUAL, ["2023-11-14T22:13:20.123456789Z"], True),
    (E.TIME, MOMENT, EQUAL, ["2023-11-14T22:13:20.123456788Z"], False),
    (E.TIME, MOMENT, GREATER, ["2023-11-14T22:13:20.123456788Z"], True),
    (E.TIME, MOMENT, GREATER, [1_700_000_000_123], False),
    (E.TIME, MOMENT, GREATER, ["2023.11.14"], True),
    (E.TIME, MOMENT, IN, [5, 1_700_000_000_123], True),
    (E.TIME, MOMENT, IN, [5, "2023-11-14T22:13:20.123456789Z"], True),
]

#: What cannot be compared.
IMPOSSIBLE: list[tuple[E, Operator, Any]] = [
    (E.FLOAT, GREATER, "abc"),
    (E.FLOAT, EQUAL, "TRUE"),
    (E.FLOAT, EQUAL, ""),
    (E.INT, LIKE, "1*"),
    (E.BOOL, EQUAL, "maybe"),
    (E.STRING, GREATER, 5),
    (E.STRING, LESS, True),
    (E.TIME, EQUAL, "yesterday"),
    (E.TIME, GREATER, True),
    (E.TIME, LIKE, "2023*"),
    (E.BLOB, EQUAL, "AAAA"),
    (E.DYN_FLOAT, EQUAL, 1),
    (E.DYN_STRING, LIKE, "*"),
    (E.LANG_STRING, LESS, 3),
]


class ComparisonTests(SynchronousTestCase):
    timeout = 60

    def test_values_that_compare(self) -> None:
        """Numbers as numbers, times as times, texts as texts."""
        for kind, value, how, given_, expected in CASES:
            with self.subTest(f"{kind.keyword} {value!r} {how.value} {given_!r}"):
                check = check_of(kind, how, [Literal.of(one) for one in given_], UTC)
                self.assertIs(check(value), expected)

    def test_what_cannot_be_compared(self) -> None:
        """It is error 11, whatever the value is."""
        for kind, how, given_ in IMPOSSIBLE:
            with self.subTest(f"{kind.keyword} {how.value} {given_!r}"):
                with self.assertRaises(OagwError) as caught:
                    check_of(kind, how, [Literal.of(given_)], UTC)
                self.assertEqual(caught.exception.code, 11)

    def test_two_attributes(self) -> None:
        """They compare if their types do."""
        for left, right, values, expected in (
            (E.FLOAT, E.INT, (1.5, 1), True),
            (E.BOOL, E.UINT, (True, 1), False),
            (E.TIME, E.TIME, (MOMENT, MOMENT - NS_PER_MS), True),
            (E.STRING, E.LANG_STRING, ("z", LANG), True),
        ):
            self.assertIs(pair_check(left, GREATER, right)(values), expected)
        for left, right in ((E.FLOAT, E.STRING), (E.TIME, E.LONG), (E.BLOB, E.BLOB)):
            with self.assertRaises(OagwError) as caught:
                pair_check(left, EQUAL, right)
            self.assertEqual(caught.exception.code, 11)


class LikeTests(SynchronousTestCase):
    timeout = 60

    @given(st.text("ab*?[\n", max_size=8), st.text("ab[\n", max_size=10))
    @settings(deadline=None, max_examples=500)
    def test_stars_and_question_marks(self, pattern: str, text: str) -> None:
        """All else stands for itself; the standard library agrees."""
        expected = fnmatchcase(text, pattern.replace("[", "[[]"))
        self.assertIs(like_pattern(pattern).fullmatch(text) is not None, expected)

    def test_no_pattern_takes_long(self) -> None:
        """Each piece is looked for once; by trying all ways this would never end."""
        begun = process_time()
        self.assertIsNone(like_pattern("*a" * 40 + "b").fullmatch("a" * 2000))
        self.assertLess(process_time() - begun, 10)
