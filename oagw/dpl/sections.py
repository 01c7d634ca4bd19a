"""Sections: a DPL text cut where column names stand, with a ``# Name`` above or without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from heapq import merge

from oagw.dpl.dplnumbers import bare
from oagw.dpl.dplrows import (
    count_quotes,
    place_of_cell,
    row_end,
    source_rows,
)
from oagw.dpl.dplwriter import CONFIG_SECTIONS
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
_ATTRIBUTE = re.compile(r"(_\w+)\.\w*\._\w+", re.ASCII)
_COLUMNS = (
    "TypeName",
    "DpName",
    "ID",
    "AliasId",
    "AliasName",
    "CommentName",
    "Manager/User",
    "ElementName",
    "DetailNr",
    "CNSpath",
)
#: WinCC OA's spelling of columns by their lower case; its documentation says DetailNo.
_SPELLINGS = {column.lower(): column for column in _COLUMNS} | {"detailno": "DetailNr"}
#: What a line begins with that may have the column names of a section.
_FIRST_COLUMNS = ("TypeName", "DpName", "AliasId", "Manager/User", "ElementName", "CNSpath")
_SECTION_OF_CONFIG = {config: name for name, config in CONFIG_SECTIONS.items()} | {
    "_original": "DpValue"
}
_FORMAT = re.compile(r"\s*V[ \t]+(\d+)[ \t]*(?:\n|\Z)", re.ASCII)


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

    @property
    def columns(self) -> int:
        """How many columns its section has."""
        return len(self._section.columns)

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
        first = text[start : _line_end(text, start)]
        self.name = _name(first) if first.startswith("#") else _section_of(_columns(first))
        header = next(source_rows(text, start, end, line), None)
        self.columns: tuple[str, ...] = ()
        self._rows = (end, line)
        if header is not None:
            line, start, cells = header
            self.columns = _spelled(cells)
            self._rows = (_line_end(text, start) + 1, line + 1)
            key = KEY_COLUMNS.get(self.name)
            if key is not None and key not in self.columns:
                reason = f"{self.name} needs its column names first, with {key} in them"
                raise DplError(line, 1, reason)
        self._index = {}
        for index, column in reversed([*enumerate(self.columns)]):
            self._index[column] = index

    @property
    def raw(self) -> str:
        """The text of the section as it stands, with its name and blank lines."""
        return self._text[self._start : self._end]

    def index(self, column: str) -> int:
        """The place of a column among the cells of a row; -1 if there is none."""
        return self._index.get(column, -1)

    def rows(self, refuse: Callable[[DplError], None] | None = None) -> Iterator[Row]:
        """The rows below the column names, one after the other.

        :param refuse: called with a quote that is not closed; its line is left out.
        :raises DplError: without ``refuse``: a quote is not closed.
        """
        start, line = self._rows
        rows = source_rows(self._text, start, self._end, line, refuse)
        for number, begin, cells in rows:
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

    A section begins with its column names, which a line with its name may precede. Other
    lines that begin with ``#`` are comments.

    :param refuse: called with what is wrong; the section that has it is left out.
    :raises DplError: without ``refuse``: something stands before the first section, or a
        section has no column names.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")
    for start, end, line in _bounds(text):
        try:
            if start >= 0:
                yield Section(text, start, end, line)
            else:
                _check_beginning(text, end)
        except DplError as error:
            if refuse is None:
                raise
            refuse(error)
            if start < 0 and _format(text) > 1:
                return


def _bounds(text: str) -> Iterator[tuple[int, int, int]]:
    """Start, end and line of each section; first the text before, which starts at -1."""
    open_at, line, counted = -1, 1, 0
    for start in _starts(text):
        yield open_at, start, line
        line += text.count("\n", counted, start)
        open_at = counted = start
    yield open_at, len(text), line


def _starts(text: str) -> Iterator[int]:
    """Where sections begin: lines with their name, or else with their column names."""
    name, header = "", -1
    for at in _outside_of_quotes(text):
        if text[at] != "#":
            if at != header and _is_header(text, at, name):
                name, header = _section_of(_columns(text[at : _line_end(text, at)])), at
                yield at
            continue
        title = _title(text, at)
        first = _first_row(text, at)
        # Below column names that are there already, a name alone is a comment.
        repeated = title == name and title in KEY_COLUMNS and not _is_header(text, first)
        if title and not repeated:
            name, header = title, first
            yield at


def _outside_of_quotes(text: str) -> Iterator[int]:
    """Lines that may begin a section, and stand in no string of several lines.

    Quotes are counted; where one is open, the rows tell whether it is closed at all.
    """
    outside = counted = quotes = 0
    for at in _candidates(text):
        if at < outside:
            continue
        quotes += count_quotes(text, counted, at)
        counted = at
        if quotes & 1:
            while outside < at:
                outside = row_end(text, outside) + 1
            counted, quotes = outside, 0
            if outside > at:
                continue
        yield at
        if text[at] == "#":
            outside = counted = min(_line_end(text, at) + 1, len(text))
            quotes = 0


def _candidates(text: str) -> Iterator[int]:
    """Lines that begin with ``#`` or as column names do, in their order."""
    return merge(*(_lines_with(text, word) for word in ("#", *_FIRST_COLUMNS)))


