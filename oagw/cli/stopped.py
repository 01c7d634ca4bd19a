"""The system of a gateway that does not run, for one command.

Nothing happens in it by itself: whatever would be done in a thread is done at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from oagw.archives.policy import Threads
from oagw.cli.archives import Place, places
from oagw.cli.clierrors import CommandError
from oagw.config.settings import Settings
from oagw.gateway.stores import open_stores
from oagw.interfaces.archives import IArchive
from oagw.interfaces.services import Services
from oagw.storage.damage import StorageError
from oagw.storage.statedir import StateDirectory
from oagw.systems.embedded.archivegroups import ArchiveGroups
from oagw.systems.embedded.archiveservice import ArchiveService
from oagw.systems.embedded.store import Store
from oagw.systems.embedded.system import EmbeddedSystem
from oagw.systems.slices import Slices

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a gateway has that runs.

    :ivar archives: of all systems, by name; the own one is the first.
    """

    system: EmbeddedSystem
    store: Store
    archive: IArchive
    services: Services
    archives: Mapping[str, ArchiveService]


@contextmanager
def stopped(state: Path, settings: Settings) -> Iterator[Parts]:
    """The parts of a gateway that does not run; no other one can start meanwhile.

    :raises CommandError: one runs, or the files cannot be used.
    """
    clock = _Now()
    try:
        # Kept for its lock.
        directory = StateDirectory(state)
    except StorageError as error:
        raise CommandError(str(error)) from error
    groups = {name: one.elements for name, one in settings.archive_groups.items()}
    zone = settings.server.time_zone
    services = Services(clock, maybeDeferred, Slices(clock), zone, groups)
    with closing(directory), ExitStack() as stack:
        systems = [
            stack.enter_context(_opened(place, settings, services))
            for place in places(directory.path, settings)
        ]
        archives = {one.name: ArchiveService(one, one.archive, services) for one in systems}
        own = systems[0]
        yield Parts(own, own.store, own.archive, services, archives)


@contextmanager
def _opened(
    place: Place, settings: Settings, services: Services
) -> Iterator[EmbeddedSystem]:
    """A system on its files.

    :raises CommandError: they cannot be used.
    """
    clock, name = services.clock, place.system
    threads = Threads(maybeDeferred, maybeDeferred, maybeDeferred)
    try:
        store, archive = open_stores(
            place.directory, settings, name, clock, threads, maybeDeferred
        )
    except StorageError as error:
        raise CommandError(str(error)) from error
    system = EmbeddedSystem(name, store, archive, services)
    try:
        of = ArchiveGroups(system.plant, name, services.groups, archive.asks_names)
        result_of(archive.start(of.of, of.name_of))
        yield system
    finally:
        try:
            result_of(archive.stop())
        finally:
            result_of(store.flushed())
            store.close()


def result_of(done: Deferred[_T]) -> _T:
    """What a Deferred has fired with, here where nothing is waited for.

    :raises Exception: what it has failed with.
    """
    results: list[_T | Failure] = []
    done.addBoth(results.append)
    if not results:
        raise CommandError("it waits for something that only a running gateway does")
    [result] = results
    if isinstance(result, Failure):
        result.raiseException()
    return result


class _Now(Clock):
    """The time of the machine, for what needs a reactor's clock and nothing to happen."""

    def __init__(self) -> None:
        super().__init__()
        self.advance(time.time())
