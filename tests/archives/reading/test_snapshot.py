"""Reading an archive's files past who writes them: each value once, whatever happens."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.blocks.chunks import Chunk
from oagw.archives.files.fileengine import open_directory
from oagw.archives.files.filepartition import FilePartition
from oagw.archives.files.filesource import FileSource
from oagw.archives.policy import Policy, Threads
from oagw.archives.reading.snapshot import Snapshot
from oagw.archives.sealed.partitions import Run
from oagw.errors import DataManagerError
from oagw.model.samples import Sample
from oagw.model.times import LAST
from oagw.storage.sqlite import connect
from tests.contracts.archive import at_once

_MONTH = 31 * 86400 * 10**9
#: Series, and time, of samples that are appended together; or the group of all series.
STEPS = st.lists(
    st.one_of(
        st.lists(
            st.tuples(st.integers(1, 3), st.sampled_from([0, 1, 1, _MONTH])),
            min_size=1,
            max_size=6,
        ),
        st.sampled_from(["", "fast", "slow"]),
    ),
    max_size=12,
)


class SnapshotTests(SynchronousTestCase):
    """An archive that is written and sealed while it is read."""

    timeout = 120

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp()) / "archive"
        self.addCleanup(shutil.rmtree, self.directory.parent)
        self.group = ""
        self.value = 0

    def open(self, seal: int, group_of: Callable[[int], str] | None = None) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)
        threads = Threads(at_once, at_once, at_once)
        self.archive = open_directory(self.directory, Clock(), threads, Policy(seal))
        self.successResultOf(self.archive.start(group_of or (lambda _: self.group)))

    def do(self, steps: Sequence[str | list[tuple[int, int]]]) -> list[tuple[int, int]]:
        """Carry out a step; returns series and value of what was appended."""
        appended = []
        for step in steps:
            if isinstance(step, str):
                self.group = step
                continue
            samples = []
            for series, stime in step:
                self.value += 1
                samples.append((series, Sample(self.value, stime, 257, 0)))
            self.successResultOf(self.archive.append(samples, True))
            appended += [(series, one.value) for series, one in samples]
        return appended  # type: ignore[return-value]

    @settings(max_examples=150, deadline=None)
    @given(STEPS, STEPS, STEPS, st.integers(1, 8))
    def test_each_value_once(
        self,
        before: Sequence[str | list[tuple[int, int]]],
        between: Sequence[str | list[tuple[int, int]]],
        meanwhile: Sequence[str | list[tuple[int, int]]],
        seal: int,
    ) -> None:
        """What is sealed to whatever group after the hot store was read is not doubled."""
        self.open(seal)
        acknowledged = self.do(before)
        snapshot = self.snapshot()
        later = self.do(between)
        found = []
        for month in snapshot.months(0, LAST):
            with snapshot.month(month) as one:
                later += self.do(meanwhile)
                series = one.series(0, LAST)
                pieces = list(one.read(series, 0, LAST))
                counts = one.count(series, 0, LAST)
            for number, columns in pieces:
                found += [(number, value) for value in columns.values()]
            counted = sum(len(columns) for _, columns in pieces)
            self.assertEqual(sum(counts.values()), counted)
        self.successResultOf(self.archive.stop())
        self.assertEqual(len(found), len(set(found)))
        self.assertEqual(set(acknowledged) - set(found), set())
        self.assertEqual(set(found) - {*acknowledged, *later}, set())

    def test_in_the_middle_of_sealing(self) -> None:
        """One group of a month is sealed, and the other is not yet."""
        groups = {1: "fast", 2: "slow", 3: ""}
        self.open(100, groups.__getitem__)
        acknowledged = self.do([[(1, 0), (2, 0), (3, 0)]])
        seal = FilePartition.seal
        for sealed in range(2):

            def some(
                partition: FilePartition, samples: Chunk, batch: int, left: int = sealed
            ) -> Run:
                if len(list(self.directory.glob("*/*.sqlite"))) > left:
                    raise OSError("the disk is full")
                return seal(partition, samples, batch)

            with patch.object(FilePartition, "seal", some):
                self.failureResultOf(self.archive.compact(), OSError)
            self.assertEqual(
                sorted(self.all_of(self.snapshot())),
                acknowledged,
            )
        self.successResultOf(self.archive.stop())

    def snapshot(self) -> Snapshot:
        return Snapshot(self.directory, FileSource(self.directory))

    def all_of(self, snapshot: Snapshot) -> list[tuple[int, object]]:
        found: list[tuple[int, object]] = []
        for month in snapshot.months(0, LAST):
            with snapshot.month(month) as one:
                for number, columns in one.read(one.series(0, LAST), 0, LAST):
                    found += [(number, value) for value in columns.values()]
        return found

    def test_it_changes_nothing(self) -> None:
        """A month that is not there is not made, and a damaged block is named."""
        self.open(4)
        self.do([[(1, 0), (1, 1), (2, 0), (2, _MONTH)]])
        self.successResultOf(self.archive.compact())
        snapshot = self.snapshot()
        [first, second] = snapshot.months(0, LAST)
        [path, other] = sorted(self.directory.glob("*-*.sqlite"))
        self.successResultOf(self.archive.stop())
        other.unlink()
        with snapshot.month(second) as month:
            self.assertEqual(month.series(0, LAST), [])
        self.assertFalse(other.exists())
        connection = connect(path)
        connection.execute("UPDATE block SET data = zeroblob(length(data))")
        connection.close()
        with snapshot.month(first) as month, self.assertRaises(DataManagerError) as caught:
            month.series(0, LAST)
        self.assertIn(f"{path}, block ", str(caught.exception))
