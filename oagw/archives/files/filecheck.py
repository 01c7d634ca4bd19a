"""Checking the files of an archive that a gateway may use at the same time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from oagw.archives.blocks.months import month_of
from oagw.archives.engine import Progress
from oagw.archives.files.filestore import partition_files
from oagw.archives.hot.hotstore import decode_batch
from oagw.archives.sealed.blockcheck import CheckReport, check_blocks, check_runs
from oagw.storage.sqlite import connect
from oagw.storage.writelog import log_fault

_BLOCKS = (
    "SELECT block.id, run, kind, first_series, last_series, first, last, block.samples, "
    "block.data, summary.data FROM block JOIN run ON run.id = run "
    "LEFT JOIN summary ON summary.block = block.id WHERE NOT replaced "
    "ORDER BY run, kind, last_series, place"
)


def check(directory: Path, progress: Progress) -> CheckReport:
    """Read and verify every batch and every block in the files of an archive.

    :param progress: receives what is being done, and the share of it that is done, 0 to 1.
    """
    report = CheckReport()
    paths = [directory / "hot.sqlite", *(path for _, path in partition_files(directory))]
    sizes = [path.stat().st_size for path in paths]
    total = max(sum(sizes), 1)
    for number, path in enumerate(paths):
        name = str(path.relative_to(directory))
        before = sum(sizes[:number])

        def read(size: int, name: str = name, before: int = before) -> None:
            progress(f"checking {name}", (before + size) / total)

        read(0)
        report.files += 1
        report.faults += [f"{name}: {fault}" for fault in check_file(path, report, read)]
    return report


def check_file(path: Path, report: CheckReport, read: Callable[[int], None]) -> list[str]:
    """Read and verify a hot store or a month file; returns its faults.

    :param report: what is there is counted in it.
    :param read: called with the number of bytes read so far.
    """
    found: list[str] = []
    if fault := log_fault(path):
        # Opening the file would delete the rest of the log.
        return [fault]
    try:
        connection = connect(path)
    except sqlite3.DatabaseError as error:
        return [str(error)]
    try:
        # In one transaction, so that nothing is moved during the check.
        connection.execute("BEGIN")
        found += _file(connection)
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
            # The process ended before it created the tables, or creates them now. Missing
            # partitions are found by the roster of the hot store.
            return found
        month = month_of(path)
        found += (
            _hot(connection, report, read)
            if month is None
            else _month(connection, report, month, read)
        )
    except (sqlite3.DatabaseError, ValueError, TypeError, OverflowError) as error:
        found.append(str(error))
    finally:
        connection.close()
    return found


def _file(connection: sqlite3.Connection) -> list[str]:
    found = [text for [text] in connection.execute("PRAGMA integrity_check(20)")]
    return [] if found == ["ok"] else found


def _hot(
    connection: sqlite3.Connection, report: CheckReport, read: Callable[[int], None]
) -> Iterator[str]:
    size = 0
    for number, data in connection.execute("SELECT id, samples FROM batch ORDER BY id"):
        report.blocks += 1
        size += len(data)
        read(size)
        try:
            report.samples += len(decode_batch(data))
        except ValueError as error:
            yield f"batch {number}: {error}"


def _month(
    connection: sqlite3.Connection,
    report: CheckReport,
    month: int,
    read: Callable[[int], None],
) -> Iterator[str]:
    rows = connection.execute(_BLOCKS)
    counts: dict[int, int] = {}
    yield from check_blocks(rows, counts, report, month, read)
    runs = connection.execute("SELECT id, samples FROM run WHERE NOT replaced")
    yield from check_runs(runs, counts)
