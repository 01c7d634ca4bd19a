"""Copying sealed samples from one engine to another: from a database to files, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from oagw.archives.blocks.chunks import Chunk, of_series
from oagw.archives.blocks.months import text_of
from oagw.archives.blocks.parts import merged_parts
from oagw.archives.sealed.partitions import EARLIEST, Partition, PartitionKey
from oagw.archives.sealed.partitionviews import PartitionSource, PartitionView
from oagw.model.columns import Columns
from oagw.model.times import LAST

#: Samples that are written as one run.
_RUN = 1 << 18


def transfer(
    source: PartitionSource,
    open_: Callable[[PartitionKey], Partition],
    progress: Callable[[str, float], None],
) -> None:
    """Copy all samples of a source to new partitions.

    :param open_: creates a partition.
    :param progress: receives what is being done, and the share of it that is done, 0 to 1.
    :raises DataManagerError: something is damaged, or cannot be read or written.
    """
    months = sorted(source.months())
    sizes = [source.size(month) for month in months]
    total = max(sum(sizes), 1)
    for number, month in enumerate(months):
        progress(f"copying {text_of(month)}", sum(sizes[:number]) / total)
        with source.month(month) as views:
            for one in views:
                partition = open_(PartitionKey(month, one.group))
                for chunk in _chunks(one):
                    partition.show(partition.seal(chunk, one.sealed))
                partition.close()


def _chunks(view: PartitionView) -> Iterator[Chunk]:
    """All samples, by series and time; of equal times by arrival."""
    waiting: list[tuple[int, Columns]] = []
    count = 0
    for series, columns in _pieces(view):
        waiting.append((series, columns))
        count += len(columns)
        if count >= _RUN:
            yield of_series(waiting)
            waiting, count = [], 0
    if waiting:
        yield of_series(waiting)


def _pieces(view: PartitionView) -> Iterator[tuple[int, Columns]]:
    numbers = np.array(sorted(view.series(EARLIEST, LAST)), np.int64)
    find = list(view.sources(numbers, EARLIEST, LAST))
    for at, series in enumerate(numbers.tolist()):
        for part in merged_parts([parts(at) for parts in find]):
            yield series, part.load()
