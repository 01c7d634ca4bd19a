"""What has become of rows since some client fell behind: once for all who are behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from oagw.query.finishing import Row


@dataclass(slots=True)
class Changes:
    """What has become of rows, by their names: the newest of each."""

    rows: dict[str, Row] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.rows or self.gone)

    def add(self, rows: Sequence[Row], gone: Sequence[str]) -> None:
        """Note what happened after all that is noted already."""
        for name in gone:
            self.rows.pop(name, None)
            self.gone[name] = None
        for row in rows:
            name = str(row[0])
            self.gone.pop(name, None)
            self.rows[name] = row


class Backlog:
    """The newest of each row, in the order of the updates that brought it.

    A client that is behind is no more than the number of the update that it has seen; so
    any number of them costs what the rows cost once.
    """

    def __init__(self) -> None:
        self._newest: dict[str, tuple[int, Row | None]] = {}

    def add(self, number: int, rows: Sequence[Row], gone: Sequence[str]) -> None:
        """Note an update; its number is above that of all before it."""
        newest = self._newest
        for name in gone:
            newest.pop(name, None)
            newest[name] = (number, None)
        for row in rows:
            name = str(row[0])
            newest.pop(name, None)
            newest[name] = (number, row)

    def since(self, seen: int) -> Changes:
        """What the updates after one have come to."""
        found: list[tuple[str, Row | None]] = []
        for name, (number, row) in reversed(self._newest.items()):
            if number <= seen:
                break
            found.append((name, row))
        changes = Changes()
        for name, row in reversed(found):
            if row is None:
                changes.gone[name] = None
            else:
                changes.rows[name] = row
        return changes

    def clear(self) -> None:
        """Nobody is behind."""
        if self._newest:
            self._newest = {}
