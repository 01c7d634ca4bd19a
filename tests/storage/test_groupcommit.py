"""Group commit: gathering, waiting, failing and trying again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from oagw.errors import DataManagerError
from oagw.storage.groupcommit import CommitBacklog, GroupCommit

LINGER = 0.1
RETRY = 1.0


@implementer(ILogObserver)
class Log:
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def __call__(self, event: LogEvent) -> None:
        self.events.append(str(event))


class Disk:
    """A thread and a disk in the hands of a test.

    :ivar waiting: what was given to the thread and is not done yet.
    :ivar batches: what was committed, batch by batch.
    :ivar error: what every commit fails with.
    :ivar odd: items that cannot be committed.
    :ivar broken_at: the disk fails as soon as it comes to this item in a small batch.
    """

    def __init__(self) -> None:
        self.waiting: list[tuple[Callable[[], None], Deferred[None]]] = []
        self.batches: list[list[int]] = []
        self.error: Exception | None = None
        self.odd: set[int] = set()
        self.broken_at: int | None = None
        self.most_at_once = 0

    def in_thread(self, work: Callable[[], None]) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        self.waiting.append((work, done))
        self.most_at_once = max(self.most_at_once, len(self.waiting))
        return done

    def commit(self, batch: Sequence[int]) -> None:
        if self.error is not None:
            raise self.error
        if self.broken_at in batch and len(batch) <= 2:
            raise OSError("disk full")
        if not self.odd.isdisjoint(batch):
            raise OverflowError("an odd item")
        self.batches.append(list(batch))

    def work(self) -> None:
        """Let the thread do the oldest thing that it was given."""
        work, done = self.waiting.pop(0)
        try:
            work()
        except Exception:
            done.errback(Failure())
        else:
            done.callback(None)

    @property
    def items(self) -> list[int]:
        return [item for batch in self.batches for item in batch]


class GroupCommitTests(SynchronousTestCase):
    """Added items become durable, and waiting callers are notified."""

    timeout = 30

    def setUp(self) -> None:
        self.log = Log()
        globalLogPublisher.addObserver(self.log)
        self.addCleanup(globalLogPublisher.removeObserver, self.log)
        self.clock = Clock()
        self.disk = Disk()
        self.commits = self.group_commit()

    def group_commit(self, limit: int = 100) -> GroupCommit[int]:
        return GroupCommit(
            "the file",
            Path("/data/the.sqlite"),
            self.disk.commit,
            self.disk.in_thread,
            self.clock,
            LINGER,
            RETRY,
            limit,
        )

    def test_a_full_disk_is_logged_once_and_so_is_its_end(self) -> None:
        """With its directory, however often it is tried; waiting callers get it too."""
        full = sqlite3.OperationalError("database or disk is full")
        full.sqlite_errorcode = sqlite3.SQLITE_FULL
        self.disk.error = full
        self.commits.add([1])
        done = self.commits.flushed()
        for _ in range(5):
            self.disk.work()
            self.clock.advance(RETRY)
        error = self.failureResultOf(done, DataManagerError).value
        self.assertIn("no space left on /data,", error.message)
        self.disk.error = None
        self.disk.work()
        told = [one for one in self.log.events if "/data" in one]
        self.assertEqual(len(told), 2)
        self.assertIn("no space left on /data,", told[0])
        self.assertIn("recovered", told[1])

    def test_items_that_nobody_waits_for_gather(self) -> None:
        """One transaction takes all that came within the linger time."""
        self.commits.add([1])
        self.clock.advance(LINGER / 2)
        self.commits.add([2, 3])
        self.assertEqual(self.disk.waiting, [])
        self.clock.advance(LINGER / 2)
        self.disk.work()
        self.assertEqual(self.disk.batches, [[1, 2, 3]])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_facts(self) -> None:
        """How many items wait, since when the oldest does, and what is wrong."""
        self.assertEqual(self.commits.facts(), CommitBacklog(0, 0.0, ""))
        self.commits.add([1, 2])
        self.clock.advance(LINGER)
        self.commits.add([3])
        self.clock.advance(1)
        self.assertEqual(self.commits.facts(), CommitBacklog(3, 1 + LINGER, ""))
        self.disk.error = OSError("disk full")
        self.disk.work()
        found = self.commits.facts()
        self.assertEqual((found.waiting, found.age), (3, 1 + LINGER))
        self.assertIn("disk full", found.fault)
        self.disk.error = None
        self.clock.advance(RETRY)
        self.disk.work()
        self.assertEqual(self.commits.facts(), CommitBacklog(0, 0.0, ""))

    def test_who_waits_does_not_linger(self) -> None:
        """Asking for durability begins the commit at once."""
        self.commits.add([1])
        done = self.commits.flushed()
        self.assertEqual(len(self.disk.waiting), 1)
        self.assertNoResult(done)
        self.disk.work()
        self.successResultOf(done)
        self.assertEqual(self.disk.batches, [[1]])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_nothing_to_commit_is_durable_already(self) -> None:
        """Without a backlog no caller has to wait."""
        self.successResultOf(self.commits.flushed())
        self.commits.add([1])
        self.commits.flushed()
        self.disk.work()
        self.successResultOf(self.commits.flushed())
        self.assertEqual(self.disk.batches, [[1]])

    def test_the_next_batch_gathers_while_one_is_written(self) -> None:
        """One batch at a time is written; all items added in between are the next."""
        self.commits.add([1])
        first = self.commits.flushed()
        self.commits.add([2])
        second = self.commits.flushed()
        self.commits.add([3])
        third = self.commits.flushed()
        self.assertEqual(len(self.disk.waiting), 1)
        self.disk.work()
        self.successResultOf(first)
        self.assertNoResult(second)
        self.disk.work()
        self.successResultOf(second)
        self.successResultOf(third)
        self.assertEqual(self.disk.batches, [[1], [2, 3]])

    def test_who_asks_during_a_commit_waits_for_it(self) -> None:
        """Without new items, the batch on its way is all there is to wait for."""
        self.commits.add([1])
        self.commits.flushed()
        late = self.commits.flushed()
        self.assertNoResult(late)
        self.disk.work()
        self.successResultOf(late)

    def test_items_added_during_a_commit_follow_after_the_linger_time(self) -> None:
        """No caller waits for them, so they may gather again."""
        self.commits.add([1])
        self.commits.flushed()
        self.commits.add([2])
        self.disk.work()
        self.assertEqual(self.disk.waiting, [])
        self.clock.advance(LINGER)
        self.disk.work()
        self.assertEqual(self.disk.batches, [[1], [2]])

    def test_the_backlog_counts_what_is_not_durable(self) -> None:
        """Items on their way count until they are committed."""
        self.commits.add([1, 2])
        self.assertEqual(self.commits.backlog, 2)
        self.commits.flushed()
        self.commits.add([3])
        self.assertEqual(self.commits.backlog, 3)
        self.disk.work()
        self.assertEqual(self.commits.backlog, 1)

    def test_nothing_is_never_committed(self) -> None:
        """Adding no items begins no transaction."""
        self.commits.add([])
        self.clock.advance(LINGER)
        self.assertEqual(self.disk.waiting, [])

    def test_adding_nothing_does_not_let_two_batches_run_at_once(self) -> None:
        """Waiting callers are notified only when the items are durable."""
        self.commits.add([])
        self.clock.advance(LINGER)
        self.commits.add([1])
        first = self.commits.flushed()
        self.disk.work()
        second = self.commits.flushed()
        while self.disk.waiting:
            if not self.disk.items:
                self.assertNoResult(first)
                self.assertNoResult(second)
            self.disk.work()
        self.successResultOf(first)
        self.successResultOf(second)
        self.assertEqual(self.disk.most_at_once, 1)

    def test_a_failure_is_told_to_all_who_wait(self) -> None:
        """Waiting callers get the error at once, with the reason."""
        self.disk.error = OSError("disk full")
        self.commits.add([1])
        first = self.commits.flushed()
        self.commits.add([2])
        second = self.commits.flushed()
        self.disk.work()
        for done in (first, second):
            error = self.failureResultOf(done, DataManagerError).value
            self.assertEqual(error.code, 33)
            self.assertIn("disk full", error.message)
            self.assertIn("the file", error.message)

    def test_a_failed_batch_is_tried_again_in_order(self) -> None:
        """Nothing is lost: after a while the same items come first, then newer ones."""
        self.disk.error = OSError("disk full")
        self.commits.add([1, 2])
        self.commits.flushed().addErrback(lambda _: None)
        self.commits.add([3])
        self.disk.work()
        self.commits.add([4])
        self.assertEqual(self.disk.waiting, [])
        self.assertEqual(self.commits.backlog, 4)
        self.clock.advance(RETRY)
        self.disk.error = None
        self.disk.work()
        self.assertEqual(self.disk.items, [1, 2, 3, 4])
        self.assertEqual(self.commits.backlog, 0)

    def test_who_asks_while_it_fails_waits_for_the_next_try(self) -> None:
        """A waiting caller does not make the next attempt come sooner."""
        self.disk.error = OSError("disk full")
        self.commits.add([1])
        self.commits.flushed().addErrback(lambda _: None)
        self.disk.work()
        waiting = self.commits.flushed()
        self.assertEqual(self.disk.waiting, [])
        self.assertNoResult(waiting)
        self.disk.error = None
        self.clock.advance(RETRY)
        self.disk.work()
        self.successResultOf(waiting)

    def test_it_may_fail_again_and_again(self) -> None:
        """Each failed attempt is reported to callers; the log has the reason once."""
        self.disk.error = OSError("disk full")
        self.commits.add([1])
        for number in range(3):
            waiting = self.commits.flushed()
            if number:
                self.clock.advance(RETRY)
            self.disk.work()
            self.failureResultOf(waiting, DataManagerError)
        self.assertEqual(
            len([event for event in self.log.events if "disk full" in event]), 1
        )
        self.disk.error = None
        self.clock.advance(RETRY)
        self.disk.work()
        self.assertEqual(self.disk.batches, [[1]])

    def test_too_much_is_refused_before_it_takes_effect(self) -> None:
        """Above the limit items are refused until the disk has kept up."""
        commits = self.group_commit(limit=2)
        commits.add([1, 2])
        commits.check_room()
        commits.add([3])
        with self.assertRaises(DataManagerError) as caught:
            commits.check_room()
        self.assertEqual(caught.exception.code, 33)
        self.assertIn("the file", caught.exception.message)
        self.assertIn("3", caught.exception.message)
        commits.flushed()
        self.disk.work()
        commits.check_room()

    def test_who_is_told_may_add_more(self) -> None:
        """A listener that adds and waits again is served in the next batch."""
        again: list[Deferred[None]] = []

        def add_more(_: None) -> None:
            self.commits.add([2])
            again.append(self.commits.flushed())

        self.commits.add([1])
        self.commits.flushed().addCallback(add_more)
        self.disk.work()
        self.disk.work()
        self.successResultOf(again[0])
        self.assertEqual(self.disk.batches, [[1], [2]])

    def test_an_item_that_cannot_be_written_is_left_out(self) -> None:
        """All others are committed; it is logged once, however often it comes."""
        self.disk.odd = {3, 5}
        for _ in range(2):
            self.commits.add(range(8))
            self.clock.advance(LINGER)
            self.disk.work()
        self.assertEqual(self.disk.items, [0, 1, 2, 4, 6, 7] * 2)
        self.assertEqual(self.commits.backlog, 0)
        logged = [event for event in self.log.events if "an odd item" in event]
        self.assertEqual(len(logged), 1)

    def test_only_who_waits_for_an_odd_item_gets_an_error(self) -> None:
        """Callers whose items are in the same batch learn that these are durable."""
        self.disk.odd = {3}
        self.commits.add([0])
        first = self.commits.flushed()
        waits = {}
        for item in (1, 2, 3, 4):
            self.commits.add([item])
            waits[item] = self.commits.flushed()
        self.disk.work()
        self.disk.work()
        self.successResultOf(first)
        error = self.failureResultOf(waits.pop(3), DataManagerError).value
        self.assertIn("the file cannot hold it: an odd item", error.message)
        for done in waits.values():
            self.successResultOf(done)
        self.commits.add([5])
        later = self.commits.flushed()
        self.disk.work()
        self.successResultOf(later)
        self.assertEqual(self.disk.items, [0, 1, 2, 4, 5])

    def test_a_disk_that_fails_among_odd_items(self) -> None:
        """What was committed before is not committed again."""
        self.disk.odd, self.disk.broken_at = {0, 6}, 5
        self.commits.add(range(8))
        self.clock.advance(LINGER)
        self.disk.work()
        self.assertEqual(self.disk.items, [1, 2, 3])
        self.assertEqual(self.commits.backlog, 4)
        self.disk.broken_at = None
        self.clock.advance(RETRY)
        self.disk.work()
        self.assertEqual(self.disk.items, [1, 2, 3, 4, 5, 7])

    @given(st.lists(st.sampled_from(["add", "add none", "wait", "work", "fail", "time"])))
    @example(["add none", "time", "add", "wait", "work", "wait"])
    @settings(deadline=None, max_examples=300)
    def test_nothing_is_lost_and_nobody_is_told_too_soon(self, steps: list[str]) -> None:
        """All items arrive once and in order before callers are notified."""
        self.clock, self.disk = Clock(), Disk()
        self.commits = self.group_commit(1000)
        added = 0
        results: list[Deferred[None]] = []

        def told(_: None, upto: int) -> None:
            self.assertEqual(self.disk.items[:upto], list(range(upto)))

        for step in [*steps, "wait", *["work", "time"] * (len(steps) + 2)]:
            if step == "add":
                self.commits.add([added])
                added += 1
            elif step == "add none":
                self.commits.add([])
            elif step == "wait":
                done = self.commits.flushed()
                done.addCallback(told, added)
                done.addErrback(lambda failure: failure.trap(DataManagerError) and None)
                results.append(done)
            elif step in ("work", "fail") and self.disk.waiting:
                self.disk.error = OSError("disk full") if step == "fail" else None
                self.disk.work()
            elif step == "time":
                self.clock.advance(RETRY)
        self.assertEqual(self.disk.items, list(range(added)))
        for done in results:
            self.successResultOf(done)
