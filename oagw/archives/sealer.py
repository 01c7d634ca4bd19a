"""Sealing: samples move from the hot store to the partitions of their months and groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from oagw.archives.blocks.chunks import Chunk, merged
from oagw.archives.blocks.months import months
from oagw.archives.hot.hotstore import HotStore, used_by
from oagw.archives.policy import Threads
from oagw.archives.sealed.partitions import Partition, PartitionKey, PartitionStore, Run

#: Upper limit of samples that are sealed at a time, unless more are due at a time: more
#: gather while the store is unavailable.
_MOST_AT_ONCE = 1 << 20


class Sealer:
    """Seals the samples of one hot store; one call at a time.

    :param partitions: all partitions; new ones are added to it.
    :param group_of: the present archive group of a series; called in threads.
    """

    def __init__(
        self,
        hot: HotStore,
        store: PartitionStore,
        threads: Threads,
        partitions: dict[PartitionKey, Partition],
        group_of: Callable[[int], str],
    ) -> None:
        self._hot = hot
        self._store = store
        self._threads = threads
        self._partitions = partitions
        self._group_of = group_of

    async def seal(self, enough: int) -> tuple[list[PartitionKey], int]:
        """Seal samples of the hot store, the oldest first.

        Returns the partitions that have received samples, and the last batch sealed.

        :param enough: the number of samples that are due at a time.
        :raises StoreAwayError: the store cannot be reached.
        """
        chunks, batch = self._hot.begin_sealing(max(enough, _MOST_AT_ONCE))
        if not chunks:
            return [], batch
        samples = await self._threads.background(lambda: merged(chunks))
        if self._hot.grouping.decided < batch:
            groups = await self._threads.background(lambda: self._groups(samples))
            await self._threads.write(lambda: self._decide(groups, batch, samples))
        sealed = await self._threads.background(lambda: self._write(samples, batch))
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
        """Write down what must be known before any of the samples is sealed."""
        self._hot.roster.save()
        self._hot.note_used(used_by(samples))
        self._hot.grouping.decide(groups, batch, int(samples.stime.max()))

    def _groups(self, samples: Chunk) -> dict[int, str]:
        """The present groups of the series that have samples."""
        return {one: self._group_of(one) for one in samples.numbers.tolist()}

    def _write(
        self, samples: Chunk, batch: int
    ) -> dict[PartitionKey, tuple[Partition, Run]]:
        """Write samples to their partitions, in the background thread."""
        sealed = {}
        for key, part in self._by_partition(samples, batch):
            partition = self._partitions.get(key) or self._store.open(key)
            # A failure after this write may have ended the previous attempt.
            is_done = partition.sealed >= batch
            run = partition.last_run() if is_done else partition.seal(part, batch)
            sealed[key] = (partition, run)
        return sealed

    def _by_partition(
        self, samples: Chunk, batch: int
    ) -> Iterator[tuple[PartitionKey, Chunk]]:
        for group, part in self._hot.grouping.split(samples, batch):
            for month, one in part.by_month():
                yield PartitionKey(month, group), one

    def sealed_rows(self, batch: int, samples: Chunk) -> Sequence[bool] | None:
        """Which samples of a batch were sealed before the process ended.

        ``None`` stands for none of them.
        """
        sealed = {key for key, one in self._partitions.items() if one.sealed >= batch}
        if not sealed:
            return None
        of = self._hot.grouping.of
        pairs = zip(months(samples.stime).tolist(), samples.series.tolist(), strict=True)
        return [PartitionKey(month, of(series, batch)) in sealed for month, series in pairs]
