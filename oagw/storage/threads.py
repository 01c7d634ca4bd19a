"""A separate thread for each file that is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

_T = TypeVar("_T")


class WriterThread:
    """Runs functions in one thread, one at a time, while the reactor runs."""

    def __init__(self, reactor: Any, name: str) -> None:
        self._reactor = reactor
        self._pool = ThreadPool(1, 1, name)
        self._is_stopped = False
        reactor.callWhenRunning(self._start)
        reactor.addSystemEventTrigger("after", "shutdown", self._stop)

    def _start(self) -> None:
        # A pool that was stopped before the reactor ran cannot be started.
        if not self._is_stopped:
            self._pool.start()

    def _stop(self) -> None:
        self._is_stopped = True
        self._pool.stop()

    def __call__(self, work: Callable[[], _T]) -> Deferred[_T]:
        """Run a function in the thread; fires with what it returns."""
        return deferToThreadPool(self._reactor, self._pool, work)
