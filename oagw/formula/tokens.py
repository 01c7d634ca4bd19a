"""Formula text to tokens, each with its position for error messages."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial

from oagw.errors import SyntaxFaultError
from oagw.model.scanner import fault_in, scan
from oagw.model.values import Value

#: The error for something wrong at a position of a formula.
fault = partial(fault_in, "formula")
#: The greatest whole number that can be written: that of a ulong.
_GREATEST = 2**64 - 1


class FormulaTokenKind(Enum):
    """What a token is."""

    WORD = auto()
    LITERAL = auto()
    SYMBOL = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class FormulaToken:
    """A token; ``position`` counts characters from 0, ``value`` is that of a literal."""

    kind: FormulaTokenKind
    text: str
    position: int
    value: Value = 0


_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    | "(?P<quoted>(?:[^"\\]|\\.)*)"
    | (?P<number>0[xX][0-9a-fA-F]+ | (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?) (?![\w.])
    | (?P<word>[A-Za-z_]\w*)
    | (?P<symbol>==|!=|<=|>=|<<|>>|&&|\|\||[-+*/%<>!&|^~?:(),;])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_WRONG = {
    '"': 'the " is not closed',
    "'": 'texts stand in double quotes, as in "open"',
    "=": "values are compared with '=='",
}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_BOOLEANS = {"TRUE": True, "true": True, "FALSE": False, "false": False}


def tokenize(text: str) -> list[FormulaToken]:
    """Split a formula; the last token is always the END.

    :raises SyntaxFaultError: a text is not closed, a number is none or too large, or a
        character has no meaning.
    """
    tokens = [
        _token(kind, piece, text, position)
        for kind, piece, position in scan(
            text, _TOKEN, lambda position: _unexpected(text, position)
        )
    ]
    tokens.append(FormulaToken(FormulaTokenKind.END, "", len(text)))
    return tokens


def _unexpected(text: str, position: int) -> SyntaxFaultError:
    char = text[position]
    number = char.isascii() and (char.isdigit() or char == ".")
    wrong = "this is not a number" if number else f"unexpected {char!r}"
    return fault(text, position, _WRONG.get(char, wrong))


def _token(kind: str, piece: str, text: str, position: int) -> FormulaToken:
    if kind == "number":
        return FormulaToken(
            FormulaTokenKind.LITERAL, piece, position, _number(piece, text, position)
        )
    if kind == "quoted":
        return FormulaToken(FormulaTokenKind.LITERAL, piece, position, _unescape(piece))
    if kind == "symbol":
        return FormulaToken(FormulaTokenKind.SYMBOL, piece, position)
    if piece in _BOOLEANS:
        return FormulaToken(FormulaTokenKind.LITERAL, piece, position, _BOOLEANS[piece])
    return FormulaToken(FormulaTokenKind.WORD, piece, position)


def _number(piece: str, text: str, position: int) -> Value:
    if piece[:2] in ("0x", "0X"):
        whole = int(piece[2:], 16)
        if whole > _GREATEST:
            raise fault(text, position, "the whole number is beyond 64 bit")
        return whole
    real = float(piece)
    if math.isinf(real):
        raise fault(text, position, "the number is too large")
    if piece.isdigit() and (whole := int(piece.lstrip("0") or "0")) <= _GREATEST:
        return whole
    # Beyond 64 bit it can only be meant as a float: JavaScript writes 1e20 with all digits.
    return real


def _unescape(piece: str) -> str:
    return re.sub(
        r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), piece, flags=re.DOTALL
    )
