"""The history that a server keeps, as an archive for reading only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
from twisted.internet.defer import Deferred, fail, succeed
from zope.interface import implementer

from oagw.errors import IllegalCallError, OagwError, ParameterError, UnexpectedStateError
from oagw.interfaces.archives import ArchiveFacts, Extremes, IArchive, IScan
from oagw.model.columns import Columns, Times, columns
from oagw.model.samples import Sample
from oagw.model.times import LAST
from oagw.model.values import Value, default_value
from oagw.systems.opcua.mirror import Mirror
from oagw.systems.opcua.nodes import PointLostError, Server, Variable
from oagw.systems.replay import Replay

#: The resolution of times in the library, in ns.
_US = 1000
#: Values of a variable that are read, to sort them, before the first is returned.
HELD = 1_000_000
#: Values in a piece, if they had to be sorted.
_PIECE = 10_000
#: The state in which everything has been read.
_END = 3
#: Upper limit of answers without progress: some servers return a few empty ones.
_REPEATED = 1000


class _HistoryPoint:
    """How far the history of a variable has been read.

    :ivar first: the time from which to read on, in ns.
    :ivar is_ordered: all values have been in order of time so far.
    :ivar repeated: the number of answers without progress in a row.
    """

    def __init__(self, first: int) -> None:
        self.first = first
        self.is_ordered = True
        self.repeated = 0
        self._page: Sequence[Sample] = ()
        self._newest = 0
        #: The number of values read at the newest time, and of those still to be skipped.
        self._count = 0
        self._again = 0

    def go_back(self) -> None:
        """Read again from the newest time on."""
        self.first = max(self.first, self._newest)
        self._again = self._count

    def note(self, page: Sequence[Sample], is_same_point: bool) -> None:
        """Take a page.

        :param is_same_point: the continuation point is the one of the last page.
        """
        is_same = is_same_point and list(page) == list(self._page)
        self.repeated = self.repeated + 1 if is_same else 0
        self._page = page

    def new_of(self, page: Sequence[Sample]) -> list[Sample]:
        """The values of the page that have not been read before."""
        found: list[Sample] = []
        for one in page:
            if self._again and one.stime == self._newest:
                self._again -= 1
                continue
            if one.stime > self._newest:
                self._newest, self._count = one.stime, 0
            elif one.stime < self._newest:
                self.is_ordered = False
            self._count += one.stime == self._newest
            found.append(one)
        return found


def _refused() -> OagwError:
    return IllegalCallError("the history of an OPC UA server can only be read")


@implementer(IArchive)
class ServerHistory:
    """Reads a server's history; values that were read to count them are kept.

    :param there: returns the server; raises while it is away.
    """

    asks_names = False

    def __init__(self, there: Callable[[], Server], mirror: Mirror) -> None:
        self._there = there
        self._mirror = mirror
        self._counted: dict[int, list[Columns]] = {}
        #: Errors of single variables; the others can be read all the same.
        self._failed: dict[int, OagwError] = {}

    def start(
        self, group_of: Callable[[int], str], name_of: Callable[[int], str]
    ) -> Deferred[None]:
        """Do nothing."""
        return succeed(None)

    def stop(self) -> Deferred[None]:
        """Do nothing."""
        return succeed(None)

    def facts(self) -> ArchiveFacts:
        """Nothing waits or is kept here: the samples are the server's."""
        return ArchiveFacts(0, 0.0, 0, 0, None, "")

    def check_room(self) -> None:
        """Refuse; see :class:`oagw.interfaces.archives.IArchive`."""
        raise _refused()

    def append(self, samples: Sequence[tuple[int, Sample]], wait: bool) -> Deferred[None]:
        """Refuse; see :class:`oagw.interfaces.archives.IArchive`."""
        return fail(_refused())

    def read(
        self, series: int, first: int, last: int, bonus: int, limit: int
    ) -> Deferred[list[Sample]]:
        """Samples; see :class:`oagw.interfaces.archives.IArchive`."""
        return Deferred.fromCoroutine(self._read(series, first, last, bonus, limit))

    async def _read(
        self, series: int, first: int, last: int, bonus: int, limit: int
    ) -> list[Sample]:
        found: list[Sample] = []
        scan = self._scan(series, first, last, bonus)
        while len(found) < limit and (part := await scan.next()) is not None:
            found += part.samples()
        scan.close()
        return found[:limit]

    def most(
        self, series: Sequence[int], first: int, last: int, bonus: int, enough: int
    ) -> Deferred[int]:
        """Count by reading; see :class:`oagw.interfaces.archives.IArchive`."""
        return Deferred.fromCoroutine(self._most(series, first, last, bonus, enough))

    async def _most(
        self, series: Sequence[int], first: int, last: int, bonus: int, enough: int
    ) -> int:
        count = 0
        for number in series:
            parts = self._counted.get(number)
            if parts is None and number not in self._failed:
                scan = self._scan(number, first, last, bonus)
                try:
                    parts = await _read_some(scan, enough - count)
                except OagwError as error:
                    # The reader gets the error.
                    self._failed[number] = error
                finally:
                    scan.close()
            count += sum(map(len, parts or ()))
            if count > enough:
                break
            if parts is not None:
                self._counted[number] = parts
        return count

    def scan(self, series: int, first: int, last: int, bonus: int) -> Deferred[IScan]:
        """Read piece by piece; see :class:`oagw.interfaces.archives.IArchive`."""
        failed = self._failed.get(series)
        if failed is not None:
            return fail(failed)
        counted = self._counted.get(series)
        if counted is not None:
            return succeed(Replay(counted))
        return succeed(self._scan(series, first, last, bonus))

    def _scan(self, series: int, first: int, last: int, bonus: int) -> _HistoryScan:
        variable = self._mirror.by_number(series)
        return _HistoryScan(self._there, variable, first, last, bonus)

    def extremes(self, series: int, edges: Times) -> Deferred[Extremes | None]:
        """Return ``None``: a server cannot tell extremes without reading all."""
        return succeed(None)

    def delete(self, series: Sequence[int] | None, first: int, last: int) -> Deferred[int]:
        """Refuse; see :class:`oagw.interfaces.archives.IArchive`."""
        return fail(_refused())

    def delete_periods(self, periods: Mapping[int, tuple[int, int]]) -> Deferred[int]:
        """Refuse; see :class:`oagw.interfaces.archives.IArchive`."""
        return fail(_refused())

    def compact(self) -> Deferred[None]:
        """Refuse; see :class:`oagw.interfaces.archives.IArchive`."""
        return fail(_refused())


