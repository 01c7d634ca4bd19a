"""Archives and stores as kill -9 leaves them, and a look inside an archive.

No program needs either, so there is no public way; tests that do go through here.
"""

from __future__ import annotations

import sqlite3

from oagw.archives.archive import Archive
from oagw.archives.hot.hotstore import HotStore
from oagw.archives.maintenance import Maintenance
from oagw.systems.embedded.systemstore import SystemStore


def kill(archive: Archive) -> None:
    """End an archive without writing what waits; it does nothing more in the background."""
    maintenance = archive._maintenance
    archive._stopping = maintenance._stopping = True
    maintenance._availability.stop()
    archive._hot.close()
    maintenance.close()


def kill_store(store: SystemStore) -> None:
    """End an embedded system's store without writing its backlog."""
    store_connection(store).close()


def store_connection(store: SystemStore) -> sqlite3.Connection:
    """The connection to the file of an embedded system's store."""
    return store._connection


def has_ended(archive: Archive) -> bool:
    """Whether it was stopped or killed."""
    return archive._stopping


def is_away(archive: Archive) -> bool:
    """Whether its database cannot be reached."""
    return archive._maintenance._availability.is_away


def hot_of(archive: Archive) -> HotStore:
    """Its samples that are not sealed yet."""
    return archive._hot


def hot_connection(archive: Archive) -> sqlite3.Connection:
    """The connection to the file of its hot store."""
    return archive._hot._connection


def series_in(archive: Archive) -> list[int]:
    """The series of each sample that is not sealed yet."""
    return [number for one in archive._hot.chunks() for number in one.series.tolist()]


def maintenance_of(archive: Archive) -> Maintenance:
    """What seals and merges in the background."""
    return archive._maintenance
