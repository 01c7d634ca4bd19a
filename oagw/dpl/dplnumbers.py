"""Cells of numbers: of bits, characters and bools too."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import tzinfo
from typing import TypeAlias

from oagw.dpl.strings import shown
from oagw.errors import ConversionError
from oagw.model.dptypes import ElementType

#: Reads a cell; the zone is that of times.
Parse: TypeAlias = Callable[[str, tzinfo | None], object]

_BOOLEANS = {"1": True, "0": False, "TRUE": True, "FALSE": False}
_WHOLE = re.compile(r"([+-]?\d{1,30})\.0*", re.ASCII)
_HEXADECIMAL = re.compile(r"0[xX][\dA-Fa-f]{1,16}", re.ASCII)
_BINARY = re.compile(r"[01]{32}|[01]{64}")
_CHAR = re.compile(r"\\?(\d{1,3})", re.ASCII)


def misfit(text: str, kind: ElementType) -> ConversionError:
    """The error for a cell that is no value of a type."""
    return ConversionError(f"the cell {shown(text)} is not a valid {kind.keyword}")


def bare(text: str) -> str:
    """A cell without blanks around it, nor the quotes that a spreadsheet gave it."""
    return text.strip().removeprefix('"').removesuffix('"')


def parse_bool(text: str, zone: tzinfo | None) -> object:
    """Read ``1``, ``0``, ``TRUE`` or ``FALSE``.

    :raises ConversionError: it is none of them.
    """
    found = _BOOLEANS.get(text)
    if found is None:
        found = _BOOLEANS.get(bare(text).upper())
    if found is None:
        raise misfit(text, ElementType.BOOL)
    return found


def parse_float(text: str, zone: tzinfo | None) -> object:
    """Read a number with a point and an exponent, or without.

    :raises ConversionError: it is none.
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
    """The reader of whole numbers, decimal or ``0x`` hexadecimal."""

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
    """The reader of bits: a number, or each bit as a digit."""
    whole = int_parser(kind)

    def parse(text: str, zone: tzinfo | None) -> object:
        if text[:2] == "0x" and _HEXADECIMAL.fullmatch(text):
            return int(text, 16)
        return int(text, 2) if _BINARY.fullmatch(text) else whole(text, zone)

    return parse


def parse_char(text: str, zone: tzinfo | None) -> object:
    """Read the number of a character, ``\\65`` or ``65``, or the character.

    :raises ConversionError: it is neither.
    """
    inner = bare(text)
    found = _CHAR.fullmatch(inner)
    if found is not None:
        return int(found[1])
    if len(inner) == 1:
        return ord(inner)
    raise misfit(text, ElementType.CHAR)
