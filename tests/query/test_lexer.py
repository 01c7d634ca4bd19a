"""A query is split into tokens with positions."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.query.lexer import TokenKind, tokenize


class LexerTests(SynchronousTestCase):
    """From text to tokens."""

    timeout = 30

    def test_tokens_have_their_kind_text_and_position(self) -> None:
        """Quotes are taken off, and the end is a token too."""
        tokens = tokenize("WHERE a==1.5 'b' \"c\"")
        self.assertEqual(
            [(token.kind, token.text, token.position) for token in tokens],
            [
                (TokenKind.WORD, "WHERE", 0),
                (TokenKind.WORD, "a", 6),
                (TokenKind.SYMBOL, "==", 7),
                (TokenKind.NUMBER, "1.5", 9),
                (TokenKind.QUOTED, "b", 13),
                (TokenKind.TEXT, "c", 17),
                (TokenKind.END, "", 20),
            ],
        )

    def test_keywords_are_known_in_any_case(self) -> None:
        """A keyword in quotes is none."""
        [word, text, _] = tokenize("sElEcT 'SELECT'")
        self.assertTrue(word.is_word("SELECT"))
        self.assertFalse(text.is_word("SELECT"))

    def test_a_backslash_keeps_a_double_quote(self) -> None:
        """It escapes a double quote or a backslash; else it stands for itself."""
        [text, _] = tokenize(r'"a\"b\\c"')
        self.assertEqual(text.text, 'a"b\\c')
        [text, _] = tokenize(r'"it\'s C:\temp\*"')
        self.assertEqual(text.text, r"it's C:\temp\*")

    @given(st.text(st.characters(exclude_characters="'"), max_size=30))
    @settings(deadline=None)
    def test_single_quotes_keep_everything(self, text: str) -> None:
        """What stands in single quotes comes out as it went in."""
        [token, _] = tokenize(f"'{text}'")
        self.assertEqual((token.kind, token.text), (TokenKind.QUOTED, text))
