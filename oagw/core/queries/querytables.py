"""The table of a reply to a query: its rows are sorted and encoded in slices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from oagw.interfaces.services import Slices
from oagw.query.resultrows import (
    ResultRows,
    Row,
    RowGroups,
)
from oagw.query.tree import Query
from oagw.wire.codec import encode

#: Rows that are encoded in a quarter of a millisecond.
_SLICE = 500


class _Encoding:
    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._parts: list[bytes] = []

    def steps(self) -> Iterator[None]:
        for start in range(0, len(self._rows), _SLICE):
            if start:
                yield
            self._parts.append(encode(self._rows[start : start + _SLICE])[1:-1])

    @property
    def json(self) -> bytes:
        return b"[%b]" % b",".join(self._parts)


async def finish(
    query: Query, rows: list[Row], slices: Slices, groups: Iterable[RowGroups] = ()
) -> list[Row]:
    """The rows of the reply: grouped, sorted, and cut to the first or the last.

    :param groups: rows that are already in groups.
    :raises ConversionError: a group function cannot be computed from these values.
    """
    result = ResultRows(query, rows, groups)
    await slices(result.steps())
    return result.rows


async def encode_rows(rows: Sequence[Row], slices: Slices) -> bytes:
    """JSON of rows."""
    encoding = _Encoding(rows)
    await slices(encoding.steps())
    return encoding.json
