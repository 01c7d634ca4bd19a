"""A place in the tokens of a query, and what every part of the parser asks there."""

from __future__ import annotations

import math
from typing import NoReturn

from oagw.model.literals import number_of
from oagw.query.lexer import Token, TokenKind, fault, tokenize

#: The greatest whole number that can be written: that of a ulong.
_GREATEST = 2**64 - 1


class Cursor:
    """The tokens of a query, and which is next.

    :raises SyntaxFaultError: the text has no tokens.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokenize(text)
        self._at = 0

    @property
    def token(self) -> Token:
        """The next token."""
        return self._tokens[self._at]

    def take(self) -> Token:
        """The next token, which is passed by."""
        token = self.token
        if token.kind is not TokenKind.END:
            self._at += 1
        return token

    def take_word(self, *words: str) -> bool:
        """Pass by one of these keywords; tells whether it was there."""
        if not self.token.is_word(*words):
            return False
        self._at += 1
        return True

    def take_symbol(self, *symbols: str) -> bool:
        """Pass by one of these symbols; tells whether it was there."""
        if not self.token.is_symbol(*symbols):
            return False
        self._at += 1
        return True

    def word(self, word: str) -> None:
        """Pass by a keyword.

        :raises SyntaxFaultError: there is something else.
        """
        if not self.take_word(word):
            self.fail(self.token, f"expected {word}")

    def symbol(self, symbol: str, after: str) -> None:
        """Pass by a symbol that must follow something.

        :raises SyntaxFaultError: there is something else.
        """
        if not self.take_symbol(symbol):
            self.fail(self.token, f"expected '{symbol}' after {after}")

    def quoted(self, expected: str) -> Token:
        """Pass by a text in quotes of either kind.

        :raises SyntaxFaultError: there is something else.
        """
        if self.token.kind not in (TokenKind.QUOTED, TokenKind.TEXT):
            self.fail(self.token, f"expected {expected}")
        return self.take()

    def whole_number(self, what: str) -> int:
        """Pass by a whole number, 0 or more.

        :raises SyntaxFaultError: there is something else.
        """
        token = self.token
        if token.kind is not TokenKind.NUMBER:
            self.fail(token, f"expected {what}, a whole number")
        number = self.number()
        if not isinstance(number, int):
            self.fail(token, f"{what} must be a whole number")
        if number > _GREATEST:
            self.fail(token, "the whole number is beyond 64 bit")
        return number

    def number(self) -> int | float:
        """Pass by a number that is there.

        :raises SyntaxFaultError: it is too large for a double.
        """
        token = self.take()
        text = token.text
        if text[:2] in ("0x", "0X"):
            whole = int(text[2:], 16)
            if whole > _GREATEST:
                self.fail(token, "the whole number is beyond 64 bit")
            return whole
        real = number_of(text)
        if math.isinf(real):
            self.fail(token, "the number is too large")
        # JavaScript writes 1e20 with all its digits, of which a double has 309 at most.
        return int(text.lstrip("0") or "0") if text.isdecimal() else real

    def fail(self, token: Token, wrong: str) -> NoReturn:
        """Refuse the query because of a token.

        :raises SyntaxFaultError: always.
        """
        raise fault(self._text, token.position, wrong)
