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
from oagw.archives.configured import open_configured, open_source
from oagw.archives.hot import HotStore, numbers_of
from oagw.archives.moments import FileSource, Source
from oagw.archives.policy import Threads
from oagw.archives.roster import misfits
from oagw.archives.snapshot import Snapshot
from oagw.config.settings import Settings
from oagw.model.times import LAST
from oagw.storage.damage import StorageError, explained
from oagw.storage.pairing import (
    ARCHIVE,
    HOT,
    SYSTEM,
    MismatchError,
    Numbers,
    check_pair,
    has_run,
    join,
)
from oagw.systems.embedded.store import Store

#: Numbers of users that are left out if it is not known who had which.
_USERS_LEFT_OUT = 1 << 16


def open_stores(
    directory: Path,
    settings: Settings,
    system: str,
    clock: IReactorTime,
    threads: Threads,
    in_thread: Callable[[Callable[[], Any]], Deferred[Any]],
) -> tuple[Store, Archive]:
    """Open both, made if neither is there.

    :param directory: has both.
    :param threads: of the archive.
    :param in_thread: runs functions in the one thread that writes the datapoints.
    :raises StorageError: they do not belong together, or one cannot be used.
    """
    check_pair(directory)
    archive = open_configured(directory, clock, threads, settings, system)
    store = Store(directory / SYSTEM, clock, in_thread)
    with explained(directory / SYSTEM):
        join(store, archive)
    return store, archive


def mismatches(directory: Path, sealed: Settings | Source) -> list[str]:
    """Why stores do not belong together, a sentence for each reason; none if they do.

    :param sealed: where sealed values are, or the configuration that says it.
    :raises OagwError: the database that is configured cannot be reached.
    """
    hot = directory / ARCHIVE / HOT
    try:
        check_pair(directory)
        if not hot.exists():
            return []
        if isinstance(sealed, Settings):
            sealed = open_source(directory / ARCHIVE, sealed)
        return misfits(hot, sealed)
    except StorageError as error:
        return [str(error)]


def adopt(directory: Path, kept: Path, settings: Settings) -> None:
    """Have what is there belong together; numbers that either has used are not used again.

    The gateway must not run. What is missing is created, and has nothing. Months of other
    archives are put aside: what the numbers in them mean is not known.

    :param kept: the directory that gets them.
    :raises StorageError: a file cannot be used, or belongs to another gateway.
    :raises OagwError: what is archived cannot be read.
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
            users = Numbers(user=_USERS_LEFT_OUT) if is_new else Numbers()
            archived = _archived(Snapshot(archive, open_source(archive, settings)))
            hot.adopt(users.joined(archived))
            join(store, hot)


def discard(directory: Path, kept: Path) -> None:
    """Have no archive any more, so that the next start begins an empty one.

    The gateway must not run.

    :param kept: the directory, not there yet, that gets what there is.
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
    """The archive to which months belong; empty if it is not known, or not one."""
    owners = {one.owner for one in FileSource(archive).entries().values()}
    return owners.pop() if len(owners) == 1 else ""


def _put_aside(archive: Path, owners: Collection[str], kept: Path) -> None:
    """Put months aside that belong to none of these archives."""
    for key, one in FileSource(archive).entries().items():
        if one.owner not in owners:
            target = kept / key.group
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = Path(one.name)
            for part in path.parent.glob(f"{path.name}*"):
                part.rename(target / part.name)


@contextmanager
def _opened(path: Path) -> Iterator[Store]:
    store = Store(path, Clock(), maybeDeferred)
    try:
        yield store
    finally:
        store.close()


def _archived(snapshot: Snapshot) -> Numbers:
    """The highest numbers of all that is archived, as far as they are of elements."""
    found = Numbers()
    for month in snapshot.months(0, LAST):
        with snapshot.month(month) as one:
            series = one.series(0, LAST)
        if series:
            found = found.joined(numbers_of(series))
    return found
