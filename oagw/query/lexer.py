"""Query text to tokens, each with its position for error messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial

from oagw.errors import SyntaxFaultError
from oagw.model.scanner import fault_in, scan

#: The error for something wrong at a position of a query.
fault = partial(fault_in, "query")


class TokenKind(Enum):
    """What a token is."""

    WORD = auto()
    NUMBER = auto()
    QUOTED = auto()
    TEXT = auto()
    SYMBOL = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A token; ``text`` is without quotes, ``position`` counts characters from 0."""

    kind: TokenKind
    text: str
    position: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords, in any case."""
        return self.kind is TokenKind.WORD and self.text.upper() in words

    def is_symbol(self, *symbols: str) -> bool:
        """Whether it is one of these symbols."""
        return self.kind is TokenKind.SYMBOL and self.text in symbols


_TOKEN = re.compile(
    r"""
    (?P<space>(?:\s | \ufeff | /\*.*?\*/ | //[^\n]*)+)
    | '(?P<quoted>[^']*)'
    | "(?P<text>(?:[^"\\]|\\.)*)"
    | (?P<number>0[xX][0-9a-fA-F]+ | (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
        (?=(?i:AND|OR|ASC|DESC|FROM|REMOTE|WHERE|TIMERANGE|FIRST|LAST|GROUP|SORT|ORDER)\b
        | [\W_] | $)
    | (?P<word>[^\W\d]\w*)
    | (?P<symbol>==|!=|<>|<=|>=|&&|\|\||[=<>&|(),;!+\-*:])
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {
    "quoted": TokenKind.QUOTED,
    "text": TokenKind.TEXT,
    "number": TokenKind.NUMBER,
    "word": TokenKind.WORD,
    "symbol": TokenKind.SYMBOL,
}


def tokenize(text: str) -> list[Token]:
    """Split a query; the last token is always the END.

    :raises SyntaxFaultError: a quote is not closed or a character has no meaning.
    """
    tokens = [
        Token(_KINDS[kind], _unescaped(piece) if kind == "text" else piece, position)
        for kind, piece, position in scan(
            text, _TOKEN, lambda position: _unexpected(text, position)
        )
    ]
    tokens.append(Token(TokenKind.END, "", len(text)))
    return tokens


def _unescaped(piece: str) -> str:
    # Any other backslash is one, as in "C:\temp".
    return re.sub(r"""\\([\\"'])""", r"\1", piece)


def _unexpected(text: str, position: int) -> SyntaxFaultError:
    char = text[position]
    if char in "'\"":
        return fault(text, position, f"the {char} is not closed")
    if text.startswith("/*", position):
        return fault(text, position, "the /* is not closed")
    if char.isascii() and char.isdigit():
        return fault(text, position, "this is not a number")
    return fault(text, position, f"unexpected {char!r}")
