"""The table that a query is answered with: rows put in order, and encoded in slices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from oagw.interfaces.services import Slices
from oagw.query.finishing import Finishing, Row, RowGroups
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
    """The rows of the answer: grouped, sorted, the first or the last of them.

    :param groups: rows that are in groups already.
    :raises ConversionError: a group function cannot be computed of these values.
    """
    finishing = Finishing(query, rows, groups)
    await slices(finishing.steps())
    return finishing.rows


async def encode_rows(rows: Sequence[Row], slices: Slices) -> bytes:
    """JSON of rows."""
    encoding = _Encoding(rows)
    await slices(encoding.steps())
    return encoding.json
