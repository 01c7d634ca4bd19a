"""Rows: lines of cells between tabs, where a cell in quotes may have tabs and lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from oagw.dpl.strings import STRING, undo_spreadsheet
from oagw.dpl.text import DplError

_CELL = re.compile(rf'(?:[^"\\\t\n]++|\\["\\]|\\|{STRING})*+', re.DOTALL)
_QUOTED = re.compile(rf'[^"\\]++|\\["\\]|\\|({STRING})', re.DOTALL)
#: What may follow a string that spans lines; anything else means that its first line
#: lacks a quote.
_AFTER_STRING = frozenset('\t\n, "')
#: Quotes are counted in pieces of about this many characters.
_PIECE = 1 << 20


#: A row: its line, where it begins in the text, its cells.
SourceRow: TypeAlias = tuple[int, int, Sequence[str]]


def source_rows(
    text: str,
    start: int,
    end: int,
    line: int,
    refuse: Callable[[DplError], None] | None = None,
) -> Iterator[SourceRow]:
    """The rows of a part of a text, without blank lines and comments.

    :param start: where the part begins, outside of quotes.
    :param line: the line that it begins in.
    :param refuse: called with a quote that is not closed; its line is left out.
    :raises DplError: without ``refuse``: a quote is not closed.
    """
    while start < end:
        stop = text.find("\n", start, end)
        if stop < 0:
            stop = end
        source = text[start:stop]
        if not source or source.isspace() or source[0] == "#":
            line += 1
        elif '"' not in source:
            yield line, start, source.split("\t")
            line += 1
        else:
            cells: Sequence[str] = source.split("\t")
            if _splits_a_string(source):
                try:
                    cells, stop = _cells_with_strings(text, start, end, line)
                except DplError as error:
                    if refuse is None:
                        raise
                    refuse(error)
                    line += 1
                    start = stop + 1
                    continue
            if '""' in text[start:stop]:
                cells = [undo_spreadsheet(cell) for cell in cells]
            yield line, start, cells
            line += 1 + text.count("\n", start, stop)
        start = stop + 1


def row_end(text: str, start: int) -> int:
    """Where the line, or the row with strings of several lines, that begins here ends.

    A row whose quote is not closed ends with its line.
    """
    stop = text.find("\n", start)
    if stop < 0:
        return len(text)
    source = text[start:stop]
    if source.startswith("#") or '"' not in source or not _splits_a_string(source):
        return stop
    try:
        return _cells_with_strings(text, start, len(text), 1)[1]
    except DplError:
        return stop


def _splits_a_string(source: str) -> bool:
    """Whether a quote is open at a tab or at the end of the line."""
    pieces = _without_escapes(source).split('"')
    return len(pieces) % 2 == 0 or "\t" in "".join(pieces[1::2])


def _without_escapes(source: str) -> str:
    if "\\" not in source:
        return source
    return source.replace("\\\\", "").replace('\\"', "")


def count_quotes(text: str, start: int, end: int) -> int:
    """How many quotes that are not escaped are in a part of a text."""
    if text.find("\\", start, end) < 0:
        return text.count('"', start, end)
    total = 0
    while start < end:
        stop = text.find("\n", start + _PIECE, end)
        if stop < 0:
            stop = end
        total += _without_escapes(text[start:stop]).count('"')
        start = stop
    return total


def _cells_with_strings(
    text: str, start: int, end: int, line: int
) -> tuple[list[str], int]:
    """The cells of the row that begins at ``start``, and where it ends."""
    cells = []
    for begin, stop in _bounds(text, start, end, line):
        cells.append(text[begin:stop])
    return cells, stop


def _bounds(text: str, start: int, end: int, line: int) -> Iterator[tuple[int, int]]:
    position = start
    while True:
        found = _CELL.match(text, position, end)
        assert found is not None
        stop = found.end()
        if "\n" in found[0]:
            _check_strings(text, start, position, stop, line)
        if stop < end and text[stop] == '"':
            raise _unclosed(text, start, stop, line)
        yield position, stop
        if stop >= end or text[stop] == "\n":
            return
        position = stop + 1


def _check_strings(text: str, start: int, position: int, stop: int, line: int) -> None:
    for found in _QUOTED.finditer(text, position, stop):
        after = text[found.end() : found.end() + 1]
        if found[1] and "\n" in found[1] and after and after not in _AFTER_STRING:
            raise _unclosed(text, start, found.start(), line)


def _unclosed(text: str, start: int, position: int, line: int) -> DplError:
    return DplError(*_place(text, start, position, line), "the quote is not closed")


def _place(text: str, start: int, position: int, line: int) -> tuple[int, int]:
    """Line and column of a position in the row that begins at ``start``."""
    breaks = text.count("\n", start, position)
    return line + breaks, position - max(text.rfind("\n", start, position) + 1, start) + 1


def place_of_cell(
    text: str, start: int, end: int, line: int, index: int
) -> tuple[int, int]:
    """Line and column where a cell begins; of one that is missing, the row's end.

    :param start: where its row begins.
    :param line: the line that its row begins in.
    """
    position = start
    for number, (begin, stop) in enumerate(_bounds(text, start, end, line)):
        position = begin if number == index else stop
        if number == index:
            break
    return _place(text, start, position, line)
