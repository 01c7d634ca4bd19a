"""Samples from several places in the order of their times, a piece after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np

from oagw.model.columns import Columns, in_order, joined

#: Later than any time.
_NEVER = 1 << 64


class SeriesPart(Protocol):
    """Samples of one series that are perhaps not read yet."""

    @property
    def first(self) -> int:
        """No sample is earlier."""

    @property
    def last(self) -> int:
        """No sample is later."""

    def load(self) -> Columns:
        """The samples."""


class LoadedPart:
    """Samples that are in memory."""

    __slots__ = ("_columns", "first", "last")

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self.first = int(columns.stime[0])
        self.last = int(columns.stime[-1])

    def load(self) -> Columns:
        """The samples."""
        return self._columns


class _PartQueue:
    """The parts of one source that are still to come, and what is loaded of it."""

    def __init__(self, parts: Iterable[SeriesPart]) -> None:
        self._parts = iter(parts)
        self._next: SeriesPart | None = None
        self._is_asked = False
        self.loaded: Columns | None = None

    @property
    def next(self) -> SeriesPart | None:
        """The next part; the source is asked for it only when it matters."""
        if not self._is_asked:
            self._next = next(self._parts, None)
            self._is_asked = True
        return self._next

    @property
    def bound(self) -> int:
        """No sample to come is earlier."""
        if self.loaded is not None:
            return int(self.loaded.stime[0])
        return self.unread

    @property
    def unread(self) -> int:
        """No sample that is not loaded is earlier."""
        part = self.next
        return _NEVER if part is None else part.first

    @property
    def end(self) -> int:
        """No sample of what comes first is later."""
        if self.loaded is not None:
            return int(self.loaded.stime[-1])
        part = self.next
        assert part is not None
        return part.last

    def pop(self) -> SeriesPart:
        """The next part, of which there must be one."""
        part = self.next
        assert part is not None
        self._is_asked = False
        return part

    def load(self) -> None:
        """Load one part more."""
        more = self.pop().load()
        if len(more):
            loaded = [more] if self.loaded is None else [self.loaded, more]
            self.loaded = joined(loaded)

    def take(self, until: int) -> Columns | None:
        """What is loaded and earlier than a time."""
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

    Each source is in order by itself. A part that overlaps no other one comes as it is,
    so that it need not be read to be passed on.
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
    """Whether all that comes first of a source is before all of the others."""
    end = queues[lead].end
    return all(
        end < other.bound or (end == other.bound and lead < number)
        for number, other in enumerate(queues)
        if number != lead
    )


def _overlapping(queues: Sequence[_PartQueue], end: int) -> Iterator[SeriesPart]:
    """Merge what begins before a time, as far as nothing can come between any more."""
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
