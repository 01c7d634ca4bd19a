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
        reactor.callWhenRunning(self._pool.start)
        reactor.addSystemEventTrigger("after", "shutdown", self._pool.stop)

    def __call__(self, work: Callable[[], _T]) -> Deferred[_T]:
        """Run a function in the thread; fires with what it returns."""
        return deferToThreadPool(self._reactor, self._pool, work)
