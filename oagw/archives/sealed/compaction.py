"""Compaction: merging runs, so that the samples of a series are in few, full blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge as merge_sorted
from itertools import groupby
from operator import itemgetter
from typing import Protocol

import numpy as np

from oagw.archives.blocks.blockcodec import FULL, Block
from oagw.archives.blocks.parts import LoadedPart, SeriesPart, merged_parts
from oagw.archives.sealed.partitions import BlockReader, Content, Run, StoredBlock
from oagw.model.columns import Columns, Kind, in_order, joined

#: The number of runs of about the same size that are merged.
_FAN_IN = 8
#: Runs with more samples than this are not merged.
_LARGE = 1 << 22
#: A smaller block is filled up rather than left between full ones.
_WORTH_KEEPING = FULL // 4


def due(runs: Sequence[Run]) -> Sequence[Run]:
    """The neighbouring runs that should be merged now; empty if none are due."""
    for start in range(len(runs) - _FAN_IN + 1):
        some = runs[start : start + _FAN_IN]
        sizes = [max(one.samples, 1) for one in some]
        if max(sizes) <= min(max(min(sizes) * _FAN_IN, 1 << 16), _LARGE):
            return some
    return ()


class KeepRule(Protocol):
    """Decides which samples of a part are kept."""

    def __call__(self, series: int, part: SeriesPart, /) -> Iterable[SeriesPart]:
        """Returns nothing, the part itself, or other parts to keep in its place."""
        ...


def keep_all(series: int, part: SeriesPart) -> Iterable[SeriesPart]:
    """Keep everything."""
    return (part,)


def compacted(
    partition: BlockReader, runs: Sequence[Run], keep: KeepRule = keep_all
) -> Iterator[Content]:
    """The blocks of the run that results from merging runs.

    :param keep: decides which samples are kept.
    """
    cutters = {kind: _Cutter() for kind in Kind}
    for series, all_sources in _by_series(partition, runs):
        sources = [
            [kept for part in parts for kept in keep(series, part)] for parts in all_sources
        ]
        kinds = {_kind(part) for parts in sources for part in parts}
        kind = kinds.pop() if len(kinds) == 1 else Kind.OTHER
        for part in _merged(sources):
            yield from cutters[kind].add(series, part, kind)
    for cutter in cutters.values():
        yield from cutter.rest()


def _merged(sources: Sequence[Sequence[SeriesPart]]) -> Iterable[SeriesPart]:
    """The samples of a series by time; of equal times those of an earlier run first."""
    found = [part for parts in sources for part in parts]
    if not any(isinstance(part, StoredBlock) for part in found):
        # Samples of shared blocks are few, and in memory already.
        columns = in_order([part.load() for part in found])
        return (LoadedPart(columns),) if len(columns) else ()
    return merged_parts(sources)


def _kind(part: SeriesPart) -> Kind:
    return part.kind if isinstance(part, StoredBlock) else part.load().kind


def _by_series(
    partition: BlockReader, runs: Sequence[Run]
) -> Iterator[tuple[int, list[list[SeriesPart]]]]:
    """The parts of each series, by run."""
    streams = [
        _numbered(number, partition.all_parts(run, kind))
        for number, run in enumerate(runs)
        for kind in Kind
    ]
    ordered = merge_sorted(*streams, key=itemgetter(0, 1))
    for series, found in groupby(ordered, key=itemgetter(0)):
        yield (
            series,
            [
                [part for _, _, part in parts]
                for _, parts in groupby(found, key=itemgetter(1))
            ],
        )


def _numbered(
    number: int, parts: Iterator[tuple[int, SeriesPart]]
) -> Iterator[tuple[int, int, SeriesPart]]:
    for series, part in parts:
        yield series, number, part


class _Cutter:
    """Gathers samples of one kind until they fill a block, and cuts them."""

    def __init__(self) -> None:
        self._series: list[int] = []
        self._columns: list[list[Columns]] = []
        self._count = 0

    def add(self, series: int, part: SeriesPart, kind: Kind) -> Iterator[Content]:
        """Add samples, in order of series and time; yields the blocks that are full."""
        if isinstance(part, StoredBlock) and part.kind is kind and self._may_stay(part):
            yield from self.rest()
            yield part
            return
        columns = part.load()
        if not self._series or self._series[-1] != series:
            self._series.append(series)
            self._columns.append([])
        self._columns[-1].append(columns if kind is columns.kind else columns.unpacked())
        self._count += len(columns)
        while self._count >= FULL:
            yield from self._full()

    def _may_stay(self, stored: StoredBlock) -> bool:
        """Whether a stored block is full, and nothing small waits before it."""
        if stored.samples < FULL:
            return False
        own = (
            self._columns[-1] if self._series and self._series[-1] == stored.series else ()
        )
        count = sum(map(len, own))
        return count == 0 or count >= _WORTH_KEEPING

    def _full(self) -> Iterator[Content]:
        last = joined(self._columns[-1])
        if len(self._series) > 1:
            series = self._series.pop()
            self._columns.pop()
            yield from self.rest()
        else:
            [series] = self._series
            yield _block([series], [last.part(slice(FULL))])
            last = last.part(slice(FULL, None))
        self._series, self._columns, self._count = [], [], len(last)
        if len(last):
            self._series, self._columns = [series], [[last]]

    def rest(self) -> Iterator[Content]:
        """The last block, which need not be full."""
        if self._series:
            yield _block(self._series, [joined(parts) for parts in self._columns])
        self._series, self._columns, self._count = [], [], 0


def _block(series: Sequence[int], columns: Sequence[Columns]) -> Block:
    lengths = np.array([len(one) for one in columns], np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    return Block(np.array(series, np.int64), starts, joined(columns))
