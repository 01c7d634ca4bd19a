"""Restoring a whole backup: all of it, or nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.cli import restore as restoring
from oagw.cli.archiveplaces import ArchivePlace
from oagw.cli.restore import restore_all
from oagw.config.settings import Settings, read_settings
from oagw.storage.damage import StorageError
from oagw.storage.statedir import StateDirectory

#: What is there before, and in the backup.
_FILES = (
    "archive/hot.sqlite",
    "system.sqlite",
    "systems/Plc/archive/hot.sqlite",
    "systems/Plc/system.sqlite",
)


class RestoreAllTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.state, self.backup = Path(self.mktemp()), Path(self.mktemp())
        for directory, text in ((self.state, "before"), (self.backup, "backup")):
            for name in _FILES:
                (directory / name).parent.mkdir(parents=True, exist_ok=True)
                (directory / name).write_text(text)
        # It is of the state that was there, and nothing of the backup's.
        (self.state / "system.sqlite-wal").write_text("before")
        self.settings = read_settings("[system:Plc]\n", "x.ini", self.state)

    def restore(self) -> Path:
        return restore_all(self.backup, self.state, self.settings, lambda what, share: None)

    def found(self) -> dict[str, str]:
        """All that is in the state directory but its lock."""
        return {
            str(path.relative_to(self.state)): path.read_text()
            for path in self.state.rglob("*")
            if path.is_file() and path.name != "lock"
        }

    def test_all_of_it(self) -> None:
        """What was there is put aside."""
        aside = self.restore().name
        before = {f"{aside}/{name}": "before" for name in (*_FILES, "system.sqlite-wal")}
        self.assertEqual(self.found(), dict.fromkeys(_FILES, "backup") | before)

    def test_users_certificates_and_tables_of_nodes(self) -> None:
        """Files in the backup replace those of the state directory; the rest stays."""
        for name in ("users", "private_key.pem", "systems/Plc/nodes.csv"):
            (self.backup / name).write_text("backup")
            (self.state / name).write_text("before")
        (self.state / "certificate.pem").write_text("before")
        (self.backup / "lock").write_text("of nobody")
        aside = self.restore().name
        found = self.found()
        for name in ("users", "private_key.pem", "systems/Plc/nodes.csv"):
            self.assertEqual((found[name], found[f"{aside}/{name}"]), ("backup", "before"))
        self.assertEqual(found["certificate.pem"], "before")
        for name in ("users", "private_key.pem"):
            self.assertEqual((self.state / name).stat().st_mode & 0o777, 0o600)

    def test_what_fails_leaves_what_was_there(self) -> None:
        """With an empty state directory the next start would begin an empty plant."""
        (self.state / "users").write_text("before")
        before = self.found()
        (self.backup / "systems/Plc/archive/2026-11.sqlite").symlink_to("nowhere")
        self.assertRaises(shutil.Error, self.restore)
        self.assertEqual(self.found(), before)
        self.assertEqual(list(self.state.glob("replaced-*")), [])

    def test_what_is_interrupted_leaves_what_was_there(self) -> None:
        """Ctrl-C, when nothing of a system has come yet."""

        def interrupt(
            place: ArchivePlace, target: Path, settings: Settings, tell: object
        ) -> None:
            raise KeyboardInterrupt

        before = self.found()
        self.patch(restoring, "_restore", interrupt)
        self.assertRaises(KeyboardInterrupt, self.restore)
        self.assertEqual(self.found(), before)
        self.assertEqual(list(self.state.glob("replaced-*")), [])

    def test_what_is_killed_is_begun_again(self) -> None:
        """The files of a killed restore are not used; the former files are named."""
        killed = Path(self.mktemp())

        def kill(
            place: ArchivePlace, target: Path, settings: Settings, tell: object
        ) -> None:
            shutil.copytree(self.state, killed)
            raise KeyboardInterrupt

        before = self.found()
        real = restoring._restore
        self.patch(restoring, "_restore", kill)
        self.assertRaises(KeyboardInterrupt, self.restore)
        self.patch(restoring, "_restore", real)
        self.assertEqual(self.found(), before)
        StateDirectory(self.state).close()
        self.state = killed
        [aside] = killed.glob("replaced-*")
        with self.assertRaises(StorageError) as raised:
            StateDirectory(killed)
        self.assertIn(f"'oagw archive restore DIR --state {killed}'", str(raised.exception))
        self.assertIn(str(aside), str(raised.exception))
        aside.rename(killed / "replaced-before")
        self.restore()
        StateDirectory(killed).close()
        found = self.found()
        self.assertEqual(
            {name: found[name] for name in _FILES}, dict.fromkeys(_FILES, "backup")
        )
