"""Layout ``blocks``: a partition whose blocks are rows of the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from oagw.archives.blocks.blockcodec import Block, encode, summary
from oagw.archives.blocks.chunks import Chunk
from oagw.archives.postgres.database import Connection
from oagw.archives.postgres.postgrespartition import PostgresPartition
from oagw.archives.postgres.runtable import insert_run, note_sealed, remove, replace
from oagw.archives.sealed.blockpartition import BlockPartition
from oagw.archives.sealed.partitions import Content, Run, StoredBlock
from oagw.model.columns import Kind

# The blocks of a kind in a run are ordered by series. Samples of a series are in the blocks
# that end with it, and the next block may begin with it.
_PLACES = (
    "SELECT kind, found.* FROM unnest('{0,1,2,3,4}'::smallint[]) AS kind, LATERAL ("
    "(SELECT place, id, first_series, last_series, first, last, samples FROM block "
    "WHERE run = %(run)s AND block.kind = kind.kind AND last_series = %(series)s) "
    "UNION ALL "
    "(SELECT place, id, first_series, last_series, first, last, samples FROM block "
    "WHERE run = %(run)s AND block.kind = kind.kind AND last_series > %(series)s "
    "ORDER BY last_series, place LIMIT 1)) AS found "
    "WHERE first_series <= %(series)s AND first <= %(last)s AND last >= %(first)s "
    "ORDER BY kind, last_series, place"
)
_ALL_PLACES = (
    "SELECT id, first_series, last_series, first, last, samples FROM block "
    "WHERE run = %s AND kind = %s ORDER BY last_series, place"
)
_ANY = "SELECT EXISTS (SELECT FROM block WHERE run = %s AND first <= %s AND last >= %s)"
_INSERT = (
    "COPY block (run, kind, place, first_series, last_series, first, last, samples, data, "
    "summary) FROM STDIN (FORMAT BINARY)"
)
_TYPES = ["int8", "int2", "int4", "int8", "int8", "int8", "int8", "int4", "bytea", "bytea"]
_MOVE = (
    "INSERT INTO block (run, kind, place, first_series, last_series, first, last, samples, "
    "data, summary) SELECT %s, kind, new.place, first_series, last_series, first, last, "
    "samples, data, summary FROM block "
    "JOIN unnest(%s::bigint[], %s::int[]) AS new (id, place) USING (id)"
)
_SIZE = (
    "SELECT coalesce(sum(octet_length(data) + coalesce(octet_length(summary), 0)), 0), "
    "coalesce(min(first), 0), coalesce(max(last), 0) FROM block WHERE run = %s"
)
#: Blocks that are read or written together.
_AT_ONCE = 64


class PostgresBlocks(PostgresPartition, BlockPartition):
    """A partition in blocks; see :class:`BlockPartition`."""

    def seal(self, samples: Chunk, batch: int) -> Run:
        """Write samples as the last run; readers see it after :meth:`show`."""
        self._elements.note(np.unique(samples.series).tolist())
        position = self.runs[-1].position + 1 if self.runs else 0
        with self._writer.writing() as connection:
            run = self._write(connection, samples.blocks(), position)
            note_sealed(connection, self._id, batch)
        self._last, self.sealed = run, batch
        return run

    def replace(self, replaced: Sequence[Run], contents: Iterable[Content]) -> Run:
        """Write one run that replaces several; those stay readable until removed."""
        with self._writer.writing() as connection:
            run = self._write(connection, contents, replaced[0].position)
            replace(connection, replaced, run)
        return run

    def _write(
        self, connection: Connection, contents: Iterable[Content], position: int
    ) -> Run:
        empty = Run(0, position, 0, 0, 0)
        number = insert_run(connection, self._id, empty).id
        samples = 0
        numbered = enumerate(contents)
        while some := list(islice(numbered, _AT_ONCE)):
            moved = [(place, one) for place, one in some if isinstance(one, StoredBlock)]
            new = [(place, one) for place, one in some if isinstance(one, Block)]
            _move(connection, number, moved)
            _copy(connection, number, new)
            samples += sum(one.samples for _, one in moved)
            samples += sum(len(one.columns) for _, one in new)
        [(size, first, last)] = connection.execute(_SIZE, (number,)).fetchall()
        connection.execute(
            "UPDATE run SET samples = %s, size = %s, first = %s, last = %s WHERE id = %s",
            (samples, size, first, last, number),
        )
        return Run(number, position, samples, first, last, int(size))

    def remove_replaced(self, runs: Sequence[Run]) -> None:
        """Remove replaced runs that nothing reads any longer."""
        numbers = [run.id for run in runs]
        with self._writer.writing() as connection:
            connection.execute("DELETE FROM block WHERE run = ANY(%s)", (numbers,))
            connection.execute("DELETE FROM run WHERE id = ANY(%s)", (numbers,))

    def remove(self) -> None:
        """Remove the partition and its samples; nothing may read it any longer."""
        with self._writer.writing() as connection:
            connection.execute(
                "DELETE FROM block USING run WHERE run.id = run AND partition = %s",
                (self._id,),
            )
            remove(connection, self._id)

    def places(
        self, run: Run, series: int, first: int, last: int
    ) -> list[list[StoredBlock]]:
        """See :meth:`BlockPartition.places`."""
        wanted = {"run": run.id, "series": series, "first": first, "last": last}
        found: dict[Kind, list[StoredBlock]] = {}
        with self._database.reading() as connection:
            rows = connection.execute(_PLACES, wanted, binary=True).fetchall()
        for kind, _, *row in rows:
            stored = self._stored(Kind(kind), series, row)
            found.setdefault(stored.kind, []).append(stored)
        return list(found.values())

    def _stored(self, kind: Kind, series: int, row: Sequence[Any]) -> StoredBlock:
        number, low, high, begin, end, samples = row
        return StoredBlock(self, number, kind, series, begin, end, samples, low != high)

    def all_places(self, run: Run, kind: Kind) -> Iterator[StoredBlock]:
        """All blocks of a kind; the series of a shared block is its first one."""
        with self._database.reading() as connection:
            rows = connection.execute(_ALL_PLACES, (run.id, kind), binary=True).fetchall()
        for row in rows:
            yield self._stored(kind, row[1], row)

    def has_any(self, run: Run, first: int, last: int) -> bool:
        """Whether a run may have samples of any series in a period."""
        with self._database.reading() as connection:
            [(found,)] = connection.execute(_ANY, (run.id, last, first)).fetchall()
        return bool(found)

    def stored_summaries(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """The stored bytes of the summaries of blocks, for blocks that have one."""
        with self._database.reading() as connection:
            return dict(
                connection.execute(
                    "SELECT id, summary FROM block "
                    "WHERE id = ANY(%s) AND summary IS NOT NULL",
                    (list(numbers),),
                    binary=True,
                )
            )

    def data(self, numbers: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """The bytes of some blocks, with their numbers."""
        for at in range(0, len(numbers), _AT_ONCE):
            some = list(numbers[at : at + _AT_ONCE])
            with self._database.reading() as connection:
                rows = connection.execute(
                    "SELECT id, data FROM block WHERE id = ANY(%s)", (some,), binary=True
                ).fetchall()
            yield from rows


def _move(
    connection: Connection, run: int, contents: Sequence[tuple[int, StoredBlock]]
) -> None:
    """Copy blocks unchanged; the run that has them is still read."""
    if contents:
        numbers = [one.id for _, one in contents]
        connection.execute(_MOVE, (run, numbers, [place for place, _ in contents]))


def _copy(connection: Connection, run: int, contents: Sequence[tuple[int, Block]]) -> None:
    if not contents:
        return
    rows = [(run, *_row(place, block)) for place, block in contents]
    with connection.cursor() as cursor, cursor.copy(_INSERT) as copy:
        copy.set_types(_TYPES)
        for row in rows:
            copy.write_row(row)


def _row(place: int, block: Block) -> tuple[object, ...]:
    columns = block.columns
    alone = len(block.series) == 1
    return (
        int(columns.kind),
        place,
        int(block.series[0]),
        int(block.series[-1]),
        int(columns.stime.min()),
        int(columns.stime.max()),
        len(columns),
        encode(block),
        summary(columns) if alone else None,
    )
