"""Parts: pieces of a series that are read on demand, and merged in order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np

from oagw.model.columns import Columns, in_order, joined

#: A time later than any other.
_NEVER = 1 << 64


class SeriesPart(Protocol):
    """Samples of one series, which need not be in memory yet."""

    @property
    def first(self) -> int:
        """A lower limit of the times (ns)."""

    @property
    def last(self) -> int:
        """An upper limit of the times (ns)."""

    def load(self) -> Columns:
        """Read the samples, ordered by time.

        :raises DataManagerError: they cannot be read.
        """


class LoadedPart:
    """A part that is in memory."""

    __slots__ = ("_columns", "first", "last")

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self.first = int(columns.stime[0])
        self.last = int(columns.stime[-1])

    def load(self) -> Columns:
        """The samples."""
        return self._columns


class _PartQueue:
    """The parts of one source that are not merged yet, and the samples loaded from them."""

    def __init__(self, parts: Iterable[SeriesPart]) -> None:
        self._parts = iter(parts)
        self._next: SeriesPart | None = None
        self._is_asked = False
        self.loaded: Columns | None = None

    @property
    def next(self) -> SeriesPart | None:
        """The next part, requested from the source only when needed."""
        if not self._is_asked:
            self._next = next(self._parts, None)
            self._is_asked = True
        return self._next

    @property
    def bound(self) -> int:
        """A lower limit of the times of all samples left."""
        if self.loaded is not None:
            return int(self.loaded.stime[0])
        return self.unread

    @property
    def unread(self) -> int:
        """A lower limit of the times of samples that are not loaded."""
        part = self.next
        return _NEVER if part is None else part.first

    @property
    def end(self) -> int:
        """An upper limit of the times of the loaded samples, or else of the next part."""
        if self.loaded is not None:
            return int(self.loaded.stime[-1])
        part = self.next
        assert part is not None
        return part.last

    def pop(self) -> SeriesPart:
        """Remove and return the next part; there must be one."""
        part = self.next
        assert part is not None
        self._is_asked = False
        return part

    def load(self) -> None:
        """Load one more part."""
        more = self.pop().load()
        if len(more):
            loaded = [more] if self.loaded is None else [self.loaded, more]
            self.loaded = joined(loaded)

    def take(self, until: int) -> Columns | None:
        """Remove and return the loaded samples before a time, if there are any."""
        loaded = self.loaded
        if loaded is None or loaded.stime[0] >= until:
            return None
        count = len(loaded)
        if loaded.stime[-1] >= until:
            count = int(np.searchsorted(loaded.stime, until))
        self.loaded = loaded.part(slice(count, None)) if count < len(loaded) else None
        return loaded.part(slice(count))


def merged_parts(sources: Sequence[Iterable[SeriesPart]]) -> Iterator[SeriesPart]:
    """The samples of all sources by time; of equal times those of an earlier source first.

    Each source is ordered by time. A part that overlaps no other one is passed on without
    being read.
    """
    queues = [_PartQueue(parts) for parts in sources]
    while queues := [one for one in queues if one.bound != _NEVER]:
        lead = min(range(len(queues)), key=lambda number: queues[number].bound)
        first = queues[lead]
        if first.loaded is None and _stands_alone(queues, lead):
            yield first.pop()
        else:
            yield from _overlapping(queues, first.end)


def _stands_alone(queues: Sequence[_PartQueue], lead: int) -> bool:
    """Whether the next samples of a source are before those of all others."""
    end = queues[lead].end
    return all(
        end < other.bound or (end == other.bound and lead < number)
        for number, other in enumerate(queues)
        if number != lead
    )


def _overlapping(queues: Sequence[_PartQueue], end: int) -> Iterator[SeriesPart]:
    """Merge samples that begin before a time, as far as no other can come between."""
    for queue in queues:
        if queue.loaded is None and queue.bound <= end:
            queue.load()
    horizon = min(queue.unread for queue in queues)
    taken = [part for queue in queues if (part := queue.take(horizon)) is not None]
    if taken:
        yield LoadedPart(in_order(taken))
        return
    for queue in queues:
        if queue.unread == horizon and queue.next is not None:
            queue.load()


def last_before(columns: Columns, time: int, count: int) -> Columns:
    """The last samples before a time."""
    end = int(np.searchsorted(columns.stime, time))
    return columns.part(slice(max(end - count, 0), end))
