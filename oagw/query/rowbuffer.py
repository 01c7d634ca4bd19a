"""The rows that are kept while a query runs, so that memory stays bounded."""

from __future__ import annotations

from dataclasses import replace

from oagw.query.resultrows import (
    Row,
    RowGroups,
    finished,
)
from oagw.query.tree import Query

#: Minimum number of surplus rows before rows that the answer does not need are dropped.
_GATHERED = 10_000


class RowBuffer:
    """Keeps the rows that the answer needs: groups, the first or last rows, or all.

    :param raw: keep all rows as they are.
    :param most: maximum number of rows of an answer; larger answers are refused, so no
        further rows are kept.
    :ivar count: number of rows that were added.
    :ivar rows: the kept rows; empty if the query has groups.
    :ivar groups: the grouped rows, if the query has groups.
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
        """Add rows that follow all earlier ones."""
        self.count += len(rows)
        if self.groups is not None:
            self.groups.add(rows)
        elif self._wanted is not None:
            self.rows += rows
            if len(self.rows) > 2 * max(self._wanted, _GATHERED):
                self.rows = finished(self._query, self.rows)
        elif self.count <= self._most:
            self.rows += rows
