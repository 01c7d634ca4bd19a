"""Sections: a DPL text cut at its ``# Name`` lines, each with columns and rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from oagw.dpl.rows import count_quotes, place_of_cell, source_rows
from oagw.dpl.text import DplError

#: The column that each known section has at least.
KEY_COLUMNS = {
    "DpType": "TypeName",
    "Datapoint/DpId": "DpName",
    "Aliases/Comments": "AliasId",
    "DpValue": "ElementName",
    "DpDefaultValue": "ElementName",
    "DpFunction": "ElementName",
    "PvssRangeCheck": "ElementName",
    "UserRangeCheck": "ElementName",
    "AlertClass": "ElementName",
    "AlertValue": "ElementName",
    "DistributionInfo": "ElementName",
    "DpAuth": "ElementName",
    "GeneralConfig": "ElementName",
    "DpConvRawToIngMain": "ElementName",
    "DpConvIngToRawMain": "ElementName",
    "DpSmoothMain": "ElementName",
    "PeriphAddrMain": "ElementName",
    "DbArchiveInfo": "ElementName",
    "CNS": "CNSpath",
}
_NAMES = {name.lower(): name for name in KEY_COLUMNS}
_OWN_NAME = re.compile(r"[A-Z][\w/]*")
_HEADER_CELL = re.compile(r"[A-Za-z_/]+|\w*:?_\w+\.\w*\._\w+")
#: Other names of columns, in WinCC OA's documentation.
_SYNONYMS = {"DetailNo": "DetailNr"}


class Row:
    """A row of a section.

    :ivar line: the line where it begins, from 1.
    :ivar cells: its cells as they stand, but without a spreadsheet's quotes.
    """

    __slots__ = ("_section", "_start", "cells", "line")

    def __init__(
        self, section: Section, line: int, start: int, cells: Sequence[str]
    ) -> None:
        self._section = section
        self._start = start
        self.line = line
        self.cells = cells

    def cell(self, column: str) -> str:
        """The cell of a column; empty if the row or the section has none."""
        index = self._section.index(column)
        return self.cells[index] if 0 <= index < len(self.cells) else ""

    def ends_before(self, column: str) -> bool:
        """Whether the row has no cell, not even an empty one, in a column."""
        return len(self.cells) <= self._section.index(column)

    def fault(self, column: str | int, reason: str) -> DplError:
        """The error for a cell.

        :param column: the name of its column, or its index.
        """
        index = self._section.index(column) if isinstance(column, str) else column
        place = self._section.place_of_cell(self._start, self.line, index)
        return DplError(*place, reason)


class Section:
    """A section of a text.

    :ivar name: its name in WinCC OA's spelling; as it stands, if it is unknown.
    :ivar line: the line with its name, from 1.
    :ivar columns: the names of the columns; none if there is nothing in it.
    """

    __slots__ = (
        "_end",
        "_index",
        "_quotes",
        "_rows",
        "_start",
        "_text",
        "columns",
        "line",
        "name",
    )

    def __init__(self, text: str, start: int, end: int, line: int) -> None:
        self._text, self._start, self._end = text, start, end
        self._quotes: bool | None = None
        self.line = line
        self.name = _name(text[start : _line_end(text, start)])
        header = next(source_rows(text, start, end, line), None)
        self.columns: tuple[str, ...] = ()
        self._rows = (end, line)
        if header is not None:
            line, start, cells = header
            self.columns = tuple(cell.strip() for cell in _trimmed(cells))
            self._rows = (_line_end(text, start) + 1, line + 1)
            key = KEY_COLUMNS.get(self.name)
            if key is not None and key not in self.columns:
                reason = f"{self.name} needs its column names first, with {key} in them"
                raise DplError(line, 1, reason)
        self._index = {}
        for index, column in reversed([*enumerate(self.columns)]):
            self._index[column] = self._index[_SYNONYMS.get(column, column)] = index

    @property
    def raw(self) -> str:
        """The text of the section as it stands, with its name and blank lines."""
        return self._text[self._start : self._end]

    def index(self, column: str) -> int:
        """The place of a column among the cells of a row; -1 if there is none."""
        return self._index.get(column, -1)

    def rows(self) -> Iterator[Row]:
        """The rows below the column names, one after the other.

        :raises DplError: a quote is not closed.
        """
        start, line = self._rows
        for number, begin, cells in source_rows(self._text, start, self._end, line):
            yield Row(self, number, begin, cells)

    @property
    def has_quotes(self) -> bool:
        """Whether there is a quote in it."""
        if self._quotes is None:
            self._quotes = self._text.find('"', self._start, self._end) >= 0
        return self._quotes

    def place_of_cell(self, start: int, line: int, index: int) -> tuple[int, int]:
        """Line and column where a cell of the row that begins at ``start`` begins."""
        return place_of_cell(self._text, start, self._end, line, index)


def read_sections(
    text: str, refuse: Callable[[DplError], None] | None = None
) -> Iterator[Section]:
    """Cut a text into its sections.

    Other lines that begin with ``#`` are comments.

    :param refuse: told of what is wrong; the section that has it is left out.
    :raises DplError: without ``refuse``: something stands before the first section, a
        section has no column names, or a quote is not closed.
    """
    text = text.replace("\r\n", "\n") if "\r" in text else text
    # Whoever leaves out what is wrong is told of open quotes by the rows.
    for start, end, line in _bounds(text, check=refuse is None):
        try:
            if start >= 0:
                yield Section(text, start, end, line)
            else:
                _check_nothing(text, end)
        except DplError as error:
            if refuse is None:
                raise
            refuse(error)


def _bounds(text: str, check: bool) -> Iterator[tuple[int, int, int]]:
    """Start, end and line of each section; first the text before, which starts at -1."""
    open_at, line, counted = -1, 1, 0
    for start in _titles(text, check):
        yield open_at, start, line
        line += text.count("\n", counted, start)
        open_at = counted = start
    yield open_at, len(text), line


def _titles(text: str, check: bool) -> Iterator[int]:
    """Where the lines with the names of sections begin; with a check of the quotes."""
    outside = counted = quotes = 0
    at = _comment_from(text, 0)
    while at >= 0:
        quotes += count_quotes(text, counted, at)
        counted = at
        if quotes & 1:
            at = _comment_from(text, at + 1)
            continue
        if _is_title(text, at):
            yield at
        outside = counted = _line_end(text, at)
        at = _comment_from(text, outside)
    if check and (quotes + count_quotes(text, counted, len(text))) & 1:
        line = 1 + text.count("\n", 0, outside)
        for _ in source_rows(text, outside, len(text), line):
            pass


def _comment_from(text: str, start: int) -> int:
    """Where the next line with a ``#`` begins; -1 if there is none."""
    if start == 0 and text.startswith("#"):
        return 0
    return text.find("\n#", start) + 1 or -1


def _is_title(text: str, start: int) -> bool:
    """Whether a comment names a section: a known one, or one with column names."""
    stop = _line_end(text, start)
    name = _name(text[start:stop])
    if name in KEY_COLUMNS:
        return True
    if _OWN_NAME.fullmatch(name) is None:
        return False
    header = _trimmed(text[stop + 1 : _line_end(text, stop + 1)].split("\t"))
    return len(header) > 1 and all(_HEADER_CELL.fullmatch(cell.strip()) for cell in header)


def _name(line: str) -> str:
    name = line.strip("# \t")
    return _NAMES.get(name.lower(), name)


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _trimmed(cells: Sequence[str]) -> Sequence[str]:
    """Cells without the empty ones at the end."""
    count = len(cells)
    while count and not cells[count - 1].strip():
        count -= 1
    return cells[:count]


def _check_nothing(text: str, end: int) -> None:
    first = next(source_rows(text, 0, end, 1), None)
    if first is not None:
        reason = "a section such as '# DpValue' has to begin before"
        raise DplError(first[0], 1, reason)
