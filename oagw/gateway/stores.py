"""The two stores of a system: the one of its datapoints, and its archive."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import time
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import Clock

from oagw.archives.archive import Archive
from oagw.archives.engine import ArchiveEngine
from oagw.archives.enginetable import open_archive, open_snapshot
from oagw.archives.files.filesource import FileSource
from oagw.archives.hot.hotstore import HotStore, numbers_of
from oagw.archives.hot.roster import misfits
from oagw.archives.policy import Threads
from oagw.archives.reading.snapshot import Snapshot
from oagw.config.settings import Settings
from oagw.model.times import LAST
from oagw.storage.damage import StorageError, explained
from oagw.storage.storeidentity import (
    ARCHIVE,
    HOT,
    SYSTEM,
    HighestNumbers,
    MismatchError,
    check_pair,
    has_run,
    pair,
)
from oagw.systems.embedded.systemstore import SystemStore

#: Numbers of users that are not used again if their former users are unknown.
_USERS_LEFT_OUT = 1 << 16


def open_stores(
    directory: Path,
    settings: Settings,
    system: str,
    clock: IReactorTime,
    threads: Threads,
    in_thread: Callable[[Callable[[], Any]], Deferred[Any]],
) -> tuple[SystemStore, Archive]:
    """Open the datapoints and the archive of a system; created if neither exists.

    :param directory: of both stores.
    :param system: the name of the system.
    :param threads: of the archive.
    :param in_thread: runs functions in the one thread that writes the datapoints.
    :raises StorageError: the stores do not belong together, or one cannot be used.
    """
    check_pair(directory)
    archive = open_archive(directory / ARCHIVE, clock, threads, settings, system)
    store = SystemStore(directory / SYSTEM, clock, in_thread)
    with explained(directory / SYSTEM):
        pair(store, archive)
    return store, archive


def mismatches(directory: Path, engine: ArchiveEngine) -> list[str]:
    """Why stores do not belong together, a sentence for each reason; empty if they do.

    :param directory: of both stores.
    :param engine: of the archive.
    :raises OagwError: the place of the sealed values cannot be reached.
    """
    hot = directory / ARCHIVE / HOT
    try:
        check_pair(directory)
        if not hot.exists():
            return []
        return misfits(hot, engine.source(directory / ARCHIVE))
    except StorageError as error:
        return [str(error)]


def adopt(directory: Path, kept: Path, engine: ArchiveEngine) -> None:
    """Make the stores of a directory belong together; the gateway must not run.

    A missing store is created empty. Numbers that either store has used are not used again.
    Month files of other archives are moved away, because the meaning of their numbers is
    unknown.

    :param kept: the directory that receives these files.
    :param engine: of the archive.
    :raises StorageError: a file cannot be used, or belongs to another gateway.
    :raises OagwError: the archived values cannot be read.
    """
    try:
        check_pair(directory)
    except MismatchError as error:
        if not error.adoptable:
            raise
    archive = directory / ARCHIVE
    archive.mkdir(mode=0o700, exist_ok=True)
    is_unused = not has_run(directory)
    with _opened(directory / SYSTEM) as store:
        is_new = not (archive / HOT).exists() or not (archive / HOT).stat().st_size
        with closing(HotStore(archive / HOT, time())) as hot:
            if is_new:
                owner = _owner(archive) if is_unused else store.archive
                hot.become(owner or hot.identity)
            if not hot.roster.adopting:
                _put_aside(archive, {hot.identity}, kept / ARCHIVE)
            elif is_new:
                _put_aside(archive, {hot.identity, ""}, kept / ARCHIVE)
            users = HighestNumbers(user=_USERS_LEFT_OUT) if is_new else HighestNumbers()
            archived = _archived(open_snapshot(archive, engine))
            hot.adopt(users.joined(archived))
            pair(store, hot)


def discard(directory: Path, kept: Path) -> None:
    """Move the archive away, so that the next start creates an empty one.

    The gateway must not run.

    :param kept: the directory to create, which receives the archive.
    :raises StorageError: the file of the datapoints cannot be used.
    """
    kept.mkdir(mode=0o700, parents=True)
    if (directory / SYSTEM).exists():
        with _opened(directory / SYSTEM) as store:
            store.forget_archive()
    for path in (directory / ARCHIVE, *directory.glob(f"{ARCHIVE}.sqlite*")):
        if path.exists():
            path.rename(kept / path.name)


def _owner(archive: Path) -> str:
    """The archive that all month files belong to; empty if unknown or not the same."""
    owners = {one.owner for one in FileSource(archive).entries().values()}
    return owners.pop() if len(owners) == 1 else ""


def _put_aside(archive: Path, owners: Collection[str], kept: Path) -> None:
    """Move month files away that belong to none of these archives."""
    for key, one in FileSource(archive).entries().items():
        if one.owner not in owners:
            target = kept / key.group
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = Path(one.name)
            for part in path.parent.glob(f"{path.name}*"):
                part.rename(target / part.name)


@contextmanager
def _opened(path: Path) -> Iterator[SystemStore]:
    store = SystemStore(path, Clock(), maybeDeferred)
    try:
        yield store
    finally:
        store.close()


def _archived(snapshot: Snapshot) -> HighestNumbers:
    """The highest numbers of archived elements."""
    found = HighestNumbers()
    for month in snapshot.months(0, LAST):
        with snapshot.month(month) as one:
            series = one.series(0, LAST)
        if series:
            found = found.joined(numbers_of(series))
    return found