def _lines_with(text: str, beginning: str) -> Iterator[int]:
    if text.startswith(beginning):
        yield 0
    at = text.find(f"\n{beginning}")
    while at >= 0:
        yield at + 1
        at = text.find(f"\n{beginning}", at + 1)


def _is_header(text: str, start: int, within: str = "") -> bool:
    """Whether a line has the column names of a section.

    Names of datapoints and types may be those of columns (a datapoint DpName of a type
    TypeName): what a row of Datapoint/DpId may look like is column names only behind a line
    that is no row.

    :param within: the section that the line would else be a row of.
    """
    if start < 0:
        return False
    columns = _columns(text[start : _line_end(text, start)])
    if not _section_of(columns):
        return False
    if within != "Datapoint/DpId" or columns == ("TypeName",):
        return True
    is_clear = {"DpName", "ID"} <= {*columns} or any(map(_ATTRIBUTE.fullmatch, columns))
    return is_clear or _begins_block(text, start)


def _section_of(columns: Sequence[str]) -> str:
    """The section that has such columns; empty if none has."""
    if columns == ("TypeName",):
        return "DpType"
    if "DpName" in columns and set(columns) <= {"DpName", "TypeName", "ID"}:
        return "Datapoint/DpId" if "TypeName" in columns else ""
    if "AliasId" in columns and len(columns) > 1:
        return "Aliases/Comments" if set(columns) <= set(_COLUMNS) else ""
    if "ElementName" in columns and all(map(_HEADER_CELL.fullmatch, columns)):
        found = filter(None, map(_ATTRIBUTE.fullmatch, columns))
        config = next((one[1] for one in found), "")
        return _SECTION_OF_CONFIG.get(config, "GeneralConfig") if config else ""
    if columns[:1] == ("CNSpath",) and len(columns) > 1:
        return "CNS" if all(map(_HEADER_CELL.fullmatch, columns)) else ""
    return ""


def _begins_block(text: str, start: int) -> bool:
    """Whether the line before one is blank or a comment, or there is none."""
    before = text[text.rfind("\n", 0, max(start - 1, 0)) + 1 : max(start - 1, 0)]
    return not before.strip() or before.startswith("#")


def _columns(line: str) -> tuple[str, ...]:
    return _spelled(line.split("\t"))


def _spelled(cells: Sequence[str]) -> tuple[str, ...]:
    """Column names in WinCC OA's spelling."""
    stripped = (bare(cell) for cell in _trimmed(cells))
    return tuple(_SPELLINGS.get(cell.lower(), cell) for cell in stripped)


def _title(text: str, start: int) -> str:
    """The section that a comment names: a known one, or one above column names."""
    stop = _line_end(text, start)
    name = _name(text[start:stop])
    if name in KEY_COLUMNS:
        return name
    if _OWN_NAME.fullmatch(name) is None:
        return ""
    header = _columns(text[stop + 1 : _line_end(text, stop + 1)])
    return name if len(header) > 1 and all(map(_HEADER_CELL.fullmatch, header)) else ""


def _first_row(text: str, start: int) -> int:
    """Where the first line at or after one begins that is no comment, nor blank; or -1."""
    while 0 <= start < len(text):
        stop = _line_end(text, start)
        if text[start] != "#" and text[start:stop].strip():
            return start
        start = stop + 1
    return -1


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


def _format(text: str) -> int:
    """The number of the format that a file begins with; without one it is the first."""
    found = _FORMAT.match(text)
    return int(found[1]) if found is not None else 1


def _check_beginning(text: str, end: int) -> None:
    """Refuse another format, and rows that belong to no section."""
    number = _format(text)
    if number > 1:
        raise DplError(
            1,
            1,
            f"the file has format V {number} of the ASCII manager, which is not read; "
            "export format V 1: WCCOAascii -outputVersion 1 -filter TDAOP -out FILE",
        )
    found = _FORMAT.match(text)
    begin = found.end() if found is not None else 0
    line = 1 + text.count("\n", 0, begin)
    first = next(source_rows(text, begin, end, line), None)
    if first is not None:
        reason = (
            "this belongs to no section: neither '# DpValue' or the like nor column names "
            "stand above it"
        )
        raise DplError(first[0], 1, reason)