async def _read_some(scan: IScan, enough: int) -> list[Columns]:
    """Read pieces of a scan until they have more samples than enough."""
    parts: list[Columns] = []
    count = 0
    while count <= enough and (part := await scan.next()) is not None:
        parts.append(part)
        count += len(part)
    return parts


@implementer(IScan)
class _HistoryScan:
    """Reads a period of a variable, as many values at once as the server returns.

    Not every server returns them in order. So all are read before the first is returned,
    and sorted if necessary; after :data:`HELD` values in order, the rest is assumed to be
    in order. Servers keep few continuation points: if one is lost, reading goes on after
    the last value.
    """

    def __init__(
        self,
        there: Callable[[], Server],
        variable: Variable,
        first: int,
        last: int,
        bonus: int,
    ) -> None:
        self._there = there
        self._variable = variable
        self._first = first
        self._last = last
        self._bonus = bonus
        self._server: Server | None = None
        self._is_cut = True
        self._stage = _END
        self.rewind()

    def rewind(self) -> None:
        """Start again; see :class:`oagw.interfaces.archives.IScan`."""
        self._at = 0
        if self._is_cut:
            self._begin()

    def _begin(self) -> None:
        self.close()
        self._pieces: list[Columns] = []
        self._at = 0
        self._is_cut = False
        self._newest = 0
        self._point: bytes | None = None
        self._place = _HistoryPoint(self._first)
        self._stage = 0 if self._bonus else 1
        self._value: Value = default_value(self._variable.kind)

    def close(self) -> None:
        """Stop reading; see :class:`oagw.interfaces.archives.IScan`."""
        self._is_cut = self._is_cut or self._stage < _END
        server, self._server = self._server, None
        if server is not None:
            server.forget(self._variable, self._point)

    def next(self) -> Deferred[Columns | None]:
        """The next samples; see :class:`oagw.interfaces.archives.IScan`."""
        return Deferred.fromCoroutine(self._next())

    async def _next(self) -> Columns | None:
        if self._at == len(self._pieces) and self._stage < _END:
            await self._gather()
        if self._at == len(self._pieces):
            return None
        self._at += 1
        return self._pieces[self._at - 1]

    async def _gather(self) -> None:
        """Read everything, up to the limit of values held at once.

        :raises ParameterError: a value is older than one that has been returned.
        """
        self._pieces, self._at = [], 0
        count = 0
        while self._stage < _END and count < HELD:
            found = await self._page()
            if not found:
                continue
            if found[0].stime < self._newest:
                if self._is_cut:
                    raise self._disorder()
                await self._sort_all()
                return
            count += len(found)
            self._take(found)
        # Values have been returned already that should come later.
        self._is_cut = self._is_cut or self._stage < _END

    def _disorder(self) -> ParameterError:
        return ParameterError(
            f"the server returns the history of {self._variable.node} out of order; ask "
            "for a shorter period"
        )

    async def _sort_all(self) -> None:
        """Read everything from the beginning, and sort it by time."""
        self._begin()
        found: list[Sample] = []
        while self._stage < _END:
            found += await self._page()
            if len(found) > HELD:
                raise self._disorder()
        found.sort(key=_time_of)
        for start in range(0, len(found), _PIECE):
            self._take(found[start : start + _PIECE])

    def _take(self, samples: Sequence[Sample]) -> None:
        """Add samples that are in order to the pieces to return."""
        self._newest = samples[-1].stime
        self._pieces.append(columns([self._whole(one) for one in samples]))

    async def _page(self) -> Sequence[Sample]:
        """Read a piece: before the period, within it, or after it."""
        server, bonus = self._there(), self._bonus
        if self._stage == 0:
            self._stage = 1
            found = await self._nearest(server, self._first - _US, 0)
            before = [one for one in found if one.stime < self._first]
            return sorted(before, key=_time_of)[-bonus:]
        if self._stage == 1:
            page = await self._next_page(server)
            self._server = server if self._point else None
            if not self._point:
                self._stage = 2 if bonus else _END
            inside = [one for one in page if self._first <= one.stime <= self._last]
            return sorted(inside, key=_time_of)
        self._stage = _END
        found = await self._nearest(server, self._last + _US, LAST)
        after = [one for one in found if one.stime > self._last]
        return sorted(after, key=_time_of)[:bonus]

    async def _next_page(self, server: Server) -> Sequence[Sample]:
        """Read the next samples of the period.

        :raises UnexpectedStateError: the server returns the same values again and again.
        """
        place, point = self._place, self._point
        try:
            page, self._point = await server.history(
                self._variable, place.first, self._last, 0, point
            )
        except PointLostError:
            if point is None or not place.is_ordered:
                raise
            self._point = None
            place.go_back()
            page, self._point = await server.history(
                self._variable, place.first, self._last, 0, None
            )
        place.note(page, self._point is not None and self._point == point)
        self._check(place)
        return place.new_of(page)

    def _check(self, place: _HistoryPoint) -> None:
        """Stop reading if there is no progress.

        :raises UnexpectedStateError: the server returns the same values again and again.
        """
        if place.repeated > _REPEATED:
            node = self._variable.node
            raise UnexpectedStateError(
                f"the server returns the same part of the history of {node} again and again"
            )

    async def _nearest(self, server: Server, first: int, last: int) -> list[Sample]:
        """Read at least the first values on the way from one time to another."""
        # One more value shows in which direction the server reads.
        found = await self._some(server, first, last, self._bonus + 1)
        low, high = min(first, last), max(first, last)
        way = 1 if first < last else -1
        is_other_way = found and (found[-1].stime - found[0].stime) * way < 0
        if is_other_way or any(not low - _US < one.stime < high + _US for one in found):
            # It began at another place: the right values are among all of them.
            return await self._some(server, low, high, 0)
        return found

    async def _some(
        self, server: Server, first: int, last: int, count: int
    ) -> list[Sample]:
        """Read the first ``count`` values from one time to another; 0 is all."""
        found, point = await server.history(self._variable, first, last, count, None)
        samples, place = list(found), _HistoryPoint(first)
        while point and (not count or len(samples) < count):
            before = point
            found, point = await server.history(self._variable, first, last, count, point)
            samples += found
            place.note(found, point == before)
            self._check(place)
            if len(samples) > HELD:
                raise self._disorder()
        # The rest is not needed, and servers keep few continuation points.
        server.forget(self._variable, point)
        return samples

    def _whole(self, sample: Sample) -> Sample:
        """Give samples without a value the value before."""
        if sample.value is None:
            return msgspec.structs.replace(sample, value=self._value)
        self._value = sample.value  # type: ignore[assignment]
        return sample


def _time_of(sample: Sample) -> int:
    return sample.stime
