"""The list of archive engines: the first one that the settings choose is used.

``tests/test_development.py`` follows the steps for a new one.
"""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.archives import enginetable as engines
from oagw.archives.enginetable import engine_of
from oagw.archives.files.fileengine import FileEngine
from oagw.config.settings import read_settings
from oagw.storage.damage import StorageError


class ChoiceTests(SynchronousTestCase):
    """Which engine the settings choose."""

    timeout = 30

    def test_files_are_the_default(self) -> None:
        """They are used without any key in ``[archive]``."""
        settings = read_settings("", "oagw.ini", Path())
        self.assertIsInstance(engine_of(settings), FileEngine)

    def test_a_missing_driver_is_named(self) -> None:
        """With the command that installs it."""
        self.patch(engines, "find_spec", lambda name: None)
        text = "[archive]\nurl = postgresql://oagw@db/history\n"
        with self.assertRaisesRegex(StorageError, r"pip install 'oagw\[postgres\]'"):
            engine_of(read_settings(text, "oagw.ini", Path()))
