"""Removing what is of no use once nobody reads it any more."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.archives.policy import Threads
from oagw.archives.reading.seriesscan import SeriesScan


def _nothing() -> None:
    """Leave it to the next start."""


class Removals:
    """Removals that wait for the scans that may read what is removed.

    A client may take long to read; nothing else waits for it.

    :param scans: those that read; what they may read is not removed.
    """

    _log = Logger()

    def __init__(self, threads: Threads, scans: set[SeriesScan]) -> None:
        self._threads = threads
        self._scans = scans
        self._waiting: set[Deferred[None]] = set()
        self._stopping = False

    def add(self, work: Callable[[], None], instead: Callable[[], None] = _nothing) -> None:
        """Remove something, in the background thread, when all present scans have ended.

        :param instead: what to do if the archive is closed meanwhile; the next start
            removes it.
        """
        removal = Deferred.fromCoroutine(self._remove(work, instead))
        self._waiting.add(removal)
        removal.addErrback(self._failed)
        removal.addCallback(lambda _: self._waiting.discard(removal))

    async def _remove(self, work: Callable[[], None], instead: Callable[[], None]) -> None:
        for scan in list(self._scans):
            await scan.ended
        if self._stopping:
            instead()
        else:
            await self._threads.background(work)

    def _failed(self, failure: Failure) -> None:
        self._log.error(
            "unused data could not be removed: {error}; the next start tries again",
            error=failure.getErrorMessage(),
        )

    def stop(self) -> None:
        """Begin no removal any more."""
        self._stopping = True

    async def ended(self) -> None:
        """Wait for all of them; the scans must have been closed."""
        for removal in list(self._waiting):
            await removal
