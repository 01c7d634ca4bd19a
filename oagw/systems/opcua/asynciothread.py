"""asyncio beside the reactor: one thread with an event loop for all OPC UA servers."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError as Cancelled
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

_log = Logger()

_T = TypeVar("_T")


class _LibraryLog(logging.Handler):
    """Logs the library's messages as debug: the state of a system reports what matters."""

    def emit(self, record: logging.LogRecord) -> None:
        _log.debug("{text}", text=record.getMessage())


class AsyncioThread:
    """Runs coroutines in a thread of its own, which starts with the first of them."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, work: Coroutine[Any, Any, _T]) -> Deferred[_T]:
        """Run a coroutine; fires in the reactor's thread. Cancelling stops it."""
        if self._loop is None:
            self._loop = self._begin()
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        done: Deferred[_T] = Deferred(lambda _: _cancel(future))
        future.add_done_callback(
            lambda ended: self._reactor.callFromThread(_fire, done, ended)
        )
        return done

    def notify(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a function in the reactor's thread, from the loop's thread."""
        self._reactor.callFromThread(function, *arguments)

    def _begin(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        library = logging.getLogger("asyncua")
        library.propagate = False
        library.handlers = [_LibraryLog(logging.ERROR)]
        thread = threading.Thread(target=_serve, args=(loop,), name="opcua", daemon=True)
        thread.start()
        # By then all systems have stopped, and their connections are closed.
        self._reactor.addSystemEventTrigger("after", "shutdown", self._end, loop, thread)
        return loop

    def _end(self, loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
        self._loop = None
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    finally:
        loop.close()


def _cancel(future: Future[_T]) -> None:
    future.cancel()


def _fire(done: Deferred[_T], future: Future[_T]) -> None:
    if done.called:
        return
    try:
        result = future.result()
    except CancelledError:
        done.errback(Failure(Cancelled()))
    except BaseException:
        done.errback(Failure())
    else:
        done.callback(result)
