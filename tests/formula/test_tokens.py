"""A formula is split into tokens with positions and values."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import SyntaxFaultError
from oagw.formula.tokens import FormulaTokenKind as Kind
from oagw.formula.tokens import tokenize


class TokenTests(SynchronousTestCase):
    """From text to tokens."""

    timeout = 30

    def test_kinds_texts_and_positions(self) -> None:
        """The last token is the end."""
        found = [(one.kind, one.text, one.position) for one in tokenize("p1 <<2")]
        self.assertEqual(
            found,
            [
                (Kind.WORD, "p1", 0),
                (Kind.SYMBOL, "<<", 3),
                (Kind.LITERAL, "2", 5),
                (Kind.END, "", 6),
            ],
        )

    def test_literals(self) -> None:
        """A whole number of more than 64 bits is a float, unless it is hexadecimal."""
        for text, value in (
            ("0x1F", 31),
            ("18446744073709551615", 2**64 - 1),
            ("18446744073709551616", 2.0**64),
            ("1e3", 1000.0),
            (".5", 0.5),
            ("TRUE", True),
            ('"a\\n\\"b\\q"', 'a\n"bq'),
        ):
            [literal, _] = tokenize(text)
            self.assertEqual((literal.kind, literal.value), (Kind.LITERAL, value), text)
            self.assertIs(type(literal.value), type(value), text)

    @given(st.text())
    @settings(deadline=None)
    def test_any_text_is_split_or_refused(self, text: str) -> None:
        """The pieces stand at their positions."""
        try:
            tokens = tokenize(text)
        except SyntaxFaultError as error:
            self.assertIn("formula, position", error.message)
            return
        for token in tokens[:-1]:
            found = text[token.position :]
            self.assertTrue(found.startswith(token.text) or found[0] == '"', token)
        self.assertEqual(tokens[-1].position, len(text))
