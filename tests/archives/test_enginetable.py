"""The registry of archive engines: a new one needs a module, a row, a key and tests."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives import enginetable as engines
from oagw.archives.archive import Archive
from oagw.archives.enginetable import engine_of, open_archive
from oagw.archives.files.fileengine import FileEngine
from oagw.config import sectionsettings
from oagw.config.settings import read_settings
from oagw.storage.damage import StorageError
from tests.archives.toyengine import TOY, ToyEngine, ToySettings
from tests.contracts.archive import AT_ONCE, ArchiveCases
from tests.contracts.archiveengine import EngineCases


def add_toy(case: SynchronousTestCase) -> None:
    """Add the toy's row and its key for the time of a test."""
    case.patch(engines, "ENGINES", [TOY, *engines.ENGINES])
    sections = {**sectionsettings.SECTIONS, "archive": ToySettings}
    case.patch(sectionsettings, "SECTIONS", sections)


class ToyEngineTests(EngineCases, SynchronousTestCase):
    """The contract of engines."""

    def setUp(self) -> None:
        add_toy(self)
        super().setUp()

    def configuration(self) -> str:
        return "toy = elsewhere\n"

    def test_the_key_chooses_it(self) -> None:
        """Without the key the archive is in files."""
        self.assertIsInstance(self.engine, ToyEngine)
        settings = read_settings("", "oagw.ini", self.state)
        self.assertIsInstance(engine_of(settings), FileEngine)


class ToyArchiveTests(ArchiveCases, SynchronousTestCase):
    """The contract of archives; each sample is sealed as soon as it comes."""

    archive: Archive

    def setUp(self) -> None:
        add_toy(self)
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        super().setUp()

    def opened(self, name: str = "archive") -> Archive:
        text = f"[archive]\nseal = 1\ntoy = toy of {name}\n"
        settings = read_settings(text, "oagw.ini", self.directory)
        archive = open_archive(self.directory / name, Clock(), AT_ONCE, settings)
        self.successResultOf(archive.start())
        return archive


class DriverTests(SynchronousTestCase):
    """An engine may need what is not installed."""

    timeout = 30

    def test_a_missing_driver_is_named(self) -> None:
        """With the command that installs it."""
        self.patch(engines, "find_spec", lambda name: None)
        text = "[archive]\nurl = postgresql://oagw@db/history\n"
        with self.assertRaisesRegex(StorageError, r"pip install 'oagw\[postgres\]'"):
            engine_of(read_settings(text, "oagw.ini", Path()))
