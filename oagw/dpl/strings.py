"""Strings in cells: quotes, escapes, lists, and the changes that spreadsheets make.

A string is enclosed in ``"``; ``\\`` escapes ``"`` and itself. Line breaks, carriage
returns and tabs are written as ``\\n``, ``\\r`` and ``\\t``, so that a row is one line. The
reader also accepts real line breaks in quotes. Before any other character, ``\\`` stands
for itself.
"""

from __future__ import annotations

import re

from oagw.errors import ConversionError

#: A string with its quotes.
STRING = r'"(?:[^"\\]++|\\.)*+"'

_STRING = re.compile(STRING, re.DOTALL)
_ELEMENT = re.compile(rf'((?:[^",]++|{STRING})*+)(,|\Z)', re.DOTALL)
_SPREADSHEET = re.compile(r'"(?:[^"]++|"")*+"')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "\n": "\n"}
_ESCAPES = str.maketrans({"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"})


def quote(text: str) -> str:
    """Return a quoted string, without line breaks and tabs."""
    return f'"{text.translate(_ESCAPES)}"'


def quote_name(name: str) -> str:
    """Return a name, with quotes if it would be read as something else without them."""
    return quote(name) if '"' in name or name.startswith("#") else name


def unquote(text: str) -> str:
    """Return the text of a quoted string; a cell without quotes is returned unchanged.

    :raises ConversionError: the cell begins with a quote that its end does not close.
    """
    if not text.startswith('"'):
        return text
    if text.count('"') == 2 and text[-1] == '"' and "\\" not in text:
        return text[1:-1]
    if _STRING.fullmatch(text) is None:
        raise ConversionError(f"the cell {shown(text)} is not one string in quotes")
    return _ESCAPE.sub(_unescape, text[1:-1])


def _unescape(found: re.Match[str]) -> str:
    return _ESCAPED.get(found[1], found[0])


def elements(text: str) -> list[str]:
    """Return the unparsed elements of a list.

    :raises ConversionError: a quote is not closed.
    """
    if not text or text.isspace():
        return []
    if '"' not in text:
        return [element.strip() for element in text.split(",")]
    found = []
    position = 0
    while True:
        element = _ELEMENT.match(text, position)
        if element is None:
            raise ConversionError(f"the cell {shown(text)} has a quote that is not closed")
        found.append(element[1].strip())
        if not element[2]:
            return found
        position = element.end()


def undo_spreadsheet(cell: str) -> str:
    """Undo a spreadsheet's quotes around a cell, and the doubled quotes in it.

    The ASCII manager never writes doubled quotes: it escapes quotes in strings, and writes
    a comma between strings.
    """
    if len(cell) > 2 and _SPREADSHEET.fullmatch(cell) is not None and '""' in cell[1:-1]:
        return cell[1:-1].replace('""', '"')
    return cell


def shown(text: str) -> str:
    """Return a cell for a message, cut to 60 characters."""
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
