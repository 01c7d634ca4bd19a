"""The archive in a PostgreSQL database: the contract of archives, and what is its own."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.archive import Archive
from oagw.archives.policy import Policy
from oagw.archives.postgres import rows
from oagw.archives.postgres.store import PostgresStore
from oagw.config.secret import Secret
from tests.contracts.anyarchive import AnyArchiveCases
from tests.contracts.archive import AT_ONCE, ArchiveCases
from tests.postgres import PostgresServer, postgres_server


def name_of(series: int) -> str:
    """The name of any series."""
    return f"Pump{series}.value"


class _Postgres:
    """Opens archives whose sealed values are in a database."""

    layout = "blocks"
    seal = 1

    server: PostgresServer
    directory: Path
    clock: Clock

    def prepare(self, directory: str) -> None:
        self.server = postgres_server()
        self.directory = Path(directory)
        self.directory.mkdir()
        self.clock = Clock()

    def archive_in(self, name: str) -> Archive:
        store = PostgresStore(Secret(self.server.url), self.layout, "System1")
        directory = self.directory / name
        directory.mkdir(exist_ok=True)
        return Archive(
            directory / "hot.sqlite", store, self.clock, AT_ONCE, Policy(self.seal)
        )


class PostgresBlocksTests(_Postgres, ArchiveCases, SynchronousTestCase):
    """Layout ``blocks``; each value is sealed as soon as it comes."""

    archive: Archive
    timeout = 120

    def setUp(self) -> None:
        self.prepare(self.mktemp())
        super().setUp()

    def opened(self, name: str = "archive") -> Archive:
        archive = self.archive_in(name)
        self.successResultOf(archive.start(name_of=name_of))
        return archive


class PostgresRowsTests(PostgresBlocksTests):
    """Layout ``rows``."""

    layout = "rows"


class AnyPostgresBlocksTests(_Postgres, AnyArchiveCases, SynchronousTestCase):
    """Any samples, in layout ``blocks``."""

    timeout = 300

    def opened(self, directory: Path, seal: int) -> Archive:
        if not directory.exists():
            self.prepare(str(directory))
        self.seal = seal
        archive = self.archive_in("archive")
        self.successResultOf(archive.start(name_of=name_of))
        return archive


class AnyPostgresRowsTests(AnyPostgresBlocksTests):
    """Any samples, in layout ``rows``; read a few rows at a time."""

    layout = "rows"

    def setUp(self) -> None:
        self.patch(rows, "_AT_ONCE", 2)
