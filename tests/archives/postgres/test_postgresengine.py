"""The engine for PostgreSQL: the contract of engines, and what is its own."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.storage.damage import StorageError
from tests.contracts.archiveengine import EngineCases
from tests.postgres import postgres_server


class PostgresBlocksEngineTests(EngineCases, SynchronousTestCase):
    """Layout ``blocks``."""

    layout = "blocks"

    def configuration(self) -> str:
        url = postgres_server().url
        return f"url = {url}\nschema = {self.layout}\ndeliver = 3s\n"

    def test_samples_are_sealed_after_a_time(self) -> None:
        """People who query the database need not wait until many have gathered."""
        self.assertEqual(self.engine.seal_every, 3)

    def test_sealed_files_are_refused(self) -> None:
        """The engine would never read their values."""
        self.archive.mkdir()
        (self.archive / "2026-11.sqlite").touch()
        with self.assertRaises(StorageError) as caught:
            self.engine.prepare(self.archive)
        self.assertIn("it has values in files", str(caught.exception))


class PostgresRowsEngineTests(PostgresBlocksEngineTests):
    """Layout ``rows``."""

    layout = "rows"
