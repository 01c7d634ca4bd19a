"""Sections: a DPL text, split at lines with column names and optional ``# Name`` lines."""

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

#: A column that each known section must have.
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
#: WinCC OA's spelling of columns, by lower case; its documentation uses DetailNo.
_SPELLINGS = {column.lower(): column for column in _COLUMNS} | {"detailno": "DetailNr"}
#: The possible beginnings of a line with column names.
_FIRST_COLUMNS = ("TypeName", "DpName", "AliasId", "Manager/User", "ElementName", "CNSpath")
_SECTION_OF_CONFIG = {config: name for name, config in CONFIG_SECTIONS.items()} | {
    "_original": "DpValue"
}
_FORMAT = re.compile(r"\s*V[ \t]+(\d+)[ \t]*(?:\n|\Z)", re.ASCII)


class Row:
    """A row of a section.

    :ivar line: the number of its first line, from 1.
    :ivar cells: the unparsed cells, without the quotes of a spreadsheet.
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
        """Return the cell of a column; empty if the row or the section does not have it."""
        index = self._section.index(column)
        return self.cells[index] if 0 <= index < len(self.cells) else ""

    @property
    def columns(self) -> int:
        """The number of columns of the section."""
        return len(self._section.columns)

    def ends_before(self, column: str) -> bool:
        """Return whether the row is too short to have a cell in a column."""
        return len(self.cells) <= self._section.index(column)

    def fault(self, column: str | int, reason: str) -> DplError:
        """Return the error for a cell.

        :param column: the name or the index of the column.
        """
        index = self._section.index(column) if isinstance(column, str) else column
        place = self._section.place_of_cell(self._start, self.line, index)
        return DplError(*place, reason)


class Section:
    """A section of a text.

    :ivar name: the name in WinCC OA's spelling; for an unknown section as in the file.
    :ivar line: the number of the line with the name, from 1.
    :ivar columns: the names of the columns; empty if the section is empty.
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
                reason = f"{self.name} must begin with column names, including {key}"
                raise DplError(line, 1, reason)
        self._index = {}
        for index, column in reversed([*enumerate(self.columns)]):
            self._index[column] = index

    @property
    def raw(self) -> str:
        """The unparsed text of the section, with its name and blank lines."""
        return self._text[self._start : self._end]

    def index(self, column: str) -> int:
        """Return the index of a column; -1 if the section does not have it."""
        return self._index.get(column, -1)

    def rows(self, refuse: Callable[[DplError], None] | None = None) -> Iterator[Row]:
        """Yield the rows below the column names.

        :param refuse: called for a quote that is not closed; its line is left out.
        :raises DplError: a quote is not closed, and ``refuse`` is ``None``.
        """
        start, line = self._rows
        rows = source_rows(self._text, start, self._end, line, refuse)
        for number, begin, cells in rows:
            yield Row(self, number, begin, cells)

    @property
    def has_quotes(self) -> bool:
        """Whether the section contains a quote."""
        if self._quotes is None:
            self._quotes = self._text.find('"', self._start, self._end) >= 0
        return self._quotes

    def place_of_cell(self, start: int, line: int, index: int) -> tuple[int, int]:
        """Return line and column of a cell in the row that begins at ``start``."""
        return place_of_cell(self._text, start, self._end, line, index)


