"""Turns of those who read an archive, and what happens if they leave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.files.fileengine import open_directory
from oagw.archives.policy import Policy, Threads
from tests.contracts.archive import at_once, sample


class ThreadTests(SynchronousTestCase):
    """Threads finish their work when a reader leaves or the archive stops."""

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
        """Data is not removed while the thread reads it, even if the reader has left."""
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
        """Further reads wait, also for those whose caller has left."""
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
