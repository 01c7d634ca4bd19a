"""Rows: lines of cells separated by tabs; quoted cells may contain tabs and line breaks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from oagw.dpl.strings import STRING, undo_spreadsheet
from oagw.dpl.text import DplError

_CELL = re.compile(rf'(?:[^"\\\t\n]++|\\["\\]|\\|{STRING})*+', re.DOTALL)
_QUOTED = re.compile(rf'[^"\\]++|\\["\\]|\\|({STRING})', re.DOTALL)
#: What may follow a string of several lines. Anything else means that a quote is missing in
#: its first line.
_AFTER_STRING = frozenset('\t\n, "')
#: Quotes are counted in pieces of about this many characters.
_PIECE = 1 << 20


#: The line number of a row, its offset in the text, and its cells.
SourceRow: TypeAlias = tuple[int, int, Sequence[str]]


def source_rows(
    text: str,
    start: int,
    end: int,
    line: int,
    refuse: Callable[[DplError], None] | None = None,
) -> Iterator[SourceRow]:
    """Yield the rows of a part of a text, without blank lines and comments.

    :param start: the offset of the part, outside quotes.
    :param line: the number of its first line.
    :param refuse: called for a quote that is not closed; its line is left out.
    :raises DplError: a quote is not closed, and ``refuse`` is ``None``.
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
    """Return the end of a line, or of a row with strings of several lines.

    A row with a quote that is not closed ends at the end of the line.
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
    """Return whether a quote is open at a tab or at the end of the line."""
    pieces = _without_escapes(source).split('"')
    return len(pieces) % 2 == 0 or "\t" in "".join(pieces[1::2])


def _without_escapes(source: str) -> str:
    if "\\" not in source:
        return source
    return source.replace("\\\\", "").replace('\\"', "")


def count_quotes(text: str, start: int, end: int) -> int:
    """Return the number of quotes in a part of a text; escaped quotes do not count."""
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
    """Return the cells of the row that begins at ``start``, and the end of the row."""
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
    """Return line and column of an offset in the row that begins at ``start``."""
    breaks = text.count("\n", start, position)
    return line + breaks, position - max(text.rfind("\n", start, position) + 1, start) + 1


def place_of_cell(
    text: str, start: int, end: int, line: int, index: int
) -> tuple[int, int]:
    """Return line and column of a cell; for a missing cell the end of the row.

    :param start: the offset of the row.
    :param line: the number of its first line.
    """
    position = start
    for number, (begin, stop) in enumerate(_bounds(text, start, end, line)):
        position = begin if number == index else stop
        if number == index:
            break
    return _place(text, start, position, line)
