"""Checking an archive in a database that a gateway may use at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg

from oagw.archives.blocks.months import start_of, text_of
from oagw.archives.engine import Progress
from oagw.archives.postgres.database import Connection, Database
from oagw.archives.postgres.postgresrows import copied
from oagw.archives.postgres.rowcodec import READ
from oagw.archives.sealed.blockcheck import CheckReport, check_blocks, check_runs
from oagw.config.secret import Secret

_PARTITIONS = (
    "SELECT partition.id, month, partition.name, layout, "
    "(SELECT coalesce(sum(size), 0)::bigint FROM run "
    "WHERE partition = partition.id AND replaced_by IS NULL) "
    "FROM partition JOIN archive ON archive.id = archive WHERE identity = %s "
    "ORDER BY month, partition.name"
)
_RUNS = (
    "SELECT id, samples, low, high FROM run WHERE partition = %s AND replaced_by IS NULL "
    "ORDER BY position, id"
)
_BLOCKS = (
    "SELECT block.id, run, kind, first_series, last_series, block.first, block.last, "
    "block.samples, data, summary FROM block JOIN run ON run.id = run "
    "WHERE partition = %s AND replaced_by IS NULL "
    "ORDER BY run, kind, last_series, place"
)
_ROWS = (
    f"COPY (SELECT {READ} FROM sample WHERE partition = %(partition)s AND gone IS NULL "
    "AND number > %(after)s AND number <= %(high)s ORDER BY number LIMIT %(most)s) "
    "TO STDOUT (FORMAT BINARY)"
)
#: Blocks and rows that are read at once.
_BLOCKS_AT_ONCE = 64
_ROWS_AT_ONCE = 1 << 16


def check_database(
    url: Secret, identity: str, report: CheckReport, progress: Progress
) -> None:
    """Read and verify all partitions that a database has of an archive.

    :param identity: of the hot store.
    :param report: receives the result.
    :param progress: receives what is being done, and the share of it that is done, 0 to 1.
    :raises StoreAwayError: the database cannot be reached.
    :raises StorageError: its address cannot be read.
    """
    database = Database(url)
    with database.snapshot() as connection:
        partitions = connection.execute(_PARTITIONS, (identity,)).fetchall()
        total = max(sum(size for *_, size in partitions), 1)
        before = 0
        for number, month, group, layout, size in partitions:
            name = f"{text_of(month)} of group {group}" if group else text_of(month)

            def read(done: int, name: str = name, before: int = before) -> None:
                progress(f"checking {name}", min((before + done) / total, 1))

            check = _blocks if layout == "blocks" else _rows
            faults = check(connection, number, month, report, read)
            report.faults += [f"{name}: {fault}" for fault in faults]
            report.months += 1
            before += size


def _blocks(
    connection: Connection,
    partition: int,
    month: int,
    report: CheckReport,
    read: Callable[[int], None],
) -> Iterator[str]:
    counts: dict[int, int] = {}
    with psycopg.ServerCursor(connection, "blocks") as cursor:
        cursor.itersize = _BLOCKS_AT_ONCE
        cursor.execute(_BLOCKS, (partition,), binary=True)
        yield from check_blocks(cursor, counts, report, month, read)
    runs = connection.execute(_RUNS, (partition,)).fetchall()
    yield from check_runs([run[:2] for run in runs], counts)


def _rows(
    connection: Connection,
    partition: int,
    month: int,
    report: CheckReport,
    read: Callable[[int], None],
) -> Iterator[str]:
    """Check that each run has its rows, and that each row has a value of the month."""
    counts: dict[int, int] = {}
    for number, *_, low, high in connection.execute(_RUNS, (partition,)).fetchall():
        rows: dict[str, Any] = {"partition": partition, "after": low - 1, "high": high}
        rows["most"] = _ROWS_AT_ONCE
        try:
            while (found := copied(connection, _ROWS, rows)) is not None:
                columns, rows["after"] = found
                counts[number] = counts.get(number, 0) + len(columns)
                report.samples += len(columns)
                read(report.samples)
                times: Sequence[int] = (int(columns.stime.min()), int(columns.stime.max()))
                if times[0] < start_of(month) or times[1] >= start_of(month + 1):
                    yield f"rows up to {rows['after']}: one has a time of another month"
        except ValueError as error:
            yield f"a row after {rows['after']}: {error}"
    runs = connection.execute(_RUNS, (partition,)).fetchall()
    yield from check_runs([run[:2] for run in runs], counts)
