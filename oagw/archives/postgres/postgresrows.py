"""Layout ``rows``: a partition with one row for each value, for people who query it.

Rows are numbered in order of arrival. A run is a range of these numbers, so that runs are
merged without writing rows. A deleted row is marked with the run that lacks it; earlier
runs have it until they are removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace as changed
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg

from oagw.archives.blocks.chunks import Chunk
from oagw.archives.blocks.parts import LoadedPart, SeriesPart
from oagw.archives.postgres.database import Connection
from oagw.archives.postgres.postgrespartition import PostgresPartition
from oagw.archives.postgres.rowcodec import READ, columns_of
from oagw.archives.postgres.rowcopy import RowCopy
from oagw.archives.postgres.runtable import insert_run, note_sealed, remove, replace
from oagw.archives.sealed.deletion import Deletion
from oagw.archives.sealed.partitions import EARLIEST, Run
from oagw.model.columns import Columns, empty
from oagw.model.times import LAST

_MINE = (
    "element = (SELECT id FROM element WHERE archive = %(archive)s "
    "AND series = %(series)s) AND partition = %(partition)s "
    "AND number BETWEEN %(low)s AND %(high)s AND (gone IS NULL OR gone > %(run)s)"
)
# Both ends in µs, for the index; then in ns.
_PERIOD = (
    "ts >= %(first_ts)s AND (ts, ns) >= (%(first_ts)s, %(first_ns)s) "
    "AND ts <= %(last_ts)s AND (ts, ns) <= (%(last_ts)s, %(last_ns)s)"
)
_PAGE = (
    f"COPY (SELECT {READ} FROM sample WHERE {_MINE} AND {_PERIOD} "
    "AND (ts, ns, number) > (%(first_ts)s, %(first_ns)s, %(after)s) "
    "ORDER BY ts, ns, number LIMIT %(most)s) TO STDOUT (FORMAT BINARY)"
)
_BEFORE = (
    f"COPY (SELECT * FROM (SELECT {READ} FROM sample WHERE {_MINE} AND {_PERIOD} "
    "ORDER BY ts DESC, ns DESC, number DESC LIMIT %(most)s) AS last "
    "ORDER BY ts, ns, number) TO STDOUT (FORMAT BINARY)"
)
_COUNT = f"SELECT count(*) FROM sample WHERE {_MINE} AND {_PERIOD}"
_DELETE = (
    f"UPDATE sample SET gone = %(new)s WHERE {_PERIOD} AND partition = %(partition)s "
    "AND number BETWEEN %(low)s AND %(high)s AND gone IS NULL"
)
_OF_SERIES = (
    " AND element = (SELECT id FROM element WHERE archive = %(archive)s "
    "AND series = %(series)s)"
)
_REMOVE_GONE = (
    "DELETE FROM sample WHERE partition = %s AND gone IN "
    "(SELECT replaced_by FROM run WHERE id = ANY(%s))"
)
_RANGE = "SELECT low, high FROM run WHERE id = %s"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Rows that are read at once.
_AT_ONCE = 1 << 14
#: Approximate size of a row on the disk in bytes, with its share of the index.
_ROW = 130


class PostgresRows(PostgresPartition):
    """A partition in rows; see :class:`oagw.archives.sealed.partitions.Partition`."""

    def seal(self, samples: Chunk, batch: int) -> Run:
        """Write samples as the last run; readers see it after :meth:`show`."""
        series, which = np.unique(samples.series, return_inverse=True)
        self._elements.note(series.tolist())
        numbers = [self._elements.id_of(one) for one in series.tolist()]
        elements = np.array(numbers, np.int64)[which]
        position = self.runs[-1].position + 1 if self.runs else 0
        with self._writer.writing() as connection:
            low = _first_free(connection, self._id)
            copying = RowCopy(connection, self._id, self.name)
            copying.copy(samples, elements, low)
            first, last = int(samples.stime.min()), int(samples.stime.max())
            count = len(samples) - copying.refused
            run = Run(0, position, count, first, last, _ROW * count)
            high = low + len(samples) - 1
            run = insert_run(connection, self._id, run, (low, high))
            note_sealed(connection, self._id, batch)
        self._last, self.sealed = run, batch
        return run

    def merge(self, runs: Sequence[Run]) -> Run:
        """Write one run that replaces several; no rows are written."""
        with self._writer.writing() as connection:
            ranges = [_range(connection, run) for run in runs]
            run = Run(
                0,
                runs[0].position,
                sum(one.samples for one in runs),
                min(one.first for one in runs),
                max(one.last for one in runs),
                sum(one.size for one in runs),
            )
            low, high = min(ranges)[0], max(high for _, high in ranges)
            run = insert_run(connection, self._id, run, (low, high))
            replace(connection, runs, run)
        return run

    def without(self, run: Run, deletion: Deletion) -> Run | None:
        """Write a run without the deleted samples; ``None`` if it has none of them."""
        if run.first > deletion.last or run.last < deletion.first:
            return None
        with self._writer.writing() as connection:
            low, high = _range(connection, run)
            new = insert_run(connection, self._id, run, (low, high))
            rows = {
                "archive": self._writer.archive,
                "partition": self._id,
                "low": low,
                "high": high,
                "new": new.id,
            }
            count = _mark(connection, rows, deletion)
            if not count:
                raise psycopg.Rollback
            left, size = run.samples - count, run.size - _ROW * count
            new = changed(new, samples=left, size=size)
            connection.execute(
                "UPDATE run SET samples = %s, size = %s WHERE id = %s",
                (new.samples, new.size, new.id),
            )
            replace(connection, [run], new)
        return new if count else None

    def remove_replaced(self, runs: Sequence[Run]) -> None:
        """Remove replaced runs that nothing reads any longer, and their deleted rows."""
        numbers = [run.id for run in runs]
        with self._writer.writing() as connection:
            connection.execute(_REMOVE_GONE, (self._id, numbers))
            connection.execute("DELETE FROM run WHERE id = ANY(%s)", (numbers,))

    def remove(self) -> None:
        """Remove the partition and its samples; nothing may read it any longer."""
        with self._writer.writing() as connection:
            connection.execute("DELETE FROM sample WHERE partition = %s", (self._id,))
            remove(connection, self._id)

    def parts(
        self, run: Run, series: int, first: int, last: int
    ) -> Sequence[Iterable[SeriesPart]]:
        """The samples that a run has of a series in a period, page by page."""
        if run.first > last or run.last < first:
            return ()
        return (self._pages(run, series, first, last),)

    def _pages(self, run: Run, series: int, first: int, last: int) -> Iterator[SeriesPart]:
        with self._database.reading() as connection:
            rows = self._rows(connection, run, series)
        for columns in pages(self._copied, rows, first, last):
            yield LoadedPart(columns)

    def last_before(self, run: Run, series: int, time: int, count: int) -> Columns:
        """The last samples that a run has of a series before a time."""
        if run.first >= time:
            return empty()
        with self._database.reading() as connection:
            rows = self._rows(connection, run, series)
        rows |= period_of(EARLIEST, time - 1) | {"most": min(count, run.samples)}
        found = self._copied(_BEFORE, rows)
        return empty() if found is None else found[0]

    def count(self, run: Run, series: int, first: int, last: int) -> int:
        """The number of samples that a run has of a series in a period."""
        if run.first > last or run.last < first:
            return 0
        with self._database.reading() as connection:
            rows = self._rows(connection, run, series) | period_of(first, last)
            [(count,)] = connection.execute(_COUNT, rows).fetchall()
        return int(count)

    def _rows(self, connection: Connection, run: Run, series: int) -> dict[str, Any]:
        low, high = _range(connection, run)
        return {
            "archive": self._writer.archive,
            "series": series,
            "partition": self._id,
            "low": low,
            "high": high,
            "run": run.id,
        }

    def _copied(
        self, query: str, parameters: Mapping[str, Any]
    ) -> tuple[Columns, int] | None:
        with self._database.reading() as connection:
            return copied(connection, query, parameters)


def pages(
    copied: Callable[[str, Mapping[str, Any]], tuple[Columns, int] | None],
    rows: dict[str, Any],
    first: int,
    last: int,
) -> Iterator[Columns]:
    """The rows of a period by time and arrival, page by page.

    :param copied: runs a query, as :func:`copied` does.
    :param rows: the parameters that select the rows of a series.
    """
    rows = rows | period_of(first, last) | {"after": -1, "most": _AT_ONCE}
    while (found := copied(_PAGE, rows)) is not None:
        columns, number = found
        yield columns
        if len(columns) < _AT_ONCE:
            return
        rows |= _from(int(columns.stime[-1])) | {"after": number}


def copied(
    connection: Connection, query: str, parameters: Mapping[str, Any]
) -> tuple[Columns, int] | None:
    """The samples that a query returns, and the number of the last row.

    ``None`` if it returns no rows.

    :raises ValueError: a row is damaged.
    """
    with (
        connection.cursor() as cursor,
        cursor.copy(query.encode(), parameters) as copy,
    ):
        data = b"".join(map(bytes, copy))
    return columns_of(data)


def _first_free(connection: Connection, partition: int) -> int:
    [(last,)] = connection.execute(
        "SELECT coalesce(max(high), 0) FROM run WHERE partition = %s", (partition,)
    ).fetchall()
    return int(last) + 1


def _range(connection: Connection, run: Run) -> tuple[int, int]:
    [(low, high)] = connection.execute(_RANGE, (run.id,)).fetchall()
    return low, high


def _mark(connection: Connection, rows: Mapping[str, Any], deletion: Deletion) -> int:
    """Mark deleted rows; returns their number."""
    if deletion.periods is None:
        period = period_of(deletion.first, deletion.last)
        return connection.execute(_DELETE.encode(), {**rows, **period}).rowcount
    count = 0
    for series, (first, last) in deletion.periods.items():
        period = period_of(first, last) | {"series": series}
        count += connection.execute(
            (_DELETE + _OF_SERIES).encode(), {**rows, **period}
        ).rowcount
    return count


def _from(first: int) -> dict[str, Any]:
    """The beginning of a period (ns) as parameters."""
    micros, ns = divmod(first, 1000)
    return {"first_ts": _EPOCH + timedelta(microseconds=micros), "first_ns": ns}


def period_of(first: int, last: int) -> dict[str, Any]:
    """A period (ns, both ends included) as parameters."""
    micros, ns = divmod(min(last, LAST), 1000)
    stamp = _EPOCH + timedelta(microseconds=micros)
    return _from(first) | {"last_ts": stamp, "last_ns": ns}
