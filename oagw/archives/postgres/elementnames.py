"""The names of elements in the database, for people who query it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oagw.archives.postgres.writeconnection import WriteConnection

_NOTE = (
    "INSERT INTO element (archive, series, name) "
    "SELECT %s, * FROM unnest(%s::bigint[], %s::text[]) "
    "ON CONFLICT (archive, series) DO UPDATE SET "
    "name = CASE excluded.name WHEN '' THEN element.name ELSE excluded.name END "
    "RETURNING series, id"
)


class ElementNames:
    """Writes the elements of one archive to the database.

    :param name_of: the present name of a series; empty if it has none.
    """

    def __init__(self, writer: WriteConnection, name_of: Callable[[int], str]) -> None:
        self._writer = writer
        self._name_of = name_of
        self._ids: dict[int, int] = {}
        # Hashes of names, to detect changes: there may be a million of them.
        self._names: dict[int, int] = {}

    def note(self, series: Sequence[int]) -> None:
        """Write the present names of some series, as far as they have changed."""
        changed = {}
        for one in series:
            name = self._name_of(one).replace("\0", "")
            # A deleted element keeps its last name.
            if one not in self._ids or (name and hash(name) != self._names[one]):
                changed[one] = name
        if not changed:
            return
        with self._writer.writing() as connection:
            rows = connection.execute(
                _NOTE, (self._writer.archive, list(changed), list(changed.values()))
            ).fetchall()
        self._ids.update(rows)
        self._names.update((one, hash(name)) for one, name in changed.items())

    def id_of(self, series: int) -> int:
        """The number of a series in the database; :meth:`note` must come first."""
        return self._ids[series]
