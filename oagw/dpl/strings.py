"""Strings within cells: quotes, escapes, lists, and what spreadsheets do to them.

A string stands in ``"``; ``\\`` escapes ``"`` and itself. A line break, a carriage return
and a tab are ``\\n``, ``\\r`` and ``\\t`` when written, so that a row is one line; a real
line break within the quotes is read too. A ``\\`` before anything else is just that.
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
    """The string as a cell has it, in one line and without tabs."""
    return f'"{text.translate(_ESCAPES)}"'


def quote_name(name: str) -> str:
    """The name as a cell has it: in quotes if it would be read as something else."""
    return quote(name) if '"' in name or name.startswith("#") else name


def unquote(text: str) -> str:
    """The text that a cell's string stands for; without quotes it stands for itself.

    :raises ConversionError: a quote opens it and does not close it at its end.
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
    """The elements of a list, as they stand between its commas.

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
    """A cell as it was before a spreadsheet put it in quotes and doubled those in it.

    Cells of the ASCII manager are never of that form: a quote within a string is escaped
    there, and between two strings there is a comma.
    """
    if len(cell) > 2 and _SPREADSHEET.fullmatch(cell) is not None and '""' in cell[1:-1]:
        return cell[1:-1].replace('""', '"')
    return cell


def shown(text: str) -> str:
    """A cell for a message, at most 60 characters of it."""
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
