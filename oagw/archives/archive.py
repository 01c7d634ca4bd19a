"""An archive: a hot store, and a store of any engine for the sealed samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, DeferredSemaphore, succeed
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from oagw.archives.blocks.chunks import Chunk
from oagw.archives.hot.hotstore import Entries, HotStore
from oagw.archives.maintenance import Maintenance
from oagw.archives.policy import KEEP_ALL, Policy, Threads, no_name
from oagw.archives.reading.seriesreader import view_of
from oagw.archives.reading.seriesscan import SeriesScan
from oagw.archives.sealed.deletion import Deletion, of_series
from oagw.archives.sealed.partitions import EARLIEST, PartitionStore, StoreAwayError
from oagw.errors import DataManagerError
from oagw.interfaces.archives import (
    ArchiveFacts,
    Extremes,
    IArchive,
    IScan,
)
from oagw.interfaces.services import server_time_of
from oagw.model.columns import Columns, Times, cut, joined
from oagw.model.samples import Sample
from oagw.storage.groupcommit import GroupCommit
from oagw.storage.storepair import HighestNumbers

_T = TypeVar("_T")

#: Upper limit of unsealed samples; above it, sets are refused.
_FULL = 1 << 24
#: Upper limit of threads that read at the same time.
_READERS = 2


@implementer(IArchive)
class Archive:
    """Keeps samples.

    :param hot: the file of the hot store; it is created if it does not exist.
    :param store: keeps the sealed samples.
    :raises StorageError: a file or the store cannot be used.
    """

    def __init__(
        self,
        hot: Path,
        store: PartitionStore,
        clock: IReactorTime,
        threads: Threads,
        policy: Policy = KEEP_ALL,
    ) -> None:
        self.asks_names = store.asks_names
        self._threads = threads
        self._hot = HotStore(hot, server_time_of(clock)())
        self._scans: set[SeriesScan] = set()
        self._maintenance = Maintenance(
            self._hot, store, clock, threads, policy, self._scans
        )
        self._commits: GroupCommit[tuple[int, Sample]] = GroupCommit(
            "the archive", hot, self._hot.commit, threads.write, clock
        )
        self._turns = DeferredSemaphore(_READERS)
        self._stopping = False

    @property
    def identity(self) -> str:
        """The identity of the hot store; the numbers of elements belong to it."""
        return self._hot.identity

    def numbers(self) -> HighestNumbers:
        """The highest numbers of all samples that it has ever kept."""
        return self._hot.numbers()

    def begin(self, token: str, used: HighestNumbers) -> None:
        """Write the token of a start; see :meth:`HotStore.begin`."""
        self._hot.begin(token, used)

    def facts(self) -> ArchiveFacts:
        """The state of the archive, for operators."""
        commits, maintenance = self._commits.facts(), self._maintenance
        fault = commits.fault or maintenance.fault
        try:
            partitions = len(maintenance.partitions())
        except StoreAwayError as error:
            partitions, fault = 0, fault or error.message
        hot, sealed_at = self._hot.all_count, maintenance.sealed_at
        return ArchiveFacts(commits.waiting, commits.age, hot, partitions, sealed_at, fault)

    def start(
        self,
        group_of: Callable[[int], str] = no_name,
        name_of: Callable[[int], str] = no_name,
    ) -> Deferred[None]:
        """Start the background work; see :class:`oagw.interfaces.archives.IArchive`."""
        self._maintenance.start(group_of, name_of)
        return succeed(None)

    def stop(self) -> Deferred[None]:
        """Write pending samples and close the files."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self._stopping = True
        for scan in list(self._scans):
            scan.close()
        await self._maintenance.stop()
        # Whoever still waits for a turn gets it after the files are closed, and an error.
        async with AsyncExitStack() as turns:
            for _ in range(_READERS):
                # Twisted's context managers give Deferreds, the types say coroutines.
                await turns.enter_async_context(self._turns)  # type: ignore[arg-type]
            try:
                await self._commits.flushed()
            finally:
                self._commits.close()
                self._hot.close()
                self._maintenance.close()

    def check_room(self) -> None:
        """Refuse a set before it takes effect if its samples could not be kept.

        :raises DataManagerError: the disk is too slow or fails, or nothing can be sealed.
        """
        self._commits.check_room()
        if self._hot.count > _FULL:
            raise DataManagerError(
                f"the archive cannot seal its values: {self._hot.count} values wait; see "
                "the log of oagw for the reason"
            )

    def append(self, samples: Entries, wait: bool) -> Deferred[None]:
        """Keep samples; see :class:`oagw.interfaces.archives.IArchive`."""
        self._commits.add(samples)
        self._maintenance.seal_if_due()
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

    def _begin(self, series: int, first: int, last: int, bonus: int) -> SeriesScan:
        chunks = self._hot.chunks()
        is_hot = first > self._maintenance.until and self._has_hot(
            chunks, series, first, bonus
        )
        view = view_of([] if is_hot else self._maintenance.partitions(), chunks)
        scan = SeriesScan(
            self._in_turn, self._scans.discard, view, series, first, last, bonus
        )
        self._scans.add(scan)
        return scan

    def _has_hot(
        self, chunks: Sequence[Chunk], series: int, first: int, bonus: int
    ) -> bool:
        """Whether all bonus values before an unsealed period are in the hot store."""
        until = self._maintenance.until
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
        if first <= self._maintenance.until:
            for partition in self._maintenance.partitions():
                if partition.start <= last and partition.end > first:
                    everything += sum(run.samples for run in partition.runs)
        times = max(Counter(series).values(), default=0)
        most = everything * times + 2 * bonus * len(series)
        if most <= enough:
            return most
        # An open scan protects what it reads from removal.
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
        # An open scan protects what it reads from removal.
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
        return await self._maintenance.delete(deletion)

    def compact(self) -> Deferred[None]:
        """Merge; see :class:`oagw.interfaces.archives.IArchive`."""
        return Deferred.fromCoroutine(self._compact())

    async def _compact(self) -> None:
        self._check_open()
        await self._commits.flushed()
        await self._maintenance.compact()

    def _check_open(self) -> None:
        """Do nothing if the archive is open.

        :raises DataManagerError: it is closed.
        """
        if self._stopping:
            raise DataManagerError("the archive is closed: the gateway stops")

    async def _in_turn(
        self,
        work: Callable[[], _T],
        note_work: Callable[[bool], None] = lambda at_work: None,
    ) -> _T:
        """Run a function in a read thread, when one is free; see :class:`InTurn`."""
        has_begun = False

        async def turn() -> _T:
            nonlocal has_begun
            async with self._turns:
                self._check_open()
                has_begun = True
                note_work(True)
                try:
                    result: _T = await self._threads.read(work)
                except StoreAwayError as error:
                    self._maintenance.lost(error)
                    raise
                finally:
                    note_work(False)
                return result

        # A thread cannot be stopped: its turn lasts until it ends, even if the caller
        # gives up.
        done: Deferred[Any] = Deferred(lambda _: None if has_begun else taken.cancel())
        taken = Deferred.fromCoroutine(turn())
        taken.addBoth(lambda result: None if done.called else done.callback(result))
        answer: _T = await done
        return answer
