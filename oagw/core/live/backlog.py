"""The changes of rows for clients that are behind, kept once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from oagw.query.resultrows import Row


@dataclass(slots=True)
class RowChanges:
    """Changes of rows by name: the newest of each row, and the rows that have left."""

    rows: dict[str, Row] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.rows or self.gone)

    def add(self, rows: Sequence[Row], gone: Sequence[str]) -> None:
        """Add changes that are newer than all before."""
        for name in gone:
            self.rows.pop(name, None)
            self.gone[name] = None
        for row in rows:
            name = str(row[0])
            self.gone.pop(name, None)
            self.rows[name] = row


class Backlog:
    """The newest change of each row, in the order of the updates.

    For each client that is behind, only the number of the last update that it was sent is
    kept; so the rows are kept once, however many clients are behind.
    """

    def __init__(self) -> None:
        self._newest: dict[str, tuple[int, Row | None]] = {}

    def add(self, number: int, rows: Sequence[Row], gone: Sequence[str]) -> None:
        """Add an update; its number is larger than that of all before."""
        newest = self._newest
        for name in gone:
            newest.pop(name, None)
            newest[name] = (number, None)
        for row in rows:
            name = str(row[0])
            newest.pop(name, None)
            newest[name] = (number, row)

    def since(self, seen: int) -> RowChanges:
        """All changes after the update with a number."""
        found: list[tuple[str, Row | None]] = []
        for name, (number, row) in reversed(self._newest.items()):
            if number <= seen:
                break
            found.append((name, row))
        changes = RowChanges()
        for name, row in reversed(found):
            if row is None:
                changes.gone[name] = None
            else:
                changes.rows[name] = row
        return changes

    def clear(self) -> None:
        """Drop all changes, because no client is behind."""
        if self._newest:
            self._newest = {}
