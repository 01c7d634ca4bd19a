"""Sealing, merging and removing in the background, and what may fail in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import patch

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.archive import Archive
from oagw.archives.blocks.chunks import Chunk
from oagw.archives.blocks.months import file_of, month_of, months_before, start_of
from oagw.archives.files.fileengine import open_directory
from oagw.archives.files.filepartition import FilePartition
from oagw.archives.files.filestore import partition_files
from oagw.archives.maintenance import Maintenance
from oagw.archives.policy import Policy, Threads, no_name
from oagw.archives.reading import seriesscan
from oagw.archives.retention import FOR_EVER, Retention
from oagw.archives.sealed.partitions import Run
from oagw.errors import DataManagerError
from oagw.interfaces.archives import ArchiveFacts
from oagw.model.samples import Sample
from oagw.model.times import LAST
from oagw.storage.sqlite import connect
from tests.contracts.archive import at_once, sample
from tests.crash import has_ended, hot_of, kill, maintenance_of

#: A day in November 2026.
NOW = 1_795_660_000


class _Sealing(SynchronousTestCase):
    """An archive whose background work may fail."""

    timeout = 120

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        self.clock = Clock()
        self.fails: Callable[[], None] = lambda: None

    def background(self, work: Callable[[], object]) -> Deferred[object]:
        """Seal or merge, and then perhaps fail."""
        result = at_once(work)
        self.fails()
        return result

    def opened(
        self,
        seal: int = 5,
        retention: Retention = FOR_EVER,
        groups: dict[str, Retention] | None = None,
        group_of: Callable[[int], str] = no_name,
    ) -> Archive:
        threads = Threads(at_once, self.background, at_once)
        policy = Policy(seal, retention, groups or {})
        archive = open_directory(self.directory, self.clock, threads, policy)
        self.successResultOf(archive.start(group_of))
        self.addCleanup(lambda: has_ended(archive) or archive.stop())
        return archive

    def append(self, archive: Archive, *samples: tuple[int, Sample]) -> None:
        self.successResultOf(archive.append(samples, True))
        maintenance_of(archive).seal_if_due()

    def times(self, archive: Archive) -> list[int]:
        read = archive.read(1, 0, LAST, 0, 1000)
        return [one.stime for one in self.successResultOf(read)]


class SealingTests(_Sealing):
    """Sealing and merging, and what goes wrong in the middle of it."""

    def test_a_month_is_a_file(self) -> None:
        """Named by the month in UTC; the first and the last possible ones too."""
        archive = self.opened(1)
        for month in (0, 1, 671, 682):
            self.append(archive, (1, sample(start_of(month))))
            self.append(archive, (1, sample(start_of(month + 1) - 1)))
        self.append(archive, (1, sample(LAST)))
        self.assertEqual(hot_of(archive).count, 0)
        names = sorted(path.name for path in self.directory.glob("*-*.sqlite"))
        expected = ["1970-01", "1970-02", "2025-12", "2026-11", "2262-04"]
        self.assertEqual(names, [f"{name}.sqlite" for name in expected])
        for path in self.directory.glob("*-*.sqlite"):
            named = month_of(path)
            assert named is not None
            self.assertEqual(file_of(self.directory, named), path)
        self.assertEqual(len(self.times(archive)), 9)
        self.assertEqual(
            self.successResultOf(archive.read(1, LAST, LAST, 3, 9))[0].stime,
            start_of(672) - 1,
        )

    def test_what_is_sealed_leaves_the_hot_store(self) -> None:
        """All batches are deleted; only what came later is hot."""
        archive = self.opened()
        for time in range(7):
            self.append(archive, (1, sample(time)))
        self.assertEqual(hot_of(archive).count, 2)
        rows = connect(self.directory / "hot.sqlite").execute("SELECT id FROM batch")
        self.assertEqual(rows.fetchall(), [(6,), (7,)])

    def test_facts(self) -> None:
        """The numbers of hot and sealed samples, the time of sealing, and the fault."""
        self.clock.advance(NOW)
        archive = self.opened()
        for time in range(4):
            self.append(archive, (1, sample(time)))
        self.assertEqual(archive.facts(), ArchiveFacts(0, 0.0, 4, 0, None, ""))
        self.successResultOf(archive.append([(1, sample(9))], False))
        self.clock.advance(0.05)
        found = archive.facts()
        self.assertEqual(found.waiting, 1)
        self.assertAlmostEqual(found.age, 0.05, places=6)
        self.clock.advance(1)

        def fail() -> None:
            raise OSError("no space")

        self.fails = fail
        self.append(archive, (1, sample(10)))
        self.assertIn("no space", archive.facts().fault)
        self.fails = lambda: None
        self.clock.advance(60)
        found = archive.facts()
        self.assertEqual((found.hot, found.partitions, found.fault), (1, 1, ""))
        assert found.sealed_at is not None
        self.assertGreater(found.sealed_at, NOW)

    def test_a_month_that_cannot_be_merged(self) -> None:
        """It stays as it is, which is said once; the others are sealed and merged."""
        archive = self.opened(1)
        merge = FilePartition.merge
        tried: list[int] = []

        def merged(partition: FilePartition, runs: Sequence[Run]) -> Run:
            if partition.start == start_of(5):
                tried.append(len(runs))
                raise DataManagerError("block 7: the checksum is another")
            return merge(partition, runs)

        with (
            patch.object(FilePartition, "merge", merged),
            patch.object(Maintenance, "_log") as log,
        ):
            for number in range(40):
                for month in (5, 6):
                    self.append(archive, (1, sample(start_of(month) + number)))
            told = [call.kwargs for call in log.error.mock_calls]
        self.assertEqual(len(tried), 1)
        self.assertEqual(len(told), 1)
        self.assertIn("block 7", told[0]["error"])
        self.assertEqual(hot_of(archive).all_count, 0)
        damaged, whole = maintenance_of(archive).partitions()
        self.assertEqual(len(damaged.runs), 40)
        self.assertLess(len(whole.runs), 20)
        self.assertEqual(len(self.times(archive)), 80)

    def test_compacting_what_cannot_be_merged(self) -> None:
        """All other months are compacted; then it is said which one was not."""
        archive = self.opened(1)
        for number in range(3):
            for month in (5, 6):
                self.append(archive, (1, sample(start_of(month) + number)))
        merge = FilePartition.merge

        def merged(partition: FilePartition, runs: Sequence[Run]) -> Run:
            if partition.start == start_of(5):
                raise DataManagerError("block 7: the checksum is another")
            return merge(partition, runs)

        with patch.object(FilePartition, "merge", merged):
            failure = self.failureResultOf(archive.compact(), DataManagerError)
        self.assertIn("block 7", str(failure.value))
        self.assertEqual(
            [len(one.runs) for one in maintenance_of(archive).partitions()], [3, 1]
        )

    def test_a_kill_before_batches_are_deleted(self) -> None:
        """What is sealed is not there twice."""
        archive = self.opened()
        with patch.object(hot_of(archive), "delete", side_effect=OSError("disk")):
            self.fill(archive)
        self.assert_killed_well(archive)

    def test_a_kill_before_all_months_are_sealed(self) -> None:
        """No sample is sealed twice, and none is missing."""
        seal = FilePartition.seal
        for count in range(1, 4):
            archive = self.opened()
            done: list[object] = []

            def sealed(partition: FilePartition, given: Chunk, batch: int) -> Run:
                if len(done) == count:  # noqa: B023
                    raise OSError("disk")
                done.append(partition)  # noqa: B023
                return seal(partition, given, batch)

            with patch.object(FilePartition, "seal", sealed):
                self.fill(archive)
            self.assert_killed_well(archive)

    def fill(self, archive: Archive) -> None:
        """Six samples in three months, so that they are sealed."""
        for month in (5, 3, 4, 3):
            self.append(archive, (1, sample(start_of(month))))
        self.append(archive, (1, sample(start_of(5))), (1, sample(start_of(5) + 9)))

    def assert_killed_well(self, archive: Archive) -> None:
        """After a kill there are the same samples, and they are sealed at last."""
        before = self.times(archive)
        self.assertEqual(len(before) % 6, 0)
        kill(archive)
        again = self.opened()
        self.assertEqual(self.times(again), before)
        for _ in range(5):
            self.append(again, (2, sample(1)))
        self.assertEqual(self.times(again), before)
        self.successResultOf(again.stop())

    def test_a_failure_is_tried_again(self) -> None:
        """The same samples are sealed again, even if a part is sealed already."""
        archive = self.opened()

        def fail() -> None:
            raise OSError("no space left")

        self.fails = fail
        for month in (5, 3, 4, 3, 3, 1):
            self.append(archive, (1, sample(start_of(month))))
        expected = sorted(start_of(month) for month in (5, 3, 4, 3, 3, 1))
        self.assertEqual(self.times(archive), expected)
        self.fails = lambda: None
        self.clock.advance(10)
        self.assertEqual(hot_of(archive).count, 1)
        self.assertEqual(self.times(archive), expected)
        self.successResultOf(archive.stop())
        self.assertEqual(self.times(self.opened()), expected)

    def test_runs_become_one(self) -> None:
        """Many small runs are merged, so that reads look at few places."""
        archive = self.opened(1)
        for time in range(100):
            self.append(archive, (time % 3, sample(time)))
        [partition] = maintenance_of(archive).partitions()
        self.assertLess(len(partition.runs), 16)
        self.assertEqual(self.times(archive), list(range(1, 100, 3)))
        assert isinstance(partition, FilePartition)
        rows = connect(partition.path).execute("SELECT count(*) FROM run WHERE replaced")
        self.assertEqual(rows.fetchone(), (0,))

    def test_a_scan_reads_what_is_replaced_meanwhile(self) -> None:
        """Merged runs stay until no scan reads them."""
        archive = self.opened(1)
        with patch.object(seriesscan, "_AT_ONCE", 1):
            for time in range(6):
                self.append(archive, (1, sample(time)))
            begun = self.successResultOf(archive.scan(1, 0, 99, 0))
            first = self.successResultOf(begun.next())
            for time in range(6, 60):
                self.append(archive, (1, sample(time)))
            assert first is not None
            found = first.stime.tolist()
            while (columns := self.successResultOf(begun.next())) is not None:
                found += columns.stime.tolist()
        self.assertEqual(found, list(range(6)))
        begun.close()
        self.assertEqual(self.times(archive), list(range(60)))

    def test_a_scan_reads_what_is_replaced_twice(self) -> None:
        """One that ends earlier has only that removed which was replaced before it."""
        archive = self.opened(1)
        with patch.object(seriesscan, "_AT_ONCE", 1):
            for time in range(6):
                self.append(archive, (1, sample(time)))
            earlier = self.successResultOf(archive.scan(1, 0, 99, 0))
            self.successResultOf(archive.compact())
            begun = self.successResultOf(archive.scan(1, 0, 99, 0))
            self.append(archive, (1, sample(6)))
            self.successResultOf(archive.compact())
            earlier.close()
            found: list[int] = []
            while (columns := self.successResultOf(begun.next())) is not None:
                found += columns.stime.tolist()
            begun.close()
        self.assertEqual(found, list(range(6)))
        [partition] = maintenance_of(archive).partitions()
        assert isinstance(partition, FilePartition)
        rows = connect(partition.path).execute("SELECT count(*) FROM run")
        self.assertEqual(rows.fetchone(), (1,))

    def test_blocks_of_others_are_no_hindrance(self) -> None:
        """A block of another kind, of series around this one, says nothing of its times."""
        archive = self.opened(6)
        around = [(number, sample(9, 0.5)) for number in (0, 2)]
        self.append(archive, *around, *((1, sample(time, True)) for time in (2, 7, 9, 9)))
        self.append(archive, (1, sample(7, False)))
        found = self.successResultOf(archive.read(1, 5, 9, 0, 9))
        self.assertEqual([one.value for one in found], [True, False, True, True])

    def test_old_months_go(self) -> None:
        """Files are removed at the start and each hour, except those that a scan reads."""
        month = months_before(NOW)
        self.clock.advance(NOW)
        archive = self.opened(1, Retention(age=40 * 86400))
        for back in (4, 2, 1, 0):
            self.append(archive, (1, sample(start_of(month - back))))
        begun = self.successResultOf(archive.scan(1, 0, LAST, 0))
        self.clock.advance(3600)
        self.assertEqual(self.times(archive), [start_of(month - back) for back in (1, 0)])
        found = self.successResultOf(begun.next())
        assert found is not None
        self.assertEqual(len(found), 4)
        begun.close()
        names = {file_of(self.directory, month - back) for back in (1, 0)}
        self.assertEqual(set(self.directory.glob("*-*.sqlite")), names)
        self.successResultOf(archive.stop())
        self.assertEqual(len(self.times(self.opened(1, Retention(age=86400)))), 1)

    def test_stop_ends_scans(self) -> None:
        """Also while something waits for them."""
        archive = self.opened(1)
        self.append(archive, (1, sample(1)))
        begun = self.successResultOf(archive.scan(1, 0, 99, 0))
        for time in range(30):
            self.append(archive, (1, sample(time)))
        self.successResultOf(archive.stop())
        failure = self.failureResultOf(begun.next(), DataManagerError)
        self.assertIn("the archive is closed", failure.value.message)


class GroupTests(_Sealing):
    """Archive groups: partitions of their own, each with its retention."""

    group = "fast"

    def group_of(self, series: int) -> str:
        return self.group if series % 2 else ""

    def grouped(self, seal: int = 5) -> Archive:
        return self.opened(seal, group_of=self.group_of)

    def names(self) -> list[str]:
        return sorted(
            str(path.relative_to(self.directory))
            for _, path in partition_files(self.directory)
        )

    def test_a_group_has_files_of_its_own(self) -> None:
        """In a directory with its name; a series is read from where its samples are."""
        archive = self.grouped(2)
        self.append(archive, (1, sample(1)), (2, sample(1)))
        self.append(archive, (1, sample(2)), (1, sample(start_of(1))))
        self.assertEqual(
            self.names(), ["1970-01.sqlite", "fast/1970-01.sqlite", "fast/1970-02.sqlite"]
        )
        self.assertEqual(self.times(archive), [1, 2, start_of(1)])

    def test_a_series_that_changes_its_group_is_read_from_both(self) -> None:
        """In the order of its times; also after a reopening."""
        archive = self.grouped(3)
        self.append(archive, *((1, sample(time)) for time in (1, 5, 9)))
        self.group = "slow"
        self.append(archive, *((1, sample(time)) for time in (2, 6, 7)))
        self.assertEqual(self.names(), ["fast/1970-01.sqlite", "slow/1970-01.sqlite"])
        self.assertEqual(self.times(archive), [1, 2, 5, 6, 7, 9])
        found = self.successResultOf(archive.read(1, 9, 9, 4, 9))
        self.assertEqual([one.stime for one in found], [2, 5, 6, 7, 9])
        self.successResultOf(archive.stop())
        self.assertEqual(self.times(self.grouped()), [1, 2, 5, 6, 7, 9])

    def test_a_kill_while_groups_change(self) -> None:
        """A part is sealed, the hot store not cleared: nothing is lost or doubled."""
        seal = FilePartition.seal
        for after in range(4):
            self.directory = Path(self.mktemp())
            self.group = "fast"
            archive = self.grouped(6)
            done: list[object] = []

            def sealed(partition: FilePartition, given: Chunk, batch: int) -> Run:
                if len(done) == after:  # noqa: B023
                    raise OSError("disk")
                done.append(partition)  # noqa: B023
                return seal(partition, given, batch)

            with (
                patch.object(FilePartition, "seal", sealed),
                patch.object(hot_of(archive), "delete", side_effect=OSError("disk")),
            ):
                for month in (0, 1):
                    samples = [(one, sample(start_of(month) + one)) for one in (1, 2, 3)]
                    self.append(archive, *samples)
            self.group = "slow"
            self.append(archive, (1, sample(77)))
            kill(archive)
            for _ in range(2):
                again = self.grouped(6)
                self.assertEqual(self.times(again), [1, 77, start_of(1) + 1])
                self.successResultOf(again.stop())

    def test_each_group_is_kept_as_long_as_it_says(self) -> None:
        """One for two months, what belongs to none for ever."""
        month = months_before(NOW)
        self.clock.advance(NOW)
        retention = Retention(age=40 * 86400)
        archive = self.opened(4, groups={"fast": retention}, group_of=self.group_of)
        for series in (1, 2):
            for back in (4, 2, 1, 0):
                self.append(archive, (series, sample(start_of(month - back))))
        self.clock.advance(3600)
        self.assertEqual(self.times(archive), [start_of(month - back) for back in (1, 0)])
        self.assertEqual(len(self.successResultOf(archive.read(2, 0, LAST, 0, 9))), 4)
