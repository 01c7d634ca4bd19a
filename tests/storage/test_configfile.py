"""The configuration file: where it is searched for, and how it is read."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.config.configerror import ConfigError
from oagw.storage.configfile import find_config, read_file


class ConfigFileTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.usual = [self.directory / name for name in ("first.ini", "second.ini")]

    def test_the_first_usual_file_is_found(self) -> None:
        """Unless one is given, whether it exists or not."""
        self.usual[1].touch()
        self.assertEqual(find_config(None, self.usual), self.usual[1])
        self.usual[0].touch()
        self.assertEqual(find_config(None, self.usual), self.usual[0])
        self.assertEqual(find_config("given.ini", self.usual), Path("given.ini"))

    def test_no_file_is_an_error(self) -> None:
        """It names the usual ones and the option."""
        with self.assertRaisesRegex(ConfigError, "first.ini or .*second.ini.*--config"):
            find_config(None, self.usual)

    def test_paths_belong_to_the_directory_of_the_file(self) -> None:
        """Whatever encoding the editor has used."""
        path = self.usual[0]
        path.write_text("[server]\nstate = below\n", encoding="utf-16")
        self.assertEqual(read_file(path).server.state, path.parent.absolute() / "below")

    def test_a_file_that_cannot_be_read(self) -> None:
        """The error names it as it was given."""
        with self.assertRaisesRegex(ConfigError, "--config .*first.ini: No such file"):
            read_file(self.usual[0])
