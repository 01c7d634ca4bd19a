"""Checking the blocks of a partition, whichever engine stores them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from oagw.archives.blocks.blockcodec import Block, decode, read_summary, summary
from oagw.archives.blocks.months import start_of
from oagw.model.columns import Columns


@dataclass(slots=True)
class CheckReport:
    """The result of a check.

    :ivar files: the number of files that were read.
    :ivar months: the number of partitions that were read in a database.
    :ivar blocks: the number of blocks and batches.
    :ivar samples: the number of samples.
    :ivar faults: a sentence for each fault.
    """

    files: int = 0
    months: int = 0
    blocks: int = 0
    samples: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, other: CheckReport, title: str) -> None:
        """Add the result for another archive.

        :param title: the prefix of its faults.
        """
        self.files += other.files
        self.months += other.months
        self.blocks += other.blocks
        self.samples += other.samples
        self.faults += [f"{title}{fault}" for fault in other.faults]


def check_blocks(
    rows: Iterable[Sequence[Any]],
    counts: dict[int, int],
    report: CheckReport,
    month: int,
    read: Callable[[int], None],
) -> Iterator[str]:
    """Check the blocks of a partition; yields its faults.

    :param rows: id, run, kind, first and last series, first and last time, samples, bytes
        and summary of each block, ordered by run, kind and series.
    :param counts: receives the number of samples of each run.
    :param report: receives the numbers of blocks and samples.
    :param month: the month of the partition.
    :param read: called with the number of bytes read so far.
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
            yield f"block {number}: it is not in order after the previous block"
        former = (run, kind), (int(series[-1]), int(columns.stime[-1]))


def check_runs(runs: Iterable[tuple[int, int]], counts: Mapping[int, int]) -> Iterator[str]:
    """Check the numbers of samples of runs; yields the faults.

    :param runs: the id of each run, and the number of samples it should have.
    :param counts: the number of samples found in each run.
    """
    for run, samples in runs:
        count = counts.get(run, 0)
        if count != samples:
            yield f"run {run}: it has {count} values, and should have {samples}"


def _block(block: Block, places: list[int], stored: bytes | None) -> Iterator[str]:
    """The differences between a block and its row in the table of blocks."""
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
    # Blocks of an earlier version have no summary.
    if stored is not None and (len(series) > 1 or not _is_summary(stored, columns)):
        yield "its summary does not match"


def is_block(row: Mapping[str, Any]) -> bool:
    """Whether a row of the table of blocks (values by column) is intact."""
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
