"""The background work of an archive: sealing, merging, retention, deletion."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.archives.availability import Availability
from oagw.archives.hot.hotstore import HotStore
from oagw.archives.policy import Policy, Threads, no_name
from oagw.archives.reading.seriesscan import SeriesScan
from oagw.archives.removals import Removals
from oagw.archives.sealed.compaction import due
from oagw.archives.sealed.deletion import Deletion
from oagw.archives.sealed.partitions import (
    EARLIEST,
    Partition,
    PartitionKey,
    PartitionStore,
    Run,
    StoreAwayError,
)
from oagw.archives.sealer import Sealer
from oagw.errors import DataManagerError
from oagw.interfaces.services import server_time_of
from oagw.storage.damage import StorageError, reason_of
from oagw.storage.storeidentity import ways_out

_T = TypeVar("_T")

#: Seconds before failed work is tried again.
_RETRY = 10.0
#: Seconds between two checks of what need not be kept.
_HOUR = 3600.0


class Maintenance:
    """Maintains one archive: one job at a time, in the background thread.

    :param scans: open scans; what they may read is not removed.
    :raises StorageError: the store must not be used, or its partitions are not those that
        the hot store has filled.
    """

    _log = Logger()

    def __init__(
        self,
        hot: HotStore,
        store: PartitionStore,
        clock: IReactorTime,
        threads: Threads,
        policy: Policy,
        scans: set[SeriesScan],
    ) -> None:
        self._hot = hot
        self._store = store
        self._clock = clock
        self._server_time = server_time_of(clock)
        self._threads = threads
        self._policy = policy
        self._removals = Removals(threads, scans)
        self._group_of: Callable[[int], str] = no_name
        self._name_of: Callable[[int], str] = no_name
        self._lock = DeferredLock()
        self._stopping = False
        self._sealing = False
        #: Why the last job failed, as logged; empty if it succeeded.
        self.fault = ""
        #: When samples were sealed last, in seconds since the epoch.
        self.sealed_at: float | None = None
        self._retry: IDelayedCall | None = None
        self._next_look: IDelayedCall | None = None
        self._next_seal: IDelayedCall | None = None
        self._partitions: dict[PartitionKey, Partition] = {}
        # The functions that name groups arrive with start().
        self._sealer = Sealer(
            hot, store, threads, self._partitions, lambda series: self._group_of(series)
        )
        self._stored_until = EARLIEST
        self._leaping: set[str] = set()
        #: Names of partitions with damaged blocks.
        self._damaged: set[str] = set()
        self._availability = Availability(store.name, clock, self._reconnect)
        try:
            partitions = self._load()
            self._settle(partitions)
            self._use(partitions)
            hot.settle(self._sealer.sealed_rows)
        except StoreAwayError as error:
            hot.load()
            self._availability.lost(error.message)

    def _load(self) -> Mapping[PartitionKey, Partition]:
        return self._store.load(self._hot.identity, lambda series: self._name_of(series))

    def _settle(self, partitions: Mapping[PartitionKey, Partition]) -> None:
        """Compare the partitions with the roster and write that; in the write thread.

        :raises StorageError: they are not those that the hot store has filled.
        """
        hot, name_of = self._hot, self._store.name_of
        faults = [*hot.roster.faults(partitions, hot.grouping.decided, name_of)]
        if faults:
            for one in partitions.values():
                one.close()
            raise StorageError(f"{'; '.join(faults)}; {ways_out(hot.path.parent.parent)}")
        hot.roster.settle(partitions)

    def _use(self, partitions: Mapping[PartitionKey, Partition]) -> None:
        self._partitions.clear()
        self._partitions.update(partitions)
        runs = [run.last for one in partitions.values() for run in one.runs]
        self._stored_until = max(runs, default=EARLIEST)

    def start(self, group_of: Callable[[int], str], name_of: Callable[[int], str]) -> None:
        """Start the background work.

        :param group_of: the present archive group of a series; empty if it has none.
        :param name_of: the present name of a series; empty if it has none.
        """
        self._group_of = group_of
        self._name_of = name_of
        if not self._availability.is_away:
            self._resume()
        if self._policy.removes:
            self._look_for_outdated()
        if self._policy.every:
            self._seal_in_time()

    def _resume(self) -> None:
        """Continue with a store that is available."""
        for partition in self._partitions.values():
            if partition.replaced:
                self._remove_replaced(partition, partition.replaced)
        self.seal_if_due()

    def lost(self, error: StoreAwayError) -> None:
        """The store could not be reached: nothing is sealed or read until it is back."""
        self._availability.lost(error.message)

    def _reconnect(self) -> None:
        joining = Deferred.fromCoroutine(self._alone(self._join()))
        joining.addCallbacks(lambda _: self._resume(), self._not_reconnected)

    async def _join(self) -> None:
        """Load what a store holds that was unavailable: it may have changed."""
        partitions = await self._threads.background(self._load)
        await self._threads.write(lambda: self._settle(partitions))
        self._use(partitions)
        await self._threads.write(lambda: self._hot.settle(self._sealer.sealed_rows))
        self._availability.found()

    def _not_reconnected(self, failure: Failure) -> None:
        self._availability.lost(failure.getErrorMessage())

    @property
    def until(self) -> int:
        """No sealed sample has a later source time (ns)."""
        sealed: int = self._hot.grouping.until
        return max(self._stored_until, sealed)

    async def stop(self) -> None:
        """Stop starting jobs and wait for running ones; all scans must be closed."""
        self._stopping = True
        self._removals.stop()
        self._availability.stop()
        for call in (self._retry, self._next_look, self._next_seal):
            if call is not None:
                call.cancel()
        async with self._lock:
            # The present job has ended.
            pass
        await self._removals.ended()

    def close(self) -> None:
        """Close all partitions and the store; nothing may read them any longer."""
        for partition in self._partitions.values():
            partition.close()
        self._store.close()

    def partitions(self) -> list[Partition]:
        """All partitions, by month and then by group.

        :raises StoreAwayError: the store is unavailable.
        """
        self._availability.check()
        return [one for _, one in sorted(self._partitions.items())]

    def seal_if_due(self, enough: int | None = None) -> None:
        """Seal and merge in the background if enough samples are in the hot store.

        :param enough: the number of samples; by default that of the policy.
        """
        is_waiting = self._retry is not None or self._availability.is_away
        if self._sealing or self._stopping or is_waiting:
            return
        enough = self._policy.seal if enough is None else enough
        if self._hot.count < enough and not self._hot.is_sealing:
            return
        self._sealing = True
        self._begin(self._seal_and_merge())

    def _seal_in_time(self) -> None:
        """Seal all samples, however few, now and periodically."""
        self._next_seal = self._clock.callLater(self._policy.every, self._seal_in_time)
        self.seal_if_due(1)

    def _begin(self, work: Coroutine[Deferred[Any], Any, None]) -> None:
        done = Deferred.fromCoroutine(self._alone(work))
        done.addCallbacks(self._succeeded, self._failed)
        done.addCallback(self._done)

    async def _alone(self, work: Coroutine[Deferred[Any], Any, _T]) -> _T:
        """Run a job when no other one runs.

        :raises DataManagerError: the archive is closed.
        """
        async with self._lock:
            if self._stopping:
                work.close()
                raise DataManagerError("the archive is closed: the gateway stops")
            try:
                return await work
            except StoreAwayError as error:
                self._availability.lost(error.message)
                raise

    def _succeeded(self, _: None) -> None:
        if self.fault:
            self.fault = ""
            self._log.info("recovered: the archive can be sealed again; nothing is lost")

    def _failed(self, failure: Failure) -> None:
        if self._stopping:
            return
        if failure.check(StoreAwayError):
            self._availability.lost(failure.getErrorMessage())
            return
        reason = reason_of(self._hot.path, failure.value)
        if reason != self.fault:
            self.fault = reason
            self._log.error(
                "the archive could not be sealed, merged or cleaned, trying again: "
                "{reason}",
                reason=reason,
            )
        if self._retry is None:
            self._retry = self._clock.callLater(_RETRY, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        self.seal_if_due()

    def _done(self, _: None) -> None:
        self._sealing = False

    def _look_for_outdated(self) -> None:
        """Remove partitions that need not be kept, now and every hour."""
        self._next_look = self._clock.callLater(_HOUR, self._look_for_outdated)
        is_waiting = self._retry is not None or self._availability.is_away
        if not self._sealing and not is_waiting:
            self._begin(self._remove_outdated())

    async def _remove_outdated(self) -> None:
        for group in {key.group for key in self._partitions}:
            sizes = {
                key.month: one.size
                for key, one in self._partitions.items()
                if key.group == group
            }
            retention, now = self._policy.of(group), self._server_time()
            self._warn_of_leap(group, retention.leaps(sizes, now))
            for month in retention.outdated(sizes, now):
                key = PartitionKey(month, group)
                await self._threads.write(partial(self._hot.roster.forget, key))
                partition = self._partitions.pop(key)
                self._log.info("{name} need not be kept: removed", name=partition.name)
                self._removals.add(partition.remove, partition.close)

    def _warn_of_leap(self, group: str, leaps: bool) -> None:
        """Log once that nothing is removed because of its age."""
        if not leaps:
            self._leaping.discard(group)
        elif group not in self._leaping:
            self._leaping.add(group)
            self._log.warn(
                "{name}{group}: values older than [archive] keep stay, because a long time "
                "without values follows them: was the system clock ahead? "
                "'oagw archive delete' removes them",
                name=self._store.name,
                group=f", group {group}" if group else "",
            )

    async def _seal_and_merge(self) -> None:
        is_enough = True
        while is_enough and not self._stopping:
            for key in (await self._seal())[0]:
                await self._merge(self._partitions[key])
            is_enough = self._hot.count >= self._policy.seal

    async def _seal_all(self) -> None:
        """Seal all samples that are in the hot store now."""
        last = self._hot.last
        batch = 0
        while self._hot.all_count and batch < last and not self._stopping:
            _, batch = await self._seal()

    async def _seal(self) -> tuple[list[PartitionKey], int]:
        self._availability.check()
        sealed, batch = await self._sealer.seal(self._policy.seal)
        if sealed:
            self.sealed_at = self._server_time()
        return sealed, batch

    async def _merge(self, partition: Partition) -> None:
        """Merge the runs that are due; a damaged partition stays as it is."""
        if partition.name in self._damaged:
            return
        try:
            while not self._stopping and (runs := due(partition.runs)):
                await self._merge_runs(partition, runs)
        except StoreAwayError:
            raise
        except DataManagerError as error:
            self._damaged.add(partition.name)
            self._log.error(
                "{error}: {name} is no longer merged; 'oagw archive check' lists the "
                "damage",
                error=error.message,
                name=partition.name,
            )

    async def _merge_runs(self, partition: Partition, runs: Sequence[Run]) -> None:
        run = await self._threads.background(lambda: partition.merge(runs))
        self._exchange(partition, runs, run)

    def _exchange(self, partition: Partition, runs: Sequence[Run], run: Run) -> None:
        """Read a run in place of others from now on."""
        at = partition.runs.index(runs[0])
        rest = partition.runs[at + len(runs) :]
        partition.runs = (*partition.runs[:at], run, *rest)
        self._remove_replaced(partition, runs)

    def _remove_replaced(self, partition: Partition, runs: Sequence[Run]) -> None:
        # Only these: scans that begin later may read what is replaced next.
        self._removals.add(lambda: partition.remove_replaced(runs))

    async def compact(self) -> None:
        """Seal all samples of the hot store, and merge each partition to one run.

        :raises DataManagerError: a partition could not be merged; the others are.
        """
        await self._alone(self._compact())

    async def _compact(self) -> None:
        await self._seal_all()
        failed: list[DataManagerError] = []
        for partition in self.partitions():
            if not self._stopping and len(partition.runs) > 1:
                try:
                    await self._merge_runs(partition, partition.runs)
                except StoreAwayError:
                    raise
                except DataManagerError as error:
                    failed.append(error)
        if failed:
            raise failed[0]

    async def delete(self, deletion: Deletion) -> int:
        """Delete samples, run by run; returns their number."""
        return await self._alone(self._delete(deletion))

    async def _delete(self, deletion: Deletion) -> int:
        await self._seal_all()
        count = 0
        for partition in self.partitions():
            if partition.start > deletion.last or partition.end <= deletion.first:
                continue
            for run in partition.runs:
                work = partial(partition.without, run, deletion)
                rest = await self._threads.background(work)
                if rest is not None:
                    self._exchange(partition, [run], rest)
                    count += run.samples - rest.samples
        return count
