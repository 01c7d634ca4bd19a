"""Archived values in CSV files: a row for each, with a header."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from itertools import chain, repeat
from pathlib import Path
from typing import IO, Protocol

import numpy as np
import orjson

from oagw.cli.clierrors import CommandError
from oagw.cli.samplerows import (
    AT_ONCE,
    MUCH,
    Rows,
    Stretch,
    check_names,
    rows_of,
)
from oagw.model.columns import Columns, Kind
from oagw.model.dptypes import ElementType
from oagw.model.texts import to_text
from oagw.wire.digits import iso_ns

#: The columns.
NAMES = ("element", "type", "time", "value", "status", "user", "user_number")
_HEAD = (",".join(NAMES) + "\n").encode()
_BOOLS = (b"false", b"true")
#: What makes a text need quotes.
_SPECIAL = frozenset(',"\r\n')
_BUFFER = 1 << 18


class _Reader(Iterator[list[str]], Protocol):
    """What csv calls a reader."""

    line_num: int


class CsvWriter:
    """Writes values to a file; see :class:`oagw.cli.samplerows.Writer`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.users: Mapping[int, str] = {}
        file.write(_HEAD)

    def write(self, stretches: Sequence[Stretch]) -> None:
        """Write values in the order that is given."""
        times = iso_ns(np.concatenate([one.columns.stime for one in stretches]))
        begin = 0
        for one in stretches:
            columns = one.columns
            end = begin + len(columns)
            head = f"{_quoted(one.name)},{one.type.keyword},".encode()
            rows = zip(
                repeat(head),
                times[begin:end],
                repeat(b","),
                _values(columns, one.type),
                self._ends(columns),
                strict=False,
            )
            self._file.write(b"".join(chain.from_iterable(rows)))
            begin = end

    def _ends(self, columns: Columns) -> list[bytes]:
        """What stands after each value."""
        known: dict[tuple[int, int], bytes] = {}
        status, user = columns.status, columns.user
        if (status == status[0]).all() and (user == user[0]).all():
            return [self._end(int(status[0]), int(user[0]))] * len(columns)
        pairs = list(zip(status.tolist(), user.tolist(), strict=True))
        for pair in set(pairs):
            known[pair] = self._end(*pair)
        return [known[pair] for pair in pairs]

    def _end(self, status: int, user: int) -> bytes:
        return f",{status},{_quoted(self.users.get(user, ''))},{user}\n".encode()

    def close(self) -> None:
        """All is written."""
        self._file.flush()


def _quoted(text: str) -> str:
    if _SPECIAL.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _values(columns: Columns, kind: ElementType) -> list[bytes]:
    """The text of each value; the same as :func:`to_text` makes one by one."""
    if columns.kind is Kind.BOOL:
        return [_BOOLS[bit] for bit in columns.bits.tolist()]
    if columns.kind is not Kind.OTHER and kind is ElementType.TIME:
        # Unsigned ones too: those of an element with larger numbers stood beside them.
        return iso_ns(columns.bits)
    if columns.kind is Kind.OTHER or not np.isfinite(columns.floats()).all():
        return [_quoted(to_text(value, kind)).encode() for value in columns.values()]
    numbers = np.ascontiguousarray(columns.array())
    return orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")


def read_csv(path: Path, zone: tzinfo | None) -> Iterator[Rows]:
    """The rows of a file, some at a time.

    :param zone: the zone of times without one.
    :raises CommandError: it is no such file.
    """
    size = max(path.stat().st_size, 1)
    csv.field_size_limit(sys.maxsize)
    with path.open("rb", buffering=0) as raw:
        buffered = io.BufferedReader(raw, _BUFFER)
        text = io.TextIOWrapper(buffered, encoding="utf-8-sig", newline="")
        reader = csv.reader(text, strict=True)
        try:
            names = [name.strip() for name in next(reader, [])]
            if len(names) == 1 and ";" in names[0]:
                raise CommandError("between columns are semicolons; commas are needed")
            check_names(names, NAMES)
            for rows, lines in _batches(reader, names.index("value")):
                yield _read(rows, lines, names, zone, raw.tell() / size)
        except CommandError as error:
            raise CommandError(f"{path}: {error}") from error
        except UnicodeDecodeError as error:
            raise CommandError(
                f"{path}: it is no text in UTF-8; convert it first, as with "
                "iconv -f ISO-8859-1 -t UTF-8"
            ) from error
        except csv.Error as error:
            raise CommandError(f"{path}, line {reader.line_num}: {error}") from error


def _batches(reader: _Reader, value: int) -> Iterator[tuple[list[list[str]], list[int]]]:
    """Rows with the lines at which they begin, as many as are handled at once."""
    rows: list[list[str]] = []
    lines: list[int] = []
    length, line = 0, reader.line_num + 1
    for row in reader:
        if row:
            rows.append(row)
            lines.append(line)
            length += len(row[value]) if value < len(row) else 0
        line = reader.line_num + 1
        if len(rows) >= AT_ONCE or length >= MUCH:
            yield rows, lines
            rows, lines, length = [], [], 0
    if rows:
        yield rows, lines


def _read(
    rows: list[list[str]],
    lines: list[int],
    names: Sequence[str],
    zone: tzinfo | None,
    share: float,
) -> Rows:
    width = len(names)
    problems = [
        (line, f"it has {len(row)} fields, and the header {width}")
        for row, line in zip(rows, lines, strict=True)
        if len(row) != width
    ]
    if problems:
        wrong = {line for line, _ in problems}
        rows = [row for row in rows if len(row) == width]
        lines = [line for line in lines if line not in wrong]
    columns = zip(*rows, strict=True) if rows else repeat(())
    found = rows_of(dict(zip(names, columns, strict=False)), lines, zone, share)
    return replace(found, problems=[*problems, *found.problems])
