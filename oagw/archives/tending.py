"""What an archive does in the background: seal, merge, remove and delete."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.archives.chunks import Chunk, merged
from oagw.archives.compaction import due
from oagw.archives.deletion import Deletion
from oagw.archives.hot import HotStore, used_by
from oagw.archives.link import Link
from oagw.archives.months import months
from oagw.archives.policy import Policy, Threads, no_name
from oagw.archives.removals import Removals
from oagw.archives.scan import Scan
from oagw.archives.sealed import EARLIEST, Key, Partition, Run, Store, StoreAwayError
from oagw.errors import DataManagerError
from oagw.interfaces.services import server_time_of
from oagw.storage.damage import StorageError, reason_of
from oagw.storage.pairing import ways_out

_T = TypeVar("_T")

#: When more have gathered, as while the store is away, not many more than so many of them.
_MOST_AT_ONCE = 1 << 20
#: Seconds until what failed is tried again.
_RETRY = 10.0
#: Seconds between two looks at what is outdated.
_HOUR = 3600.0


class Tender:
    """Tends one archive: one thing at a time, in the background thread.

    :param scans: those that read; what they may read is not removed.
    """

    _log = Logger()

    def __init__(
        self,
        hot: HotStore,
        store: Store,
        clock: IReactorTime,
        threads: Threads,
        policy: Policy,
        scans: set[Scan],
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
        self._turn = DeferredLock()
        self._stopping = False
        self._tending = False
        #: Why the last work failed, as it was logged; empty if it did not.
        self._reason = ""
        self._retry: IDelayedCall | None = None
        self._next_look: IDelayedCall | None = None
        self._next_seal: IDelayedCall | None = None
        self._partitions: dict[Key, Partition] = {}
        self._stored_until = EARLIEST
        self._leaping: set[str] = set()
        #: Names of partitions of which something cannot be read.
        self._damaged: set[str] = set()
        self._link = Link(store.name, clock, self._find)
        try:
            partitions = self._load()
            self._settle(partitions)
            self._note(partitions)
            hot.settle(self._sealed_rows)
        except StoreAwayError as error:
            hot.load()
            self._link.lost(error.message)

    def _load(self) -> Mapping[Key, Partition]:
        # The names are told when the archive starts, which may be later.
        return self._store.load(self._hot.identity, lambda series: self._name_of(series))

    def _settle(self, partitions: Mapping[Key, Partition]) -> None:
        """Go on with these partitions; in the thread that commits.

        :raises StorageError: they are not those that the hot store has filled.
        """
        hot, name_of = self._hot, self._store.name_of
        faults = [*hot.roster.faults(partitions, hot.grouping.decided, name_of)]
        if faults:
            for one in partitions.values():
                one.close()
            raise StorageError(f"{'; '.join(faults)}; {ways_out(hot.path.parent.parent)}")
        hot.roster.settle(partitions)

    def _note(self, partitions: Mapping[Key, Partition]) -> None:
        self._partitions = dict(partitions)
        runs = [run.last for one in partitions.values() for run in one.runs]
        self._stored_until = max(runs, default=EARLIEST)

    def start(self, group_of: Callable[[int], str], name_of: Callable[[int], str]) -> None:
        """Begin with what is left of the last time."""
        self._group_of = group_of
        self._name_of = name_of
        if not self._link.is_away:
            self._begin_well()
        if self._policy.removes:
            self._look_for_outdated()
        if self._policy.every:
            self._seal_in_time()

    def _begin_well(self) -> None:
        """The store is there, perhaps with runs that were replaced and not removed."""
        for partition in self._partitions.values():
            if partition.replaced:
                self._remove_replaced(partition, partition.replaced)
        self.tend()

    def lost(self, error: StoreAwayError) -> None:
        """The store could not be reached: nothing is sealed or read until it can."""
        self._link.lost(error.message)

    def _find(self) -> None:
        joining = Deferred.fromCoroutine(self._alone(self._join()))
        joining.addCallbacks(lambda _: self._begin_well(), self._not_found)

    async def _join(self) -> None:
        """Begin anew with a store that was away: it may have more than is known here."""
        partitions = await self._threads.background(self._load)
        await self._threads.write(lambda: self._settle(partitions))
        self._note(partitions)
        await self._threads.write(lambda: self._hot.settle(self._sealed_rows))
        self._link.found()

    def _not_found(self, failure: Failure) -> None:
        self._link.lost(failure.getErrorMessage())

    @property
    def until(self) -> int:
        """No sample in the store is later than this source time (ns)."""
        sealed: int = self._hot.grouping.until
        return max(self._stored_until, sealed)

    async def stop(self) -> None:
        """Begin nothing more, and end what has begun; scans must have been closed."""
        self._stopping = True
        self._removals.stop()
        self._link.stop()
        for call in (self._retry, self._next_look, self._next_seal):
            if call is not None:
                call.cancel()
        await self._turn.acquire()
        self._turn.release()
        await self._removals.ended()

    def close(self) -> None:
        """Close all partitions; nobody may read any more."""
        for partition in self._partitions.values():
            partition.close()
        self._store.close()

    def partitions(self) -> list[Partition]:
        """All that there are, by time and then by group.

        :raises StoreAwayError: the store is away.
        """
        self._link.check()
        return [one for _, one in sorted(self._partitions.items())]

    def _sealed_rows(self, batch: int, samples: Chunk) -> Sequence[bool] | None:
        """Which samples of a batch were sealed before the process ended."""
        sealed = {key for key, one in self._partitions.items() if one.sealed >= batch}
        if not sealed:
            return None
        of = self._hot.grouping.of
        pairs = zip(months(samples.stime).tolist(), samples.series.tolist(), strict=True)
        return [Key(month, of(series, batch)) in sealed for month, series in pairs]

    def tend(self, enough: int | None = None) -> None:
        """Seal and merge if there is enough."""
        is_waiting = self._retry is not None or self._link.is_away
        if self._tending or self._stopping or is_waiting:
            return
        enough = self._policy.seal if enough is None else enough
        if self._hot.count < enough and not self._hot.is_sealing:
            return
        self._tending = True
        self._begin(self._seal_and_merge())

    def _seal_in_time(self) -> None:
        """Seal what there is, however little, now and ever again."""
        self._next_seal = self._clock.callLater(self._policy.every, self._seal_in_time)
        self.tend(1)

    def _begin(self, work: Coroutine[Deferred[Any], Any, None]) -> None:
        done = Deferred.fromCoroutine(self._alone(work))
        done.addCallbacks(self._succeeded, self._failed)
        done.addCallback(self._done)

    async def _alone(self, work: Coroutine[Deferred[Any], Any, _T]) -> _T:
        """Do work when nothing else is done."""
        await self._turn.acquire()
        try:
            if self._stopping:
                work.close()
                raise DataManagerError("the archive is closed: the gateway stops")
            return await work
        except StoreAwayError as error:
            self._link.lost(error.message)
            raise
        finally:
            self._turn.release()

    def _succeeded(self, _: None) -> None:
        if self._reason:
            self._reason = ""
            self._log.info("recovered: the archive can be sealed again; nothing is lost")

    def _failed(self, failure: Failure) -> None:
        if self._stopping:
            return
        if failure.check(StoreAwayError):
            self._link.lost(failure.getErrorMessage())
            return
        reason = reason_of(self._hot.path, failure.value)
        if reason != self._reason:
            self._reason = reason
            self._log.error(
                "the archive could not be sealed, merged or cleaned, trying again: "
                "{reason}",
                reason=reason,
            )
        if self._retry is None:
            self._retry = self._clock.callLater(_RETRY, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        self.tend()

    def _done(self, _: None) -> None:
        self._tending = False

    def _look_for_outdated(self) -> None:
        """Remove what need not be kept any more, now and every hour."""
        self._next_look = self._clock.callLater(_HOUR, self._look_for_outdated)
        if not self._tending and self._retry is None and not self._link.is_away:
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
                key = Key(month, group)
                await self._threads.write(partial(self._hot.roster.forget, key))
                partition = self._partitions.pop(key)
                self._log.info("{name} need not be kept: removed", name=partition.name)
                self._removals.add(partition.remove, partition.close)

    def _warn_of_leap(self, group: str, leaps: bool) -> None:
        """Report once that nothing is removed by its age."""
        if not leaps:
            self._leaping.discard(group)
        elif group not in self._leaping:
            self._leaping.add(group)
            self._log.warn(
                "{name}{group}: values older than [archive] keep stay, because a long time "
                "without values follows it: was the system clock ahead? "
                "'oagw archive delete' removes them",
                name=self._store.name,
                group=f", group {group}" if group else "",
            )

    async def _seal_and_merge(self) -> None:
        is_enough = True
        while is_enough and not self._stopping:
            for key in (await self._seal_some())[0]:
                await self._merge(self._partitions[key])
            is_enough = self._hot.count >= self._policy.seal

    async def _seal_all(self) -> None:
        """Seal all that is hot now."""
        last = self._hot.last
        batch = 0
        while self._hot.all_count and batch < last and not self._stopping:
            _, batch = await self._seal_some()

    async def _seal_some(self) -> tuple[list[Key], int]:
        """Seal what is hot; gives the partitions that have more now, and up to where."""
        self._link.check()
        chunks, batch = self._hot.begin_sealing(max(self._policy.seal, _MOST_AT_ONCE))
        if not chunks:
            return [], batch
        samples = await self._threads.background(lambda: merged(chunks))
        grouping = self._hot.grouping
        if grouping.decided < batch:
            groups = await self._threads.background(lambda: self._groups(samples))
            await self._threads.write(lambda: self._decide(groups, batch, samples))
        sealed = await self._threads.background(lambda: self._seal(samples, batch))
        for key, (partition, run) in sealed.items():
            self._partitions[key] = partition
            partition.show(run)
        self._hot.roster.sealed({key: one.sealed for key, (one, _) in sealed.items()})
        self._hot.sealed()
        await self._threads.write(self._hot.roster.save)
        while await self._threads.write(lambda: self._hot.delete(batch)):
            pass
        return [*sealed], batch

    def _decide(self, groups: Mapping[int, str], batch: int, samples: Chunk) -> None:
        """Note what must be known before any of the samples is sealed."""
        self._hot.roster.save()
        self._hot.note_used(used_by(samples))
        self._hot.grouping.decide(groups, batch, int(samples.stime.max()))

    def _groups(self, samples: Chunk) -> dict[int, str]:
        """The present groups of the series that have samples."""
        return {one: self._group_of(one) for one in samples.numbers.tolist()}

    def _seal(self, samples: Chunk, batch: int) -> dict[Key, tuple[Partition, Run]]:
        """Write samples to their partitions, in a thread."""
        sealed = {}
        for key, part in self._by_partition(samples, batch):
            partition = self._partitions.get(key) or self._store.open(key)
            # The last time something may have failed after this one.
            is_done = partition.sealed >= batch
            run = partition.last_run() if is_done else partition.seal(part, batch)
            sealed[key] = (partition, run)
        return sealed

    def _by_partition(self, samples: Chunk, batch: int) -> Iterator[tuple[Key, Chunk]]:
        for group, part in self._hot.grouping.split(samples, batch):
            for month, one in part.by_month():
                yield Key(month, group), one

    async def _merge(self, partition: Partition) -> None:
        """Merge what is due; what is damaged stays as it is, and holds up nothing else."""
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
        """Have a run read from now on where there were others."""
        at = partition.runs.index(runs[0])
        rest = partition.runs[at + len(runs) :]
        partition.runs = (*partition.runs[:at], run, *rest)
        self._remove_replaced(partition, runs)

    def _remove_replaced(self, partition: Partition, runs: Sequence[Run]) -> None:
        # Only these: scans that begin meanwhile may read what is replaced next.
        self._removals.add(lambda: partition.remove_replaced(runs))

    async def compact(self) -> None:
        """Seal all that is hot, and have one run in each partition."""
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
                    # The others can be merged all the same.
                    failed.append(error)
        if failed:
            raise failed[0]

    async def delete(self, deletion: Deletion) -> int:
        """Delete samples, run by run; returns how many there were."""
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
