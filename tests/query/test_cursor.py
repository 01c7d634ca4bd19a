"""The cursor moves over tokens, and refuses what it does not expect."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import SyntaxFaultError
from oagw.query.cursor import Cursor
from oagw.query.lexer import TokenKind


class CursorTests(SynchronousTestCase):
    """Reading tokens."""

    timeout = 30

    def test_it_stays_at_the_end(self) -> None:
        cursor = Cursor("AND")
        self.assertEqual(cursor.take().text, "AND")
        for _ in range(2):
            self.assertIs(cursor.take().kind, TokenKind.END)

    def test_it_advances_only_over_what_was_asked_for(self) -> None:
        """Keywords match in any case."""
        cursor = Cursor("where ( 12")
        self.assertFalse(cursor.take_word("AND"))
        self.assertFalse(cursor.take_symbol("("))
        self.assertTrue(cursor.take_word("AND", "WHERE"))
        self.assertTrue(cursor.take_symbol("(", ")"))
        self.assertEqual(cursor.whole_number("a number"), 12)

    def test_errors_say_what_is_expected(self) -> None:
        """With the position of the token that was found instead."""
        for text, read, wrong in (
            ("x", lambda one: one.word("FROM"), "expected FROM"),
            ("x", lambda one: one.symbol("(", "IN"), "expected '(' after IN"),
            ("x", lambda one: one.quoted("a pattern"), "expected a pattern"),
            ("x", lambda one: one.whole_number("a row"), "expected a row, a whole number"),
            ("1.5", lambda one: one.whole_number("a row"), "a row must be a whole number"),
            ("18446744073709551616", lambda one: one.whole_number("a row"), "64 bits"),
            ("1e999", lambda one: one.number(), "the number is too large"),
        ):
            with self.assertRaises(SyntaxFaultError) as caught:
                read(Cursor(text))
            self.assertIn(wrong, caught.exception.message)
            self.assertIn("position 1,", caught.exception.message)
