"""A month of the database at one moment; see :mod:`oagw.archives.moments`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from oagw.archives.blockmoment import PLACE, BlockMoment, Places
from oagw.archives.merging import Loaded, Part
from oagw.archives.moments import Entry, Moment
from oagw.archives.postgres.database import Connection, Database
from oagw.archives.postgres.partition import partition_name
from oagw.archives.postgres.rows import copied, pages, period_of
from oagw.archives.sealed import Key
from oagw.config.secret import Secret
from oagw.model.columns import Numbers

_PARTITIONS = (
    "SELECT partition.id, partition.name, batch FROM partition "
    "JOIN archive ON archive.id = archive WHERE identity = %s AND month = %s "
    "ORDER BY partition.name"
)
_MONTHS = (
    "SELECT DISTINCT month FROM partition JOIN archive ON archive.id = archive "
    "WHERE identity = %s"
)
_SIZE = (
    "SELECT coalesce(sum(size), 0)::bigint FROM run "
    "JOIN partition ON partition.id = partition JOIN archive ON archive.id = archive "
    "WHERE identity = %s AND month = %s AND replaced_by IS NULL"
)
_ENTRIES = (
    "SELECT month, partition.name, batch FROM partition "
    "JOIN archive ON archive.id = archive WHERE identity = %s"
)
_RUNS = (
    "SELECT id, kind FROM run, unnest('{0,1,2,3,4}'::smallint[]) AS kind "
    "WHERE partition = %s AND replaced_by IS NULL ORDER BY position, id, kind"
)
_PLACES = (
    "SELECT id, first_series, last_series, first, last, samples FROM block "
    "WHERE run = %s AND kind = %s ORDER BY last_series, place"
)
_SERIES = (
    "SELECT DISTINCT series FROM sample JOIN element ON element.id = element "
    "WHERE partition = %(partition)s AND gone IS NULL "
    "AND ts BETWEEN %(first_ts)s AND %(last_ts)s"
)
#: A run and numbers that all rows belong to that are there now.
_NOW = {"low": 0, "high": 2**62, "run": 2**62}


class DatabaseSource:
    """The archive of one hot store in a database.

    :param layout: ``blocks`` or ``rows``.
    :param identity: of the hot store.
    :raises StorageError: the address of the database is none.
    """

    def __init__(self, url: Secret, layout: str, identity: str) -> None:
        self._database = Database(url)
        self._layout = layout
        self._identity = identity

    def months(self) -> set[int]:
        """The months of which there is something."""
        with self._database.reading() as connection:
            return {month for [month] in connection.execute(_MONTHS, (self._identity,))}

    def size(self, month: int) -> int:
        """About how many bytes a month has."""
        with self._database.reading() as connection:
            [(size,)] = connection.execute(_SIZE, (self._identity, month)).fetchall()
        return int(size)

    def entries(self) -> dict[Key, Entry]:
        """All partitions."""
        with self._database.reading() as connection:
            rows = connection.execute(_ENTRIES, (self._identity,)).fetchall()
        found = {Key(month, group): batch for month, group, batch in rows}
        name = self._database.name
        return {
            key: Entry(partition_name(name, key), self._identity, batch)
            for key, batch in found.items()
        }

    @contextmanager
    def month(self, month: int) -> Iterator[list[Moment]]:
        """The partitions of a month, all at one moment."""
        with self._database.moment() as connection:
            rows = connection.execute(_PARTITIONS, (self._identity, month)).fetchall()
            yield [self._moment(connection, *row) for row in rows]

    def _moment(
        self, connection: Connection, number: int, group: str, sealed: int
    ) -> Moment:
        if self._layout == "rows":
            return RowsMoment(connection, number, group, sealed)
        places: list[Places] = [
            np.array(connection.execute(_PLACES, run, binary=True).fetchall(), PLACE)
            for run in connection.execute(_RUNS, (number,)).fetchall()
        ]
        filled = [one for one in places if len(one)]
        read = partial(_block, connection)
        return BlockMoment(self._database.name, group, sealed, filled, read)


def _block(connection: Connection, number: int) -> bytes:
    [(data,)] = connection.execute(
        "SELECT data FROM block WHERE id = %s", (number,), binary=True
    ).fetchall()
    return bytes(data)


class RowsMoment:
    """A partition whose runs are rows; see :class:`oagw.archives.moments.Moment`."""

    def __init__(
        self, connection: Connection, number: int, group: str, sealed: int
    ) -> None:
        self.group = group
        self.sealed = sealed
        self._connection = connection
        self._number = number
        archive = "SELECT archive FROM partition WHERE id = %s"
        [(self._archive,)] = connection.execute(archive, (number,)).fetchall()

    def series(self, first: int, last: int) -> set[int]:
        """The series that may have samples in a period."""
        wanted = period_of(first, last) | {"partition": self._number}
        return {series for [series] in self._connection.execute(_SERIES, wanted)}

    def sources(
        self, series: Numbers, first: int, last: int
    ) -> Iterator[Callable[[int], Iterable[Part]]]:
        """What finds the parts of a series by its place in these."""
        yield lambda at: self._parts(int(series[at]), first, last)

    def _parts(self, series: int, first: int, last: int) -> Iterator[Part]:
        rows: dict[str, Any] = {
            **_NOW,
            "archive": self._archive,
            "series": series,
            "partition": self._number,
        }
        read = partial(copied, self._connection)
        return (Loaded(columns) for columns in pages(read, rows, first, last))
