"""Files of a state directory besides databases: copied, and replaced as a whole."""

from __future__ import annotations

import shutil
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.cli import statefiles
from oagw.cli.statefiles import copy_others, elsewhere, other_files, replace_others
from oagw.config.settings import read_settings


class StateFilesTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.state = Path(self.mktemp())
        (self.state / "systems/Plc").mkdir(parents=True)
        (self.state / "archive").mkdir()
        for name in ("users", "certificate.pem", "systems/Plc/nodes", "lock", "control"):
            (self.state / name).write_text(f"old {name}")
        for name in ("system.sqlite", "system.sqlite-wal", "archive/hot.sqlite"):
            (self.state / name).touch()
        (self.state / "users").chmod(0o644)

    def texts(self, directory: Path) -> dict[str, str]:
        return {str(one): (directory / one).read_text() for one in other_files(directory)}

    def test_databases_and_files_of_the_process_are_left_out(self) -> None:
        """Files of other systems belong to it."""
        names = {str(path) for path in other_files(self.state)}
        self.assertEqual(names, {"users", "certificate.pem", "systems/Plc/nodes"})

    def test_a_copy_of_secrets_is_secret(self) -> None:
        """The mode of the source does not matter."""
        target = Path(self.mktemp())
        copies = copy_others(self.state, target)
        self.assertEqual(len(copies), 3)
        self.assertEqual(self.texts(target), self.texts(self.state))
        self.assertEqual((target / "users").stat().st_mode & 0o777, 0o600)

    def test_files_are_replaced(self) -> None:
        """The former ones are kept; a file that the backup lacks stays."""
        backup, kept = Path(self.mktemp()), Path(self.mktemp())
        (backup / "systems/New").mkdir(parents=True)
        (backup / "users").write_text("new users")
        (backup / "systems/New/nodes").write_text("new nodes")
        former = self.texts(self.state)
        replace_others(backup, self.state, kept)
        self.assertEqual(
            self.texts(self.state),
            {**former, "users": "new users", "systems/New/nodes": "new nodes"},
        )
        self.assertEqual(self.texts(kept), {"users": "old users"})

    def test_a_failure_changes_nothing(self) -> None:
        """Files that were replaced already come back."""
        backup, kept = Path(self.mktemp()), Path(self.mktemp())
        backup.mkdir()
        for name in ("certificate.pem", "users"):
            (backup / name).write_text(f"new {name}")
        former = self.texts(self.state)
        copy = statefiles.copy_file

        def fail(source: Path, target: Path) -> None:
            if source.name == "users":
                raise shutil.Error("no space")
            copy(source, target)

        self.patch(statefiles, "copy_file", fail)
        self.assertRaises(shutil.Error, replace_others, backup, self.state, kept)
        self.assertEqual(self.texts(self.state), former)

    def test_files_outside_of_the_directory(self) -> None:
        """Configured files outside of the directory are not in a backup."""
        text = "[auth]\nusers = /etc/oagw/users\n[server]\ncertificate = cert.pem\n"
        settings = read_settings(text, "oagw.ini", self.state)
        found = [*elsewhere(settings, self.state)]
        self.assertEqual(found, [Path("/etc/oagw/users")])
