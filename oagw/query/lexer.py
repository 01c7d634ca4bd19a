"""Query text to tokens, each with its position for error messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from oagw.errors import SyntaxFaultError


class Kind(Enum):
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

    kind: Kind
    text: str
    position: int

    def is_word(self, word: str) -> bool:
        """Whether it is the keyword, in any case."""
        return self.kind is Kind.WORD and self.text.upper() == word


_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    | '(?P<quoted>[^']*)'
    | "(?P<text>(?:[^"\\]|\\.)*)"
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<word>[^\W\d]\w*)
    | (?P<symbol>==|!=|<>|<=|>=|&&|\|\||[=<>&|(),;!+\-*/])
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {
    "quoted": Kind.QUOTED,
    "text": Kind.TEXT,
    "number": Kind.NUMBER,
    "word": Kind.WORD,
    "symbol": Kind.SYMBOL,
}


def tokenize(text: str) -> list[Token]:
    """Split a query; the last token is always the END.

    :raises SyntaxFaultError: a quote is not closed or a character has no meaning.
    """
    tokens = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            char = text[position]
            wrong = f"the {char} is not closed" if char in "'\"" else f"unexpected {char!r}"
            raise fault(text, position, wrong)
        kind = found.lastgroup
        assert kind is not None
        if kind != "space":
            piece = found.group(kind)
            if kind == "text":
                piece = re.sub(r"\\(.)", r"\1", piece, flags=re.DOTALL)
            tokens.append(Token(_KINDS[kind], piece, position))
        position = found.end()
    tokens.append(Token(Kind.END, "", len(text)))
    return tokens


def fault(text: str, position: int, wrong: str) -> SyntaxFaultError:
    """The error for something wrong at a position, with the piece of the query there."""
    piece = " ".join(text[position : position + 30].split())
    where = f"near '{piece}'" if piece else "at the end"
    return SyntaxFaultError(f"query, position {position + 1}, {where}: {wrong}")
