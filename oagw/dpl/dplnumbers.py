"""Cells of numbers, bits, characters and bools."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import tzinfo
from typing import TypeAlias

from oagw.dpl.strings import shown
from oagw.errors import ConversionError
from oagw.model.dptypes import ElementType

#: Parses a cell; the time zone is used for times.
Parse: TypeAlias = Callable[[str, tzinfo | None], object]

_BOOLEANS = {"1": True, "0": False, "TRUE": True, "FALSE": False}
_WHOLE = re.compile(r"([+-]?\d{1,30})\.0*", re.ASCII)
_HEXADECIMAL = re.compile(r"0[xX][\dA-Fa-f]{1,16}", re.ASCII)
_BINARY = re.compile(r"[01]{32}|[01]{64}")
_CHAR = re.compile(r"\\?(\d{1,3})", re.ASCII)


def misfit(text: str, kind: ElementType) -> ConversionError:
    """Return the error for a cell that is not a value of the type."""
    return ConversionError(f"the cell {shown(text)} is not a valid {kind.keyword}")


def bare(text: str) -> str:
    """Return a cell without surrounding blanks and without the quotes of a spreadsheet."""
    return text.strip().removeprefix('"').removesuffix('"')


def parse_bool(text: str, zone: tzinfo | None) -> object:
    """Parse ``1``, ``0``, ``TRUE`` or ``FALSE``.

    :raises ConversionError: it is none of them.
    """
    found = _BOOLEANS.get(text)
    if found is None:
        found = _BOOLEANS.get(bare(text).upper())
    if found is None:
        raise misfit(text, ElementType.BOOL)
    return found


def parse_float(text: str, zone: tzinfo | None) -> object:
    """Parse a number, with or without point and exponent.

    :raises ConversionError: it is not a number.
    """
    if "_" not in text and text.isascii():
        try:
            return float(text)
        except ValueError:
            pass
    inner = bare(text)
    if inner == text:
        raise misfit(text, ElementType.FLOAT)
    return parse_float(inner, zone)


def int_parser(kind: ElementType) -> Parse:
    """Return the parser of whole numbers, decimal or hexadecimal with ``0x``."""

    def parse(text: str, zone: tzinfo | None) -> object:
        if "_" not in text and text.isascii():
            try:
                return int(text)
            except ValueError:
                pass
        inner = bare(text)
        if _HEXADECIMAL.fullmatch(inner):
            return int(inner, 16)
        found = _WHOLE.fullmatch(inner)
        if found is not None:
            return int(found[1])
        if inner == text:
            raise misfit(text, kind)
        return parse(inner, zone)

    return parse


def bits_parser(kind: ElementType) -> Parse:
    """Return the parser of bits: a number, or one digit for each bit."""
    whole = int_parser(kind)

    def parse(text: str, zone: tzinfo | None) -> object:
        if text[:2] == "0x" and _HEXADECIMAL.fullmatch(text):
            return int(text, 16)
        return int(text, 2) if _BINARY.fullmatch(text) else whole(text, zone)

    return parse


def parse_char(text: str, zone: tzinfo | None) -> object:
    """Parse the code of a character (``\\65`` or ``65``) or the character itself.

    :raises ConversionError: it is neither.
    """
    inner = bare(text)
    found = _CHAR.fullmatch(inner)
    if found is not None:
        return int(found[1])
    if len(inner) == 1:
        return ord(inner)
    raise misfit(text, ElementType.CHAR)
