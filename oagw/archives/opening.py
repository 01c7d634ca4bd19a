"""Opening the archive of a state directory, whatever version has left it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from oagw.archives.embedded import SEAL, EmbeddedArchive, InThread
from oagw.archives.retention import FOR_EVER, Retention
from oagw.archives.upgrade import upgrade

_log = Logger()


def open_archive(
    state: Path,
    clock: IReactorTime,
    write: Callable[[Callable[[], None]], Deferred[None]],
    background: InThread,
    read: InThread,
    seal: int = SEAL,
    retention: Retention = FOR_EVER,
) -> EmbeddedArchive:
    """The embedded archive of a state directory; see :class:`EmbeddedArchive`.

    :raises StorageError: it cannot be used.
    """
    directory = state / "archive"
    count = upgrade(state / "archive.sqlite", directory)
    if count:
        _log.info("{count} archived values were taken over", count=count)
    return EmbeddedArchive(directory, clock, write, background, read, seal, retention)
