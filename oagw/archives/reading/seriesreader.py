"""Reading one series from everywhere its samples are, piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from oagw.archives.blocks.chunks import Chunk
from oagw.archives.blocks.parts import LoadedPart, SeriesPart, last_before, merged_parts
from oagw.archives.sealed.partitions import EARLIEST, Partition, Run
from oagw.model.columns import Columns, cut, in_order
from oagw.model.times import LAST


@dataclass(frozen=True, slots=True)
class MonthSpan:
    """The partitions of one month, of all groups.

    :ivar start: the first time (ns) of the month.
    :ivar end: the first time of the next month.
    :ivar runs: the runs to read; those of one partition in order of arrival.
    """

    start: int
    end: int
    runs: Sequence[tuple[Partition, Run]]


@dataclass(frozen=True, slots=True)
class ArchiveView:
    """An archive at one moment.

    :ivar spans: its months, by time.
    :ivar chunks: those of the hot store, in order of arrival.
    """

    spans: Sequence[MonthSpan]
    chunks: Sequence[Chunk]


def view_of(partitions: Iterable[Partition], chunks: Sequence[Chunk]) -> ArchiveView:
    """The archive as it is now.

    :param partitions: by month and then by group.
    """
    spans = []
    for start, together in groupby(partitions, key=attrgetter("start")):
        some = list(together)
        runs = [(one, run) for one in some for run in one.runs]
        spans.append(MonthSpan(start, some[0].end, runs))
    return ArchiveView(spans, chunks)


class SeriesReader:
    """Reads a series of a view. Its methods block: they are called in a thread."""

    def __init__(self, view: ArchiveView, series: int) -> None:
        self._view = view
        self._series = series
        found = (one.of(series) for one in view.chunks)
        #: The samples in each chunk, in order of arrival; views, not copies.
        self._hot = [one for one in found if one is not None]

    def pieces(self, first: int, last: int, bonus: int) -> Iterator[Columns]:
        """The samples of a period (ns, both ends included) and bonus values around it."""
        if bonus:
            before = self.before(first, bonus)
            if len(before):
                yield before
        yield from self._within(first, last)
        if bonus and last < LAST:
            yield from _first_of(self._within(last + 1, LAST), bonus)

    def hot(self, first: int, last: int) -> Iterator[Columns]:
        """The samples of a period in the hot store, in no order."""
        return (cut(one, first, last) for one in self._hot)

    def stored(self, first: int, last: int) -> Iterator[Iterable[SeriesPart]]:
        """Parts that may have samples of a period in the partitions, in no order."""
        for span in self._spans(first, last):
            yield from self._sources(span, first, last)

    def count(self, first: int, last: int, bonus: int) -> int:
        """The number of samples. Blocks that lie within the period are not read."""
        count = sum(map(len, self.hot(first, last)))
        for span in self._spans(first, last):
            for partition, run in span.runs:
                count += partition.count(run, self._series, first, last)
        if bonus:
            count += len(self.before(first, bonus))
            after = _first_of(self._within(last + 1, LAST), bonus) if last < LAST else ()
            count += sum(map(len, after))
        return count

    def _within(self, first: int, last: int) -> Iterator[Columns]:
        for part in self._parts(first, last):
            columns = part.load()
            if part.first < first or part.last > last:
                columns = cut(columns, first, last)
            if len(columns):
                yield columns

    def _parts(self, first: int, last: int) -> Iterator[SeriesPart]:
        """Parts by time, with the samples of the hot store merged into each month."""
        begin = first
        for span in self._spans(first, last):
            yield from merged_parts(self._hot_between(begin, span.start - 1))
            end = min(span.end - 1, last)
            sources = self._sources(span, first, last)
            yield from merged_parts(sources + self._hot_between(span.start, end, first))
            begin = span.end
        yield from merged_parts(self._hot_between(begin, last))

    def _spans(self, first: int, last: int) -> Iterator[MonthSpan]:
        """The months that overlap a period."""
        for span in self._view.spans:
            if span.start <= last and span.end > first:
                yield span

    def _sources(
        self, span: MonthSpan, first: int, last: int
    ) -> list[Iterable[SeriesPart]]:
        return [
            parts
            for partition, run in span.runs
            for parts in partition.parts(run, self._series, first, last)
        ]

    def _hot_between(
        self, begin: int, end: int, first: int = EARLIEST
    ) -> list[Iterable[SeriesPart]]:
        found = (cut(one, max(begin, first), end) for one in self._hot)
        return [[LoadedPart(one)] for one in found if len(one)]

    def before(self, first: int, count: int) -> Columns:
        """The last samples before a time."""
        hot = in_order([last_before(one, first, count) for one in self._hot])
        found: list[Columns] = []
        for span in reversed(self._view.spans):
            if span.start >= first:
                continue
            older = [
                partition.last_before(run, self._series, first, count)
                for partition, run in span.runs
            ]
            found.insert(0, in_order(older))
            sure = int((hot.stime >= span.start).sum()) + sum(map(len, found))
            if sure >= count:
                break
        before = in_order([*found, hot])
        return before.part(slice(max(len(before) - count, 0), None))


def _first_of(pieces: Iterator[Columns], count: int) -> Iterator[Columns]:
    for piece in pieces:
        yield piece.part(slice(count))
        count -= len(piece)
        if count <= 0:
            return
