"""A scan: one series at one moment, read in threads, a few blocks at a time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred
from zope.interface import implementer

from oagw.archives.extremes import extremes
from oagw.archives.scanning import Reading, View
from oagw.interfaces.archives import (
    Extremes,
    IScan,
)
from oagw.model.columns import Columns, Times, joined

_T = TypeVar("_T")
#: Samples that are read in a thread before somebody else's turn.
_AT_ONCE = 1 << 14


class InTurn(Protocol):
    """Does work that reads, in a thread, when it is its turn."""

    def __call__(
        self, work: Callable[[], _T], tell: Callable[[bool], None], /
    ) -> Coroutine[Deferred[Any], Any, _T]:
        """Do it.

        :param tell: is told True when it begins, and False when it is done, also if
            nobody waits for it any more.
        :raises DataManagerError: the archive is closed.
        """
        ...


@implementer(IScan)
class Scan:
    """Reads a series piece by piece.

    :ivar ended: fires when nothing more is read.
    """

    def __init__(
        self,
        in_turn: InTurn,
        forget: Callable[[Scan], None],
        view: View,
        series: int,
        first: int,
        last: int,
        bonus: int,
    ) -> None:
        self._in_turn = in_turn
        self._forget = forget
        self._view = view
        self._series = series
        self._period = first, last, bonus
        self._reading: Reading | None = None
        self._pieces: Iterator[Columns] | None = None
        self._is_done = False
        self._at_work = False
        self._closed = False
        self.ended: Deferred[None] = Deferred()

    def next(self) -> Deferred[Columns | None]:
        """The next samples; see :class:`oagw.interfaces.archives.IScan`."""
        return Deferred.fromCoroutine(self._next())

    async def _next(self) -> Columns | None:
        if self._is_done:
            return None
        return await self._in_turn(self._gather, self._note_work)

    def rewind(self) -> None:
        """Begin anew; see :class:`oagw.interfaces.archives.IScan`."""
        self._pieces = None
        self._is_done = False

    def _gather(self) -> Columns | None:
        """A few blocks at once, in a thread."""
        if self._pieces is None:
            if self._reading is None:
                self._reading = Reading(self._view, self._series)
            self._pieces = self._reading.pieces(*self._period)
        found: list[Columns] = []
        count = 0
        for piece in self._pieces:
            found.append(piece)
            count += len(piece)
            if count >= _AT_ONCE:
                return joined(found)
        self._is_done = True
        return joined(found) if found else None

    def count(self, series: Sequence[int], enough: int) -> int:
        """How many samples some series have, until there are enough; in a thread."""
        count = 0
        for one in series:
            count += Reading(self._view, one).count(*self._period)
            if count > enough:
                break
        return count

    def extremes(self, edges: Times) -> Extremes | None:
        """Minima and maxima between edges; in a thread."""
        return extremes(Reading(self._view, self._series), edges)

    def close(self) -> None:
        """Read no more; see :class:`oagw.interfaces.archives.IScan`."""
        self._closed = True
        if not self._at_work:
            self._end()

    def _note_work(self, at_work: bool) -> None:
        self._at_work = at_work
        if self._closed and not at_work:
            self._end()

    def _end(self) -> None:
        if not self.ended.called:
            self._forget(self)
            self.ended.callback(None)
