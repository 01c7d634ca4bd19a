"""Group commit: many writers share one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.errors import DataManagerError
from oagw.storage.damage import reason_of

_T = TypeVar("_T")

#: Errors of an item, and not of the disk: trying again would not help.
_REFUSALS = (
    TypeError,
    ValueError,
    OverflowError,
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
)
#: The items of one call, by their numbers: from the first up to, but not with, the last.
_Range: TypeAlias = tuple[int, int]
#: Who waits, each with the items that its errors depend on.
_Waiting: TypeAlias = list[tuple[Deferred[None], _Range]]


@dataclass(slots=True)
class _Attempt:
    """The result of writing a batch.

    :ivar settled: the number of items, from the first one on, that need no other attempt.
    :ivar refused: the numbers of items that cannot be written, with the reasons.
    """

    settled: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CommitBacklog:
    """The backlog of a writer: items that are not durable yet.

    :ivar waiting: the number of items.
    :ivar age: seconds for which the oldest of them has waited.
    :ivar fault: why the last batch could not be written; empty if it could.
    """

    waiting: int
    age: float
    fault: str


class GroupCommit(Generic[_T]):
    """Commits items in order, in a thread, in batches of all that have gathered.

    While one batch is written, the next one gathers. A batch that failed is tried again,
    because the gateway already works with its items. Callers that wait get the error at
    once. While too many items wait, new ones are refused.

    :param name: what is written, for the log and for errors.
    :param path: the file that is written to, for the reason of a failure.
    :param commit: writes a batch in one transaction; runs in a thread.
    :param in_thread: runs a function in that thread; called for one batch at a time.
    :param linger: seconds for which items gather if no caller waits for them.
    :param retry: seconds before a failed batch is tried again.
    :param limit: upper limit of waiting items; above it, new ones are refused.
    """

    _log = Logger()

    def __init__(
        self,
        name: str,
        path: Path,
        commit: Callable[[Sequence[_T]], None],
        in_thread: Callable[[Callable[[], None]], Deferred[None]],
        clock: IReactorTime,
        linger: float = 0.1,
        retry: float = 1.0,
        limit: int = 2_000_000,
    ) -> None:
        self._name = name
        self._path = path
        #: Why the last batch failed, as logged; empty if it succeeded.
        self._reason = ""
        self._commit = commit
        self._in_thread = in_thread
        self._clock = clock
        self._linger = linger
        self._retry = retry
        self._limit = limit
        self._pending: list[_T] = []
        #: When the oldest item of those pending, and of those in flight, was added.
        self._pending_since = self._in_flight_since = 0.0
        self._waiting: _Waiting = []
        self._added = 0
        self._latest: _Range = (0, 0)
        #: Items that were left out and that a caller waits for: their numbers and reasons.
        self._refused: list[tuple[int, str]] = []
        self._logged = ""
        self._in_flight: list[_T] = []
        self._timer: IDelayedCall | None = None
        self._running = False
        self._failing = False
        self._closed = False

    @property
    def backlog(self) -> int:
        """The number of items that are not durable yet."""
        return len(self._pending) + len(self._in_flight)

    def facts(self) -> CommitBacklog:
        """The state of the writer, for operators."""
        since = self._in_flight_since if self._in_flight else self._pending_since
        age = self._clock.seconds() - since if self.backlog else 0.0
        return CommitBacklog(self.backlog, age, self._reason)

    def check_room(self) -> None:
        """Do nothing if items can be added. Called before a change takes effect.

        :raises DataManagerError: the disk is too slow or fails, or the file is closed.
        """
        if self._closed:
            raise self._closed_error()
        if self.backlog > self._limit:
            raise DataManagerError(
                f"{self._name} cannot be written fast enough: {self.backlog} values wait; "
                "see the log of oagw for the reason"
            )

    def add(self, items: Sequence[_T]) -> None:
        """Commit items soon."""
        self._latest = self._added, self._added + len(items)
        self._added += len(items)
        if items:
            if not self._pending:
                self._pending_since = self._clock.seconds()
            self._pending += items
            self._schedule(self._linger)

    def flushed(self) -> Deferred[None]:
        """Fires when all items added before are durable.

        :raises DataManagerError: in the Deferred, if they could not be made durable now, or
            an item of the last :meth:`add` cannot be written at all.
        """
        if not self.backlog:
            return succeed(None)
        if self._closed:
            return fail(self._closed_error())
        done: Deferred[None] = Deferred()
        self._waiting.append((done, self._latest))
        self._schedule(0)
        return done

    def close(self) -> None:
        """Stop writing, because the file is about to be closed."""
        self._closed = True
        self._cancel_timer()
        waiting, self._waiting = self._waiting, []
        for done, _ in waiting:
            done.errback(self._closed_error())

    def _closed_error(self) -> DataManagerError:
        return DataManagerError(f"{self._name} is closed: the gateway stops")

    def _schedule(self, delay: float) -> None:
        if self._running or self._failing or self._closed:
            return
        if delay == 0:
            self._cancel_timer()
            self._start()
        elif self._timer is None:
            self._timer = self._clock.callLater(delay, self._start)

    def _start(self) -> None:
        self._timer = None
        self._running = True
        self._failing = False
        self._in_flight, self._pending = self._pending, []
        self._in_flight_since = self._pending_since
        waiting, self._waiting = self._waiting, []
        batch = self._in_flight
        first = self._added - len(batch)
        attempt = _Attempt()
        done = self._in_thread(lambda: self._write(batch, first, attempt))
        done.addCallbacks(
            self._committed,
            self._failed,
            callbackArgs=(attempt, waiting),
            errbackArgs=(attempt, waiting),
        )
        done.addErrback(self._log_failure)

    def _write(self, batch: Sequence[_T], first: int, attempt: _Attempt) -> None:
        """Commit a batch without the items that cannot be written; in the thread.

        :param first: the number of its first item.
        """
        try:
            self._commit(batch)
        except _REFUSALS as error:
            if len(batch) > 1:
                # Halves find one bad item among thousands in a few steps.
                middle = len(batch) // 2
                self._write(batch[:middle], first, attempt)
                self._write(batch[middle:], first + middle, attempt)
                return
            attempt.refused.append((first, str(error)))
        attempt.settled += len(batch)

    def _committed(self, _: None, attempt: _Attempt, waiting: _Waiting) -> None:
        if attempt.refused:
            self._note_refused(attempt.refused)
        self._running = False
        if self._reason:
            self._reason = ""
            self._log.info(
                "recovered: {name} can be written again to {directory}; nothing is lost",
                name=self._name,
                directory=str(self._path.parent),
            )
        self._in_flight = []
        if not self._pending:
            waiting += self._waiting
            self._waiting = []
        if self._refused:
            self._report_refused(waiting)
        else:
            for done, _range in waiting:
                done.callback(None)
        if self._waiting:
            self._schedule(0)
        elif self._pending:
            self._schedule(self._linger)

    def _note_refused(self, refused: Sequence[tuple[int, str]]) -> None:
        self._refused += refused
        reason = refused[0][1]
        # A source that sends one such item mostly sends many.
        if reason != self._logged:
            self._logged = reason
            self._log.error(
                "{name}: {count} changes cannot be written and will be missing "
                "after a restart: {reason}",
                name=self._name,
                count=len(refused),
                reason=reason,
            )

    def _report_refused(self, waiting: _Waiting) -> None:
        """Fire the waiting Deferreds, with an error if items of theirs were left out."""
        refused = self._refused
        if not self._waiting:
            self._refused = []
        for done, (first, end) in waiting:
            reasons = [reason for number, reason in refused if first <= number < end]
            if reasons:
                done.errback(DataManagerError(f"{self._name} cannot hold it: {reasons[0]}"))
            else:
                done.callback(None)

    def _failed(self, failure: Failure, attempt: _Attempt, waiting: _Waiting) -> None:
        reason = reason_of(self._path, failure.value)
        # Logged once, though it is tried every second.
        if reason != self._reason:
            self._reason = reason
            self._log.error(
                "{name} could not be written, trying again: {reason}",
                name=self._name,
                reason=reason,
            )
        self._running = False
        if attempt.refused:
            self._note_refused(attempt.refused)
        self._pending = self._in_flight[attempt.settled :] + self._pending
        self._pending_since = self._in_flight_since
        self._in_flight = []
        waiting += self._waiting
        self._waiting = []
        self._failing = True
        self._timer = self._clock.callLater(self._retry, self._start)
        for done, _ in waiting:
            done.errback(
                DataManagerError(
                    f"{self._name} could not be written: {reason}; the value is set but "
                    "not durable yet"
                )
            )

    def _log_failure(self, failure: Failure) -> None:
        self._log.failure("notifying the callers of a commit failed", failure)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
