"""The systems of a gateway that is not running, for one command.

No timers or threads run: work for a thread is done at once.
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
from oagw.cli.archiveplaces import ArchivePlace, archive_places
from oagw.cli.clierrors import CommandError
from oagw.config.settings import Settings
from oagw.gateway.stores import open_stores
from oagw.interfaces.archives import IArchive
from oagw.interfaces.services import Services
from oagw.storage.damage import StorageError
from oagw.storage.statedir import StateDirectory
from oagw.systems.embedded.archivegroups import ArchiveGroups
from oagw.systems.embedded.archiveservice import ArchiveService
from oagw.systems.embedded.system import EmbeddedSystem
from oagw.systems.embedded.systemstore import SystemStore
from oagw.systems.slicerunner import SliceRunner

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class GatewayParts:
    """The parts of a gateway that a command uses.

    :ivar system: the gateway's own system.
    :ivar archives: those of all systems, by name; the own system's is the first.
    """

    system: EmbeddedSystem
    store: SystemStore
    archive: IArchive
    services: Services
    archives: Mapping[str, ArchiveService]


@contextmanager
def stopped(state: Path, settings: Settings) -> Iterator[GatewayParts]:
    """The parts of a gateway that is not running; none can start while they are in use.

    :raises CommandError: a gateway is running, or the files cannot be used.
    """
    clock = _Now()
    try:
        # It holds the lock.
        directory = StateDirectory(state)
    except StorageError as error:
        raise CommandError(str(error)) from error
    groups = {name: one.elements for name, one in settings.archive_groups.items()}
    zone = settings.server.time_zone
    services = Services(clock, maybeDeferred, SliceRunner(clock), zone, groups)
    with closing(directory), ExitStack() as stack:
        systems = [
            stack.enter_context(_opened(place, settings, services))
            for place in archive_places(directory.path, settings)
        ]
        archives = {one.name: ArchiveService(one, one.archive, services) for one in systems}
        own = systems[0]
        yield GatewayParts(own, own.store, own.archive, services, archives)


@contextmanager
def _opened(
    place: ArchivePlace, settings: Settings, services: Services
) -> Iterator[EmbeddedSystem]:
    """Open a system.

    :raises CommandError: its files cannot be used.
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
        groups = ArchiveGroups(system.plant, name, services.groups, archive.asks_names)
        result_of(archive.start(groups.group_of, groups.name_of))
        yield system
    finally:
        try:
            result_of(archive.stop())
        finally:
            result_of(store.flushed())
            store.close()


def result_of(done: Deferred[_T]) -> _T:
    """The result of a Deferred that has fired already.

    :raises Exception: the failure of the Deferred.
    :raises CommandError: it has not fired.
    """
    results: list[_T | Failure] = []
    done.addBoth(results.append)
    if not results:
        raise CommandError("this needs a running gateway")
    [result] = results
    if isinstance(result, Failure):
        result.raiseException()
    return result


class _Now(Clock):
    """A clock that stands still at the machine's time."""

    def __init__(self) -> None:
        super().__init__()
        self.advance(time.time())
