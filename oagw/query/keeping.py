"""What is kept of the rows of a query while they are found, so that memory is bounded."""

from __future__ import annotations

from dataclasses import replace

from oagw.query.finishing import Row, RowGroups, finished
from oagw.query.tree import Query

#: So many rows gather at least before those are left out that the answer does not need.
_GATHERED = 10_000


class Keeping:
    """Keeps what the answer needs: groups, the first or the last rows, or all.

    :param raw: all are wanted as they are found.
    :param most: an answer of more rows is refused, so that no more have to be kept.
    :ivar count: of all rows that were found.
    :ivar rows: those that were kept; none if the query has groups.
    :ivar groups: what the rows are in groups, if the query has any.
    """

    def __init__(self, query: Query, most: int, raw: bool = False) -> None:
        self._most = most
        wanted = query.first if query.first is not None else query.last
        if raw:
            wanted = None
        self._wanted = None if wanted is None else min(wanted, most + 1)
        self._query = replace(
            query,
            first=None if query.first is None else self._wanted,
            last=None if query.last is None else self._wanted,
        )
        self.count = 0
        self.rows: list[Row] = []
        self.groups = RowGroups(query) if query.is_grouped and not raw else None

    def add(self, rows: list[Row]) -> None:
        """Take rows that were found after all others."""
        self.count += len(rows)
        if self.groups is not None:
            self.groups.add(rows)
        elif self._wanted is not None:
            self.rows += rows
            if len(self.rows) > 2 * max(self._wanted, _GATHERED):
                self.rows = finished(self._query, self.rows)
        elif self.count <= self._most:
            self.rows += rows
