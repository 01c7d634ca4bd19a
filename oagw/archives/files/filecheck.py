"""Checking an archive: every block is read; a gateway may use it meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from oagw.archives.blocks.blockcodec import Block, decode, read_summary, summary
from oagw.archives.blocks.months import month_of, start_of
from oagw.archives.files.filestore import files
from oagw.archives.hot.hotstore import decode_batch
from oagw.model.columns import Columns
from oagw.storage.sqlite import connect
from oagw.storage.writelog import log_fault

_BLOCKS = (
    "SELECT block.id, run, kind, first_series, last_series, first, last, block.samples, "
    "block.data, summary.data FROM block JOIN run ON run.id = run "
    "LEFT JOIN summary ON summary.block = block.id WHERE NOT replaced "
    "ORDER BY run, kind, last_series, place"
)


@dataclass(slots=True)
class Report:
    """What was found.

    :ivar files: of the archive.
    :ivar months: of groups, in a database.
    :ivar faults: a sentence for each.
    """

    files: int = 0
    months: int = 0
    blocks: int = 0
    samples: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, other: Report, title: str) -> None:
        """Add what was found of another archive.

        :param title: stands in front of each fault.
        """
        self.files += other.files
        self.months += other.months
        self.blocks += other.blocks
        self.samples += other.samples
        self.faults += [f"{title}{fault}" for fault in other.faults]


def check(directory: Path, tell: Callable[[str, float], None]) -> Report:
    """Read all that is in an archive.

    :param tell: is told what is being done, and how much of all is done; 1 is all.
    """
    report = Report()
    paths = [directory / "hot.sqlite", *(path for _, path in files(directory))]
    sizes = [path.stat().st_size for path in paths]
    total = max(sum(sizes), 1)
    for number, path in enumerate(paths):
        name = str(path.relative_to(directory))
        before = sum(sizes[:number])

        def read(size: int, name: str = name, before: int = before) -> None:
            tell(f"checking {name}", (before + size) / total)

        read(0)
        report.files += 1
        report.faults += [f"{name}: {fault}" for fault in check_file(path, report, read)]
    return report


def check_file(path: Path, report: Report, read: Callable[[int], None]) -> list[str]:
    """Read a hot store or a month; gives its faults.

    :param report: what is there is counted in it.
    :param read: is told how many bytes have been read.
    """
    found: list[str] = []
    if fault := log_fault(path):
        # Whoever opens it takes the rest of the log away.
        return [fault]
    try:
        connection = connect(path)
    except sqlite3.DatabaseError as error:
        return [str(error)]
    try:
        # One transaction, so that nothing is moved while it is read.
        connection.execute("BEGIN")
        found += _file(connection)
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
            # It was made when the process ended, or is made now. What is missing of an
            # archive is found by what the hot store knows of it.
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
    connection: sqlite3.Connection, report: Report, read: Callable[[int], None]
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
    report: Report,
    month: int,
    read: Callable[[int], None],
) -> Iterator[str]:
    rows = connection.execute(_BLOCKS)
    counts: dict[int, int] = {}
    yield from check_blocks(rows, counts, report, month, read)
    runs = connection.execute("SELECT id, samples FROM run WHERE NOT replaced")
    yield from check_runs(runs, counts)


def check_blocks(
    rows: Iterable[Sequence[Any]],
    counts: dict[int, int],
    report: Report,
    month: int,
    read: Callable[[int], None],
) -> Iterator[str]:
    """Check the blocks of a month; gives its faults.

    :param rows: id, run, kind, first and last series, first and last time, samples, bytes
        and summary of each, in the order of runs, kinds and series.
    :param counts: how many samples each run has is noted here.
    :param read: is told how many bytes have been read.
    """
    start, end = start_of(month), start_of(month + 1)
    size = 0
    former: tuple[tuple[int, int], tuple[int, int]] | None = None
    for number, run, kind, *row in rows:
        report.blocks += 1
        *places, data, stored = row
        size += len(data)
        read(size)
        counts[run] = counts.get(run, 0) + places[-1]
        report.samples += places[-1]
        try:
            block = decode(data)
        except ValueError as error:
            yield f"block {number}: {error}"
            continue
        yield from (f"block {number}: {fault}" for fault in _block(block, places, stored))
        columns, series = block.columns, block.series
        if int(columns.stime.min()) < start or int(columns.stime.max()) >= end:
            yield f"block {number}: it has times of another month"
        first = (int(series[0]), int(columns.stime[0]))
        if former is not None and former[0] == (run, kind) and former[1] > first:
            yield f"block {number}: it is not in order after the block before"
        former = (run, kind), (int(series[-1]), int(columns.stime[-1]))


def check_runs(runs: Iterable[tuple[int, int]], counts: Mapping[int, int]) -> Iterator[str]:
    """Check that runs have as many samples as they say.

    :param runs: the id of each, and how many it says.
    """
    for run, samples in runs:
        count = counts.get(run, 0)
        if count != samples:
            yield f"run {run}: it has {count} values, and should have {samples}"


def _block(block: Block, places: list[int], stored: bytes | None) -> Iterator[str]:
    """What is said of a block against what it has."""
    columns, series = block.columns, block.series
    found = [
        int(series[0]),
        int(series[-1]),
        int(columns.stime.min()),
        int(columns.stime.max()),
        len(columns),
    ]
    if found != places:
        yield f"it has {found} (series, times, values), and should have {places}"
    steps = np.diff(columns.stime)
    steps[block.starts[1:] - 1] = 0
    if (steps < 0).any() or (np.diff(series) <= 0).any():
        yield "it is not in order"
    # One of an earlier version has none.
    if stored is not None and (len(series) > 1 or not _is_summary(stored, columns)):
        yield "its summary is another"


def is_block(row: Mapping[str, Any]) -> bool:
    """Whether a row of the table of blocks, by column, is what was written."""
    names = ("first_series", "last_series", "first", "last", "samples")
    try:
        return not any(_block(decode(row["data"]), [row[name] for name in names], None))
    except (ValueError, TypeError):
        return False


def _is_summary(stored: bytes, columns: Columns) -> bool:
    expected = summary(columns)
    try:
        return expected is not None and read_summary(stored) == read_summary(expected)
    except ValueError:
        return False
