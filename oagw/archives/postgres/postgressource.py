"""Partitions of the database at one moment, read while a gateway may write them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from oagw.archives.blocks.parts import LoadedPart, SeriesPart
from oagw.archives.postgres.database import Connection, Database
from oagw.archives.postgres.postgrespartition import partition_name
from oagw.archives.postgres.postgresrows import copied, pages, period_of
from oagw.archives.sealed.blockviews import BLOCK_PLACE, BlockPartitionView, BlockPlaces
from oagw.archives.sealed.partitions import PartitionKey
from oagw.archives.sealed.partitionviews import PartitionEntry, PartitionView
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
#: A range of rows and a run that include all rows.
_NOW = {"low": 0, "high": 2**62, "run": 2**62}


class PostgresSource:
    """The partitions of one archive in a database; see :class:`PartitionSource`.

    :param layout: ``blocks`` or ``rows``.
    :param identity: of the hot store that fills them.
    :raises StorageError: the address of the database cannot be read.
    """

    def __init__(self, url: Secret, layout: str, identity: str) -> None:
        self._database = Database(url)
        self._layout = layout
        self._identity = identity

    def months(self) -> set[int]:
        """The months that have partitions."""
        with self._database.reading() as connection:
            return {month for [month] in connection.execute(_MONTHS, (self._identity,))}

    def size(self, month: int) -> int:
        """About how many bytes a month has."""
        with self._database.reading() as connection:
            [(size,)] = connection.execute(_SIZE, (self._identity, month)).fetchall()
        return int(size)

    def entries(self) -> dict[PartitionKey, PartitionEntry]:
        """All partitions."""
        with self._database.reading() as connection:
            rows = connection.execute(_ENTRIES, (self._identity,)).fetchall()
        found = {PartitionKey(month, group): batch for month, group, batch in rows}
        name = self._database.name
        return {
            key: PartitionEntry(partition_name(name, key), self._identity, batch)
            for key, batch in found.items()
        }

    @contextmanager
    def month(self, month: int) -> Iterator[list[PartitionView]]:
        """The partitions of a month, all at the same moment."""
        with self._database.snapshot() as connection:
            rows = connection.execute(_PARTITIONS, (self._identity, month)).fetchall()
            yield [self._view(connection, *row) for row in rows]

    def _view(
        self, connection: Connection, number: int, group: str, sealed: int
    ) -> PartitionView:
        if self._layout == "rows":
            return RowPartitionView(connection, number, group, sealed)
        places: list[BlockPlaces] = [
            np.array(connection.execute(_PLACES, run, binary=True).fetchall(), BLOCK_PLACE)
            for run in connection.execute(_RUNS, (number,)).fetchall()
        ]
        filled = [one for one in places if len(one)]
        read = partial(_block, connection)
        return BlockPartitionView(self._database.name, group, sealed, filled, read)


def _block(connection: Connection, number: int) -> bytes:
    [(data,)] = connection.execute(
        "SELECT data FROM block WHERE id = %s", (number,), binary=True
    ).fetchall()
    return bytes(data)


class RowPartitionView:
    """A partition in rows; see :class:`PartitionView`."""

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
        """The series that have samples in a period."""
        wanted = period_of(first, last) | {"partition": self._number}
        return {series for [series] in self._connection.execute(_SERIES, wanted)}

    def sources(
        self, series: Numbers, first: int, last: int
    ) -> Iterator[Callable[[int], Iterable[SeriesPart]]]:
        """One function that finds the parts of a series, given its index."""
        yield lambda at: self._parts(int(series[at]), first, last)

    def _parts(self, series: int, first: int, last: int) -> Iterator[SeriesPart]:
        rows: dict[str, Any] = {
            **_NOW,
            "archive": self._archive,
            "series": series,
            "partition": self._number,
        }
        read = partial(copied, self._connection)
        return (LoadedPart(columns) for columns in pages(read, rows, first, last))
