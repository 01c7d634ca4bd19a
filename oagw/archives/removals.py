"""Removing runs and partitions once no scan reads them."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.archives.policy import Threads
from oagw.archives.reading.seriesscan import SeriesScan


def _nothing() -> None:
    """Leave the removal to the next start."""


class Removals:
    """Removals that wait for open scans.

    A client may take long to read; only removals wait for it.

    :param scans: all open scans.
    """

    _log = Logger()

    def __init__(self, threads: Threads, scans: set[SeriesScan]) -> None:
        self._threads = threads
        self._scans = scans
        self._waiting: set[Deferred[None]] = set()
        self._stopping = False

    def add(self, work: Callable[[], None], instead: Callable[[], None] = _nothing) -> None:
        """Remove something when all scans that are open now have ended.

        :param work: removes it, in the background thread.
        :param instead: called if the archive is closed before; the next start removes it.
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
        """Stop starting removals."""
        self._stopping = True

    async def ended(self) -> None:
        """Wait for all removals; all scans must be closed."""
        for removal in list(self._waiting):
            await removal