def read_sections(
    text: str, refuse: Callable[[DplError], None] | None = None
) -> Iterator[Section]:
    """Split a text into its sections.

    A section begins with its column names; a line with its name may precede them. All other
    lines that begin with ``#`` are comments.

    :param refuse: called for an invalid section, which is left out.
    :raises DplError: there is text before the first section, or a section has no column
        names, and ``refuse`` is ``None``.
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
    """Yield start, end and line of the text before (start -1) and of each section."""
    open_at, line, counted = -1, 1, 0
    for start in _starts(text):
        yield open_at, start, line
        line += text.count("\n", counted, start)
        open_at = counted = start
    yield open_at, len(text), line


def _starts(text: str) -> Iterator[int]:
    """Yield the starts of sections: lines with their name, or else with column names."""
    name, header = "", -1
    for at in _outside_of_quotes(text):
        if text[at] != "#":
            if at != header and _is_header(text, at, name):
                name, header = _section_of(_columns(text[at : _line_end(text, at)])), at
                yield at
            continue
        title = _title(text, at)
        first = _first_row(text, at)
        # After column names, a name without new column names is a comment.
        repeated = title == name and title in KEY_COLUMNS and not _is_header(text, first)
        if title and not repeated:
            name, header = title, first
            yield at


def _outside_of_quotes(text: str) -> Iterator[int]:
    """Yield lines that may begin a section and are not inside a string of several lines.

    The function counts quotes. If one is open, the rows show whether it is closed at all.
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
    """Yield the lines that begin with ``#`` or like column names, in order."""
    return merge(*(_lines_with(text, word) for word in ("#", *_FIRST_COLUMNS)))


def _lines_with(text: str, beginning: str) -> Iterator[int]:
    if text.startswith(beginning):
        yield 0
    at = text.find(f"\n{beginning}")
    while at >= 0:
        yield at + 1
        at = text.find(f"\n{beginning}", at + 1)


def _is_header(text: str, start: int, within: str = "") -> bool:
    """Return whether a line contains the column names of a section.

    Datapoints and types can have the names of columns (a datapoint DpName of a type
    TypeName). Therefore a line that may be a row of Datapoint/DpId counts as column names
    only after a line that is not a row.

    :param within: the section to which the line would otherwise belong.
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
    """Return the section with these columns; empty if there is none."""
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
    """Return whether the line before is blank, a comment, or does not exist."""
    before = text[text.rfind("\n", 0, max(start - 1, 0)) + 1 : max(start - 1, 0)]
    return not before.strip() or before.startswith("#")


def _columns(line: str) -> tuple[str, ...]:
    return _spelled(line.split("\t"))


def _spelled(cells: Sequence[str]) -> tuple[str, ...]:
    """Return column names in WinCC OA's spelling."""
    stripped = (bare(cell) for cell in _trimmed(cells))
    return tuple(_SPELLINGS.get(cell.lower(), cell) for cell in stripped)


def _title(text: str, start: int) -> str:
    """Return the section that a comment names: a known one, or one above column names."""
    stop = _line_end(text, start)
    name = _name(text[start:stop])
    if name in KEY_COLUMNS:
        return name
    if _OWN_NAME.fullmatch(name) is None:
        return ""
    header = _columns(text[stop + 1 : _line_end(text, stop + 1)])
    return name if len(header) > 1 and all(map(_HEADER_CELL.fullmatch, header)) else ""


def _first_row(text: str, start: int) -> int:
    """Return the start of the first line that is not blank or a comment; -1 if none."""
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
    """Return the cells without empty ones at the end."""
    count = len(cells)
    while count and not cells[count - 1].strip():
        count -= 1
    return cells[:count]


def _format(text: str) -> int:
    """Return the format number at the start of the file; 1 if there is none."""
    found = _FORMAT.match(text)
    return int(found[1]) if found is not None else 1


def _check_beginning(text: str, end: int) -> None:
    """Refuse other formats, and rows before the first section."""
    number = _format(text)
    if number > 1:
        raise DplError(
            1,
            1,
            f"the file has format V {number} of the ASCII manager, which oagw cannot read; "
            "export format V 1: WCCOAascii -outputVersion 1 -filter TDAOP -out FILE",
        )
    found = _FORMAT.match(text)
    begin = found.end() if found is not None else 0
    line = 1 + text.count("\n", 0, begin)
    first = next(source_rows(text, begin, end, line), None)
    if first is not None:
        reason = (
            "this row does not belong to a section: add a line such as '# DpValue' or "
            "column names above it"
        )
        raise DplError(first[0], 1, reason)
