"""The history that a server keeps, as an archive that can be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
from twisted.internet.defer import Deferred, fail, succeed
from zope.interface import implementer

from oagw.errors import IllegalCallError, OagwError
from oagw.interfaces import Extremes, IArchive, IScan
from oagw.model.columns import Columns, Times, columns
from oagw.model.samples import Sample
from oagw.model.times import LAST
from oagw.model.values import Value, default_value
from oagw.systems.opcua.mirror import Mirror
from oagw.systems.opcua.nodes import Server, Variable
from oagw.systems.replay import Replay

#: What times of OPC UA differ by at least, in ns, as the library has them.
_US = 1000


def _refused() -> OagwError:
    return IllegalCallError("the history of an OPC UA server can be read, and nothing else")


@implementer(IArchive)
class ServerHistory:
    """Reads what a server keeps; what has been counted is kept to be read.

    :param there: the server; raises while it is away.
    """

    asks_names = False

    def __init__(self, there: Callable[[], Server], mirror: Mirror) -> None:
        self._there = there
        self._mirror = mirror
        self._counted: dict[int, list[Columns]] = {}

    def start(
        self, group_of: Callable[[int], str], name_of: Callable[[int], str]
    ) -> Deferred[None]:
        """There is nothing to be started."""
        return succeed(None)

    def stop(self) -> Deferred[None]:
        """There is nothing to be ended."""
        return succeed(None)

    def check_room(self) -> None:
        """Refuse; see :class:`oagw.interfaces.IArchive`."""
        raise _refused()

    def append(self, samples: Sequence[tuple[int, Sample]], wait: bool) -> Deferred[None]:
        """Refuse; see :class:`oagw.interfaces.IArchive`."""
        return fail(_refused())

    def read(
        self, series: int, first: int, last: int, bonus: int, limit: int
    ) -> Deferred[list[Sample]]:
        """Samples; see :class:`oagw.interfaces.IArchive`."""
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
        """Count by reading; see :class:`oagw.interfaces.IArchive`."""
        return Deferred.fromCoroutine(self._most(series, first, last, bonus, enough))

    async def _most(
        self, series: Sequence[int], first: int, last: int, bonus: int, enough: int
    ) -> int:
        count = 0
        for number in series:
            parts = self._counted.get(number)
            if parts is None:
                parts = []
                scan = self._scan(number, first, last, bonus)
                while count <= enough and (part := await scan.next()) is not None:
                    parts.append(part)
                    count += len(part)
                scan.close()
                if count <= enough:
                    self._counted[number] = parts
            else:
                count += sum(map(len, parts))
            if count > enough:
                break
        return count

    def scan(self, series: int, first: int, last: int, bonus: int) -> Deferred[IScan]:
        """Read piece by piece; see :class:`oagw.interfaces.IArchive`."""
        counted = self._counted.get(series)
        if counted is not None:
            return succeed(Replay(counted))
        return succeed(self._scan(series, first, last, bonus))

    def _scan(self, series: int, first: int, last: int, bonus: int) -> _Scan:
        variable = self._mirror.by_number(series)
        return _Scan(self._there, variable, first, last, bonus)

    def extremes(self, series: int, edges: Times) -> Deferred[Extremes | None]:
        """That cannot be said without reading all."""
        return succeed(None)

    def delete(self, series: Sequence[int] | None, first: int, last: int) -> Deferred[int]:
        """Refuse; see :class:`oagw.interfaces.IArchive`."""
        return fail(_refused())

    def delete_periods(self, periods: Mapping[int, tuple[int, int]]) -> Deferred[int]:
        """Refuse; see :class:`oagw.interfaces.IArchive`."""
        return fail(_refused())

    def compact(self) -> Deferred[None]:
        """Refuse; see :class:`oagw.interfaces.IArchive`."""
        return fail(_refused())


@implementer(IScan)
class _Scan:
    """Reads a period of a variable, as many values at once as the server gives."""

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
        self.rewind()

    def rewind(self) -> None:
        """Begin anew; see :class:`oagw.interfaces.IScan`."""
        self.close()
        self._point: bytes | None = None
        self._stage = 0 if self._bonus else 1
        self._value: Value = default_value(self._variable.kind)

    def close(self) -> None:
        """Read no more; see :class:`oagw.interfaces.IScan`."""
        server, self._server = self._server, None
        if server is not None:
            server.forget(self._variable, self._point)

    def next(self) -> Deferred[Columns | None]:
        """The next samples; see :class:`oagw.interfaces.IScan`."""
        return Deferred.fromCoroutine(self._next())

    async def _next(self) -> Columns | None:
        while self._stage < 3:
            found = await self._page()
            if found:
                return columns([self._whole(one) for one in found])
        return None

    async def _page(self) -> Sequence[Sample]:
        """A piece: before the period, of it, or after it."""
        server = self._there()
        variable, bonus = self._variable, self._bonus
        if self._stage == 0:
            self._stage = 1
            before = await self._some(server, self._first - _US, 0, bonus)
            return sorted(before, key=lambda one: one.stime)
        if self._stage == 1:
            found, self._point = await server.history(
                variable, self._first, self._last, 0, self._point
            )
            self._server = server if self._point else None
            if not self._point:
                self._stage = 2 if bonus else 3
            return [one for one in found if self._first <= one.stime <= self._last]
        self._stage = 3
        return await self._some(server, self._last + _US, LAST, bonus)

    async def _some(
        self, server: Server, first: int, last: int, count: int
    ) -> Sequence[Sample]:
        """The first few values on the way from one time to another."""
        found, point = await server.history(self._variable, first, last, count, None)
        # There is more, which nobody wants, and servers remember few of such points.
        server.forget(self._variable, point)
        return found[:count]

    def _whole(self, sample: Sample) -> Sample:
        """A sample without a value has the one before."""
        if sample.value is None:
            return msgspec.structs.replace(sample, value=self._value)
        self._value = sample.value  # type: ignore[assignment]
        return sample
