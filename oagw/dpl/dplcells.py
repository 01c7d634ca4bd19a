"""Cells: values of each element type, and comments."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, TypeAlias

from oagw.dpl.dplnumbers import (
    Parse,
    bare,
    bits_parser,
    int_parser,
    misfit,
    parse_bool,
    parse_char,
    parse_float,
)
from oagw.dpl.dpltimes import (
    format_moment,
    parse_moment,
)
from oagw.dpl.languages import format_lang_string, parse_lang_string
from oagw.dpl.strings import elements, quote, shown, unquote
from oagw.errors import ConversionError
from oagw.model.dptypes import ElementType
from oagw.model.times import to_iso_ns
from oagw.model.values import DEFAULT_LANGUAGE, Value

Format: TypeAlias = Callable[[Any, tzinfo | None], str]

_PLAIN_NAME = re.compile(r'(?!\s)[^"\\\t\n\r,]+(?<!\s)')


def parse_cell(text: str, kind: ElementType, zone: tzinfo | None = None) -> object:
    """Parse a cell; the result is suitable for :func:`oagw.model.values.convert`.

    An empty cell is an empty text, list, name or blob. It is not a number, bool or time.

    :param zone: the time zone of times; ``None`` is local time. Returned times are in UTC.
    :raises ConversionError: the cell is not a value of the type.
    """
    return _PARSERS[kind](text, zone)


def format_cell(value: Value, kind: ElementType, zone: tzinfo | None = None) -> str:
    """Return the cell of a value; parsing it gives the same value.

    The cell contains neither tabs nor line breaks.

    :param zone: the time zone for times; ``None`` is local time.
    """
    return _FORMATS[kind](value, zone)


def _parse_text(text: str, zone: tzinfo | None) -> object:
    return unquote(text)


def _parse_name(text: str, zone: tzinfo | None) -> object:
    return unquote(text.strip())


def _parse_blob(text: str, zone: tzinfo | None) -> object:
    try:
        return bytes.fromhex(bare(text))
    except ValueError as error:
        raise misfit(text, ElementType.BLOB) from error


def _parse_time(text: str, zone: tzinfo | None) -> object:
    return to_iso_ns(parse_moment(text, zone))


def _parse_lang_string(text: str, zone: tzinfo | None) -> object:
    return parse_lang_string(text) if text.strip() else {}


def _list_parser(parse: Parse, quoted: bool) -> Parse:
    """Return the parser of a list; a spreadsheet may quote a list of unquoted elements."""

    def parse_list(text: str, zone: tzinfo | None) -> object:
        found = elements(text)
        if not quoted and len(found) == 1 and "," in text and text.startswith('"'):
            found = elements(bare(text))
        return [parse(element, zone) for element in found]

    return parse_list


def _parse_nothing(text: str, zone: tzinfo | None) -> object:
    raise ConversionError(f"the cell {shown(text)} belongs to an element without a value")


def _format_name(value: str, zone: tzinfo | None) -> str:
    if not value:
        return " "
    return value if _PLAIN_NAME.fullmatch(value) else quote(value)


def _list_format(kind: ElementType) -> Format:
    """Return the formatter of a list; a lone name with a comma gets a leading blank."""
    one = _FORMATS_OF_ONE[kind]
    lone = " " if kind is ElementType.DPID else ""

    def format_list(value: tuple[Value, ...], zone: tzinfo | None) -> str:
        text = ", ".join(one(element, zone).strip() or '""' for element in value)
        return f"{lone}{text}" if len(value) == 1 and "," in text else text

    return format_list


def _format_nothing(value: Value, zone: tzinfo | None) -> str:
    raise ConversionError("an element without a value has no cell")


_PARSERS_OF_ONE: dict[ElementType, Parse] = {
    ElementType.CHAR: parse_char,
    ElementType.UINT: int_parser(ElementType.UINT),
    ElementType.INT: int_parser(ElementType.INT),
    ElementType.LONG: int_parser(ElementType.LONG),
    ElementType.ULONG: int_parser(ElementType.ULONG),
    ElementType.BIT32: bits_parser(ElementType.BIT32),
    ElementType.BIT64: bits_parser(ElementType.BIT64),
    ElementType.FLOAT: parse_float,
    ElementType.BOOL: parse_bool,
    ElementType.STRING: _parse_text,
    ElementType.DPID: _parse_name,
    ElementType.TIME: _parse_time,
    ElementType.BLOB: _parse_blob,
    ElementType.LANG_STRING: _parse_lang_string,
}
_FORMATS_OF_ONE: dict[ElementType, Format] = {
    **dict.fromkeys(_PARSERS_OF_ONE, lambda value, zone: repr(value)),
    ElementType.CHAR: lambda value, zone: f"\\{value}",
    ElementType.BIT32: lambda value, zone: hex(value),
    ElementType.BIT64: lambda value, zone: hex(value),
    ElementType.BOOL: lambda value, zone: "1" if value else "0",
    ElementType.STRING: lambda value, zone: quote(value),
    ElementType.DPID: _format_name,
    ElementType.TIME: format_moment,
    ElementType.BLOB: lambda value, zone: f'"{value.hex().upper()}"',
    ElementType.LANG_STRING: lambda value, zone: format_lang_string(value),
}
#: The types that the ASCII manager itself quotes.
_QUOTED = (ElementType.STRING, ElementType.BLOB, ElementType.LANG_STRING)


def _parser(kind: ElementType) -> Parse:
    if kind.member is not None:
        return _list_parser(_PARSERS_OF_ONE[kind.member], kind.member in _QUOTED)
    return _PARSERS_OF_ONE.get(kind, _parse_nothing)


def _format(kind: ElementType) -> Format:
    if kind.member is not None:
        return _list_format(kind.member)
    return _FORMATS_OF_ONE.get(kind, _format_nothing)


_KINDS = {kind.value: kind for kind in ElementType}
#: Indexed by number, because a list is faster than a dict of enum members.
_PARSERS = [
    _parser(_KINDS.get(number, ElementType.STRUCT)) for number in range(max(_KINDS) + 1)
]
_FORMATS = [
    _format(_KINDS.get(number, ElementType.STRUCT)) for number in range(max(_KINDS) + 1)
]


@dataclass(frozen=True, slots=True)
class Comment:
    """The comment of an element in Aliases/Comments; each part is a text by language."""

    description: dict[str, str]
    format: dict[str, str]
    unit: dict[str, str]


def parse_comment(text: str) -> Comment:
    """Parse ``lt:1 LANG:10001 "description@format@unit"``.

    A text without ``@`` is a description. With more than two ``@``, the last two count.

    :raises ConversionError: the cell is not a text in languages.
    """
    texts = parse_lang_string(text)
    if isinstance(texts, str):
        texts = {DEFAULT_LANGUAGE: texts} if texts else {}
    comment = Comment({}, {}, {})
    for language, whole in texts.items():
        parts = [*whole.rsplit("@", 2), "", ""]
        comment.description[language], comment.format[language] = parts[0], parts[1]
        comment.unit[language] = parts[2]
    return comment


def is_exact(comment: Comment) -> bool:
    """Return whether a comment reads back unchanged: format and unit contain no ``@``."""
    texts = (*comment.format.values(), *comment.unit.values())
    return not any("@" in text for text in texts)


def format_comment(comment: Comment) -> str:
    """Return the cell of a comment; a missing language is written as an empty text."""
    parts = (comment.description, comment.format, comment.unit)
    languages = dict.fromkeys(language for part in parts for language in part)
    return format_lang_string(
        {
            language: "@".join(part.get(language, "") for part in parts)
            for language in languages
        }
    )
