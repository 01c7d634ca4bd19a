"""The embedded archive: a hot store, sealed month by month in compressed blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from twisted.internet.defer import Deferred, DeferredSemaphore, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from oagw.archives.chunks import Chunk, merged
from oagw.archives.compaction import compacted, due
from oagw.archives.hot import Entries, HotStore
from oagw.archives.months import month_of, months
from oagw.archives.partition import Partition, Run, open_month
from oagw.archives.retention import FOR_EVER, Retention
from oagw.archives.scan import Scan
from oagw.archives.scanning import View
from oagw.errors import DataManagerError
from oagw.interfaces import IArchive, IScan
from oagw.model.columns import Columns, joined
from oagw.model.samples import Sample
from oagw.storage.connections import Connections
from oagw.storage.groupcommit import GroupCommit

_T = TypeVar("_T")
#: Runs a function in a thread.
InThread = Callable[[Callable[[], object]], "Deferred[object]"]

#: So many samples in the hot store are sealed.
SEAL = 1 << 18
#: Above so many no new ones are taken: they cannot be sealed.
_FULL = 1 << 24
_READERS = 2
#: Seconds until what failed is tried again.
_RETRY = 10.0
#: Seconds between two looks at what is outdated.
_HOUR = 3600.0


@implementer(IArchive)
class EmbeddedArchive:
    """Keeps samples in a directory.

    :param write: runs a function in the one thread that commits.
    :param background: runs one in the one thread that seals and merges.
    :param read: runs one in one of the threads that read.
    :param seal: so many samples are sealed at a time.
    :param retention: what of the sealed ones is kept.
    :raises StorageError: a file cannot be used.
    """

    _log = Logger()

    def __init__(
        self,
        directory: Path,
        clock: IReactorTime,
        write: Callable[[Callable[[], None]], Deferred[None]],
        background: InThread,
        read: InThread,
        seal: int = SEAL,
        retention: Retention = FOR_EVER,
    ) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._connections = Connections()
        self._clock = clock
        self._write = write
        self._background = background
        self._read = read
        self._seal_at = seal
        self._retention = retention
        self._partitions = self._open_partitions()
        self._hot = HotStore(directory / "hot.sqlite")
        self._hot.load(self._sealed_rows)
        self._commits: GroupCommit[tuple[int, Sample]] = GroupCommit(
            "the archive", self._hot.commit, write, clock
        )
        self._turns = DeferredSemaphore(_READERS)
        self._scans: set[Scan] = set()
        self._stopping = False
        self._tending: Deferred[None] | None = None
        self._removals: set[Deferred[None]] = set()
        self._retry: IDelayedCall | None = None
        self._next_look: IDelayedCall | None = None

    def _open_partitions(self) -> dict[int, Partition]:
        found = {}
        for path in sorted(self._directory.iterdir()):
            month = month_of(path)
            if month is not None:
                found[month] = self._month(month)
        return found

    def _month(self, month: int) -> Partition:
        return open_month(self._directory, month, self._connections)

    def _sealed_rows(self, batch: int, samples: Chunk) -> Sequence[bool] | None:
        """Which samples of a batch were sealed before the process ended."""
        sealed = [month for month, one in self._partitions.items() if one.sealed >= batch]
        return np.isin(months(samples.stime), sealed).tolist() if sealed else None

    def start(self) -> Deferred[None]:
        """Begin to seal what is left of the last time."""
        self._tend()
        if self._retention != FOR_EVER:
            self._look_for_outdated()
        return succeed(None)

    def stop(self) -> Deferred[None]:
        """Write what is left and close the files."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self._stopping = True
        for call in (self._retry, self._next_look):
            if call is not None:
                call.cancel()
        for scan in list(self._scans):
            scan.close()
        if self._tending is not None:
            await self._tending
        for removal in list(self._removals):
            await removal
        for _ in range(_READERS):
            await self._turns.acquire()
        try:
            await self._commits.flushed()
        finally:
            self._commits.close()
            self._hot.close()
            for partition in self._partitions.values():
                partition.close()
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
        """Keep samples; see :class:`oagw.interfaces.IArchive`."""
        self._commits.add(samples)
        self._tend()
        return self._commits.flushed() if wait else succeed(None)

    def read(
        self, series: int, first: int, last: int, bonus: int, limit: int
    ) -> Deferred[list[Sample]]:
        """Read samples; see :class:`oagw.interfaces.IArchive`."""
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
        """Read samples; see :class:`oagw.interfaces.IArchive`."""
        return Deferred.fromCoroutine(self._scan(series, first, last, bonus))

    async def _scan(self, series: int, first: int, last: int, bonus: int) -> IScan:
        self._check_open()
        await self._commits.flushed()
        self._check_open()
        return self._begin(series, first, last, bonus)

    def _begin(self, series: int, first: int, last: int, bonus: int) -> Scan:
        partitions = [(one, one.runs) for _, one in sorted(self._partitions.items())]
        view = View(partitions, self._hot.chunks())
        scan = Scan(self._in_turn, self._scans.discard, view, series, first, last, bonus)
        self._scans.add(scan)
        return scan

    def most(
        self, series: Sequence[int], first: int, last: int, bonus: int, enough: int
    ) -> Deferred[int]:
        """Count; see :class:`oagw.interfaces.IArchive`."""
        return Deferred.fromCoroutine(self._most(series, first, last, bonus, enough))

    async def _most(
        self, series: Sequence[int], first: int, last: int, bonus: int, enough: int
    ) -> int:
        self._check_open()
        await self._commits.flushed()
        self._check_open()
        everything = self._hot.all_count
        for partition in self._partitions.values():
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
            tell(False)
            # Who asked may have gone meanwhile; the thread could not be stopped.
            if not done.called:
                done.callback(result)

        tell(True)
        self._read(work).addBoth(finished)
        result: _T = await done
        return result

    def _tend(self) -> None:
        """Seal and merge if there is enough, one after the other, in the background."""
        if self._tending is not None or self._stopping or self._retry is not None:
            return
        if self._hot.count < self._seal_at and not self._hot.is_sealing:
            return
        self._begin_tending(self._seal_and_merge())

    def _begin_tending(self, work: Coroutine[Deferred[Any], Any, None]) -> None:
        tending = Deferred.fromCoroutine(work)
        self._tending = tending
        tending.addErrback(self._tending_failed)
        tending.addCallback(self._tended)

    def _look_for_outdated(self) -> None:
        """Remove what need not be kept any more, now and every hour."""
        self._next_look = self._clock.callLater(_HOUR, self._look_for_outdated)
        if self._tending is None and self._retry is None:
            self._begin_tending(self._remove_outdated())

    async def _remove_outdated(self) -> None:
        sizes = {month: one.size for month, one in self._partitions.items()}
        for month in self._retention.outdated(sizes, self._clock.seconds()):
            partition = self._partitions.pop(month)
            self._log.info(
                "{path} is removed, for it need not be kept", path=partition.path
            )
            self._when_unread(partition.remove, partition.close)

    def _tending_failed(self, failure: Failure) -> None:
        self._log.error(
            "the archive could not be sealed, merged or cleaned, trying again: {error}",
            error=failure.getErrorMessage(),
        )
        if not self._stopping:
            self._retry = self._clock.callLater(_RETRY, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        self._tend()

    def _tended(self, _: None) -> None:
        self._tending = None

    async def _seal_and_merge(self) -> None:
        chunks, batch = self._hot.begin_sealing()
        sealed = await self._background(lambda: self._seal(chunks, batch))
        assert isinstance(sealed, dict)
        for month, (partition, run) in sealed.items():
            self._partitions[month] = partition
            if run not in partition.runs:
                partition.runs = (*partition.runs, run)
        self._hot.sealed()
        while await self._write_thread(lambda: self._hot.delete(batch)):
            pass
        for month in sealed:
            await self._merge(self._partitions[month])

    async def _write_thread(self, work: Callable[[], object]) -> object:
        return await self._write(work)  # type: ignore[arg-type, func-returns-value]

    def _seal(
        self, chunks: Sequence[Chunk], batch: int
    ) -> dict[int, tuple[Partition, Run]]:
        """Write samples to their partitions, in a thread."""
        samples = merged(chunks)
        all_months = months(samples.stime)
        sealed = {}
        for month in np.unique(all_months).tolist():
            partition = self._partitions.get(month) or open_month(
                self._directory, month, self._connections
            )
            if partition.sealed >= batch:
                # The last time something failed after this one.
                run = partition.last_run()
            else:
                rows = np.flatnonzero(all_months == month)
                run = partition.seal(samples.part(rows).blocks(), batch)
            sealed[month] = (partition, run)
        return sealed

    async def _merge(self, partition: Partition) -> None:
        while not self._stopping and (runs := due(partition.runs)):
            run = await self._background(
                lambda: partition.replace(runs, compacted(partition, runs))
            )
            assert isinstance(run, Run)
            at = partition.runs.index(runs[0])
            rest = partition.runs[at + len(runs) :]
            partition.runs = (*partition.runs[:at], run, *rest)
            self._when_unread(partition.remove_replaced)

    def _when_unread(
        self, work: Callable[[], None], instead: Callable[[], None] = lambda: None
    ) -> None:
        """Remove what is of no use once all scans have ended that may read it.

        A client may take long to read; nothing else waits for it.
        :param instead: what to do if the archive is closed meanwhile; the next start
            removes it.
        """

        async def remove() -> None:
            for scan in list(self._scans):
                await scan.ended
            if self._stopping:
                instead()
            else:
                await self._background(work)

        removal = Deferred.fromCoroutine(remove())
        self._removals.add(removal)
        removal.addErrback(self._removal_failed)
        removal.addCallback(lambda _: self._removals.discard(removal))

    def _removal_failed(self, failure: Failure) -> None:
        self._log.error(
            "what is of no use could not be removed: {error}; the next start tries again",
            error=failure.getErrorMessage(),
        )
