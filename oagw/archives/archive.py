"""An archive: a hot store of one file, and what is sealed in a store of any engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, DeferredSemaphore, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from oagw.archives.chunks import Chunk
from oagw.archives.deletion import Deletion, of_series
from oagw.archives.hot import Entries, HotStore
from oagw.archives.policy import KEEP_ALL, Policy, Threads, no_name
from oagw.archives.scan import Scan
from oagw.archives.scanning import view_of
from oagw.archives.sealed import EARLIEST, Store, StoreAwayError
from oagw.archives.tending import Tender
from oagw.errors import DataManagerError
from oagw.interfaces.archives import (
    Extremes,
    IArchive,
    IScan,
)
from oagw.interfaces.services import server_time_of
from oagw.model.columns import Columns, Times, cut, joined
from oagw.model.samples import Sample
from oagw.storage.groupcommit import GroupCommit
from oagw.storage.pairing import Numbers

_T = TypeVar("_T")

#: Above so many no new ones are taken: they cannot be sealed.
_FULL = 1 << 24
_READERS = 2


@implementer(IArchive)
class Archive:
    """Keeps samples.

    :param hot: the file of the hot store.
    :param store: where sealed samples are.
    :raises StorageError: a file cannot be used.
    """

    def __init__(
        self,
        hot: Path,
        store: Store,
        clock: IReactorTime,
        threads: Threads,
        policy: Policy = KEEP_ALL,
    ) -> None:
        self.asks_names = store.asks_names
        self._threads = threads
        self._hot = HotStore(hot, server_time_of(clock)())
        self._scans: set[Scan] = set()
        self._tender = Tender(self._hot, store, clock, threads, policy, self._scans)
        self._commits: GroupCommit[tuple[int, Sample]] = GroupCommit(
            "the archive", hot, self._hot.commit, threads.write, clock
        )
        self._turns = DeferredSemaphore(_READERS)
        self._stopping = False

    @property
    def identity(self) -> str:
        """That of the hot store, to which the numbers of elements belong."""
        return self._hot.identity

    def numbers(self) -> Numbers:
        """The highest numbers of what it has ever had."""
        return self._hot.numbers()

    def begin(self, token: str, used: Numbers) -> None:
        """Keep the token of a start; see :meth:`HotStore.begin`."""
        self._hot.begin(token, used)

    def start(
        self,
        group_of: Callable[[int], str] = no_name,
        name_of: Callable[[int], str] = no_name,
    ) -> Deferred[None]:
        """Begin to seal what is left of the last time."""
        self._tender.start(group_of, name_of)
        return succeed(None)

    def stop(self) -> Deferred[None]:
        """Write what is left and close the files."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self._stopping = True
        for scan in list(self._scans):
            scan.close()
        await self._tender.stop()
        for _ in range(_READERS):
            await self._turns.acquire()
        try:
            await self._commits.flushed()
        finally:
            self._commits.close()
            self._hot.close()
            self._tender.close()
            # Who waits for a turn finds the archive closed.
            for _ in range(_READERS):
                self._turns.release()

    def check_room(self) -> None:
        """Refuse before a set takes effect, rather than after.

        :raises DataManagerError: the disk has not kept up or fails.
        """
        self._commits.check_room()
        if self._hot.count > _FULL:
            raise DataManagerError(
                f"the archive cannot seal what it has: {self._hot.count} values wait; see "
                "the log of oagw for the reason"
            )

    def append(self, samples: Entries, wait: bool) -> Deferred[None]:
        """Keep samples; see :class:`oagw.interfaces.archives.IArchive`."""
        self._commits.add(samples)
        self._tender.tend()
        return self._commits.flushed() if wait else succeed(None)

    def read(
        self, series: int, first: int, last: int, bonus: int, limit: int
    ) -> Deferred[list[Sample]]:
        """Read samples; see :class:`oagw.interfaces.archives.IArchive`."""
        return Deferred.fromCoroutine(self._read_all(series, first, last, bonus, limit))

    async def _read_all(
        self, series: int, first: int, last: int, bonus: int, limit: int
    ) -> list[Sample]:
        scan = await self.scan(series, first, last, bonus)
        found: list[Columns] = []
        room = limit
        try:
            while room > 0 and (columns := await scan.next()) is not None:
                found.append(columns)
                room -= len(columns)
        finally:
            scan.close()
        return joined(found).part(slice(limit)).samples()

    def scan(self, series: int, first: int, last: int, bonus: int) -> Deferred[IScan]:
        """Read samples; see :class:`oagw.interfaces.archives.IArchive`."""
        return Deferred.fromCoroutine(self._scan(series, first, last, bonus))

    async def _scan(self, series: int, first: int, last: int, bonus: int) -> IScan:
        self._check_open()
        await self._commits.flushed()
        self._check_open()
        return self._begin(series, first, last, bonus)

    def _begin(self, series: int, first: int, last: int, bonus: int) -> Scan:
        chunks = self._hot.chunks()
        is_hot = first > self._tender.until and self._has_hot(chunks, series, first, bonus)
        view = view_of([] if is_hot else self._tender.partitions(), chunks)
        scan = Scan(self._in_turn, self._scans.discard, view, series, first, last, bonus)
        self._scans.add(scan)
        return scan

    def _has_hot(
        self, chunks: Sequence[Chunk], series: int, first: int, bonus: int
    ) -> bool:
        """Whether the values before a period, of which none are sealed, are here."""
        until = self._tender.until
        if until == EARLIEST:
            return True
        for one in chunks:
            columns = one.of(series) if bonus > 0 else None
            if columns is not None:
                bonus -= len(cut(columns, until + 1, first - 1))
        return bonus <= 0

    def most(
        self, series: Sequence[int], first: int, last: int, bonus: int, enough: int
    ) -> Deferred[int]:
        """Count; see :class:`oagw.interfaces.archives.IArchive`."""
        return Deferred.fromCoroutine(self._most(series, first, last, bonus, enough))

    async def _most(
        self, series: Sequence[int], first: int, last: int, bonus: int, enough: int
    ) -> int:
        self._check_open()
        await self._commits.flushed()
        self._check_open()
        everything = self._hot.all_count
        if first <= self._tender.until:
            for partition in self._tender.partitions():
                if partition.start <= last and partition.end > first:
                    everything += sum(run.samples for run in partition.runs)
        times = max(Counter(series).values(), default=0)
        most = everything * times + 2 * bonus * len(series)
        if most <= enough:
            return most
        # Its view keeps what is read, as that of a scan does.
        scan = self._begin(0, first, last, bonus)
        try:
            return await self._in_turn(lambda: scan.count(series, enough))
        finally:
            scan.close()

    def extremes(self, series: int, edges: Times) -> Deferred[Extremes | None]:
        """Minima and maxima; see :class:`oagw.interfaces.archives.IArchive`."""
        return Deferred.fromCoroutine(self._extremes(series, edges))

    async def _extremes(self, series: int, edges: Times) -> Extremes | None:
        self._check_open()
        await self._commits.flushed()
        self._check_open()
        # Its view keeps what is read, as that of a scan does.
        scan = self._begin(series, int(edges[0]), int(edges[-1]) - 1, 0)
        try:
            return await self._in_turn(lambda: scan.extremes(edges))
        finally:
            scan.close()

    def delete(self, series: Sequence[int] | None, first: int, last: int) -> Deferred[int]:
        """Delete samples; see :class:`oagw.interfaces.archives.IArchive`."""
        if series is None:
            return Deferred.fromCoroutine(self._delete(Deletion(first, last)))
        return self.delete_periods(dict.fromkeys(series, (first, last)))

    def delete_periods(self, periods: Mapping[int, tuple[int, int]]) -> Deferred[int]:
        """Delete samples; see :class:`oagw.interfaces.archives.IArchive`."""
        if not periods:
            return succeed(0)
        return Deferred.fromCoroutine(self._delete(of_series(periods)))

    async def _delete(self, deletion: Deletion) -> int:
        self._check_open()
        await self._commits.flushed()
        return await self._tender.delete(deletion)

    def compact(self) -> Deferred[None]:
        """Bring together; see :class:`oagw.interfaces.archives.IArchive`."""
        return Deferred.fromCoroutine(self._compact())

    async def _compact(self) -> None:
        self._check_open()
        await self._commits.flushed()
        await self._tender.compact()

    def _check_open(self) -> None:
        """Refuse when the archive is closed.

        :raises DataManagerError: it is.
        """
        if self._stopping:
            raise DataManagerError("the archive is closed: the gateway stops")

    async def _in_turn(
        self, work: Callable[[], _T], tell: Callable[[bool], None] = lambda at_work: None
    ) -> _T:
        await self._turns.acquire()
        try:
            self._check_open()
        except DataManagerError:
            self._turns.release()
            raise
        done: Deferred[Any] = Deferred()

        def finished(result: object) -> None:
            self._turns.release()
            if isinstance(result, Failure) and isinstance(result.value, StoreAwayError):
                self._tender.lost(result.value)
            tell(False)
            # Who asked may have gone meanwhile; the thread could not be stopped.
            if not done.called:
                done.callback(result)

        tell(True)
        self._threads.read(work).addBoth(finished)
        result: _T = await done
        return result
