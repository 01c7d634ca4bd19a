"""The engine for files: the contract of engines."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.files.fileengine import FileEngine
from tests.contracts.archiveengine import EngineCases


class FileEngineTests(EngineCases, SynchronousTestCase):
    """Without any key the archive is kept in files."""

    def configuration(self) -> str:
        return ""

    def test_it_is_the_default(self) -> None:
        """Samples are sealed by their number only."""
        self.assertIsInstance(self.engine, FileEngine)
        self.assertEqual(self.engine.seal_every, 0)
