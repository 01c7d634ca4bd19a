"""The embedded archive: the contract of archives, and what is its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives import scan
from oagw.archives.archive import Archive
from oagw.archives.chunks import Chunk
from oagw.archives.directory import files
from oagw.archives.months import file_of, month_of, months, months_before, start_of
from oagw.archives.opening import open_directory
from oagw.archives.partition import FilePartition
from oagw.archives.policy import SEAL, Policy, Threads, no_name
from oagw.archives.retention import FOR_EVER, Retention
from oagw.archives.sealed import Run
from oagw.archives.tending import Tender
from oagw.errors import DataManagerError
from oagw.model.samples import Sample
from oagw.model.times import LAST
from oagw.storage.damage import StorageError
from oagw.storage.sqlite import connect
from tests.contracts.anyarchive import AnyArchiveCases
from tests.contracts.archive import AT_ONCE, ArchiveCases, at_once, sample
from tests.crash import has_ended, hot_connection, hot_of, kill, tender_of

#: A day in November 2026.
NOW = 1_795_660_000


class EmbeddedArchiveTests(ArchiveCases, SynchronousTestCase):
    """One directory, read and written; nothing is sealed."""

    archive: Archive
    seal = SEAL

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.clock = Clock()
        super().setUp()

    def opened(self, name: str = "archive") -> Archive:
        policy = Policy(self.seal)
        archive = open_directory(self.directory / name, self.clock, AT_ONCE, policy)
        self.successResultOf(archive.start())
        return archive

    def test_a_commit_that_fails_keeps_nothing_of_the_batch(self) -> None:
        """While the file is locked who waits is told; afterwards all is there, once."""
        locker = connect(self.directory / "archive" / "hot.sqlite")
        locker.execute("BEGIN IMMEDIATE")
        hot_connection(self.archive).execute("PRAGMA busy_timeout=0")
        done = self.archive.append([(1, sample(10)), (1, sample(20))], True)
        self.failureResultOf(done, DataManagerError)
        locker.execute("ROLLBACK")
        locker.close()
        self.clock.advance(1)
        self.assertEqual(self.times(0, 99), [10, 20])

    def test_a_file_that_is_no_database_is_refused(self) -> None:
        """The error names the file."""
        for name in ("hot.sqlite", "2026-11.sqlite"):
            directory = self.directory / f"with {name}"
            directory.mkdir()
            path = directory / name
            path.write_text("this is no database, however long the text may be " * 50)
            with self.assertRaises(StorageError) as caught:
                self.opened(directory.name)
            self.assertIn(str(path), str(caught.exception))

    def test_a_file_of_a_later_version_is_refused(self) -> None:
        """An older oagw does not touch what it does not know."""
        self.successResultOf(self.opened("later").stop())
        connection = connect(self.directory / "later" / "hot.sqlite")
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        with self.assertRaises(StorageError) as caught:
            self.opened("later")
        self.assertIn("99", str(caught.exception))


class SealedArchiveTests(EmbeddedArchiveTests):
    """The same when every sample is sealed at once, and runs become one."""

    seal = 1


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
        tender_of(archive).tend()

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
            patch.object(Tender, "_log") as log,
        ):
            for number in range(40):
                for month in (5, 6):
                    self.append(archive, (1, sample(start_of(month) + number)))
            told = [call.kwargs for call in log.error.mock_calls]
        self.assertEqual(len(tried), 1)
        self.assertEqual(len(told), 1)
        self.assertIn("block 7", told[0]["error"])
        self.assertEqual(hot_of(archive).all_count, 0)
        damaged, whole = tender_of(archive).partitions()
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
        self.assertEqual([len(one.runs) for one in tender_of(archive).partitions()], [3, 1])

    def test_a_kill_before_batches_are_deleted(self) -> None:
        """What is sealed is not there twice."""
        archive = self.opened()
        with patch.object(hot_of(archive), "delete", side_effect=OSError("disk")):
            self.fill(archive)
        self.assert_killed_well(archive)

    def test_a_kill_before_all_months_are_sealed(self) -> None:
        """What is sealed is not there twice, and what is not is not missing."""
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
        """With the very samples, of which a part may be sealed already."""
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
        """Of many small ones, so that few places are looked at."""
        archive = self.opened(1)
        for time in range(100):
            self.append(archive, (time % 3, sample(time)))
        [partition] = tender_of(archive).partitions()
        self.assertLess(len(partition.runs), 16)
        self.assertEqual(self.times(archive), list(range(1, 100, 3)))
        assert isinstance(partition, FilePartition)
        rows = connect(partition.path).execute("SELECT count(*) FROM run WHERE replaced")
        self.assertEqual(rows.fetchone(), (0,))

    def test_a_scan_reads_what_is_replaced_meanwhile(self) -> None:
        """Merged runs stay until nobody reads them."""
        archive = self.opened(1)
        with patch.object(scan, "_AT_ONCE", 1):
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
        with patch.object(scan, "_AT_ONCE", 1):
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
        [partition] = tender_of(archive).partitions()
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
        """At the start and each hour; the files too, but what is still read is read."""
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


class AnyEmbeddedArchiveTests(AnyArchiveCases, SynchronousTestCase):
    """The embedded archive: blocks in files."""

    timeout = 300

    def opened(self, directory: Path, seal: int) -> Archive:
        return open_directory(directory, Clock(), AT_ONCE, Policy(seal))


class MonthTests(SynchronousTestCase):
    timeout = 60

    @given(st.integers(0, LAST))
    def test_a_time_is_in_its_month(self, time: int) -> None:
        """Between its start and that of the next."""
        import numpy as np

        [month] = months(np.array([time], np.int64)).tolist()
        self.assertLessEqual(start_of(month), time)
        self.assertLess(time, start_of(month + 1))


class ThreadTests(SynchronousTestCase):
    """What a thread does while somebody leaves or the archive ends."""

    timeout = 60

    def setUp(self) -> None:
        self.begun: list[tuple[Callable[[], object], Deferred[object]]] = []
        directory = Path(self.mktemp())
        threads = Threads(at_once, at_once, self.in_thread)
        self.archive = open_directory(directory, Clock(), threads, Policy(2))
        self.successResultOf(self.archive.append([(1, sample(1))], True))

    def in_thread(self, work: Callable[[], object]) -> Deferred[object]:
        """A thread that does its work when the test wants it."""
        self.begun.append((work, Deferred()))
        return self.begun[-1][1]

    def finish(self) -> None:
        """The thread does what it began first."""
        work, done = self.begun.pop(0)
        done.callback(work())

    def test_a_scan_ends_when_its_thread_rests(self) -> None:
        """What it reads is not removed before, though nobody wants it any more."""
        scan = self.successResultOf(self.archive.scan(1, 0, 9, 0))
        reading = scan.next()
        reading.addErrback(lambda failure: failure.trap(CancelledError))
        reading.cancel()
        scan.close()
        self.assertFalse(scan.ended.called)  # type: ignore[attr-defined]
        stopped = self.archive.stop()
        self.assertNoResult(stopped)
        self.finish()
        self.assertTrue(scan.ended.called)  # type: ignore[attr-defined]
        self.successResultOf(stopped)

    def test_two_read_at_once(self) -> None:
        """And the others wait, also for who has left."""
        scans = [self.successResultOf(self.archive.scan(1, 0, 9, 0)) for _ in range(4)]
        readings = [scan.next() for scan in scans]
        readings[0].addErrback(lambda failure: failure.trap(CancelledError))
        readings[0].cancel()
        readings[3].addErrback(lambda failure: failure.trap(CancelledError))
        readings[3].cancel()
        for one in (scans[0], scans[3]):
            one.close()
        self.assertFalse(scans[0].ended.called)  # type: ignore[attr-defined]
        self.assertTrue(scans[3].ended.called)  # type: ignore[attr-defined]
        self.assertEqual(len(self.begun), 2)
        self.finish()
        self.assertEqual(len(self.begun), 2)
        for _ in range(2):
            self.finish()
        for reading in readings[1:3]:
            found = self.successResultOf(reading)
            assert found is not None
            self.assertEqual(len(found), 1)
        self.successResultOf(self.archive.stop())


class GroupTests(_Sealing):
    """Archive groups: partitions of their own, each with its retention."""

    group = "fast"

    def group_of(self, series: int) -> str:
        return self.group if series % 2 else ""

    def grouped(self, seal: int = 5) -> Archive:
        return self.opened(seal, group_of=self.group_of)

    def names(self) -> list[str]:
        return sorted(
            str(path.relative_to(self.directory)) for _, path in files(self.directory)
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
