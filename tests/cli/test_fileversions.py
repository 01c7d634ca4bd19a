"""Files of a later version are refused by every command, and left as they are."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.cli.main import main

_DPL = """# ascii dump of database

# DpType
TypeName
T.T\t1#1
\tvalue\t22#2

# Datapoint/DpId
DpName\tTypeName\tID
D\tT\t1
"""


class VersionTests(SynchronousTestCase):
    timeout = 60

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir()
        self.state, self.saved = self.directory / "state", self.directory / "saved"
        config = self.directory / "x.ini"
        config.write_text("[system]\nplant =\n")
        self.options = ("--config", str(config), "--state", str(self.state))
        (self.directory / "a.dpl").write_text(_DPL)
        self.done("dpl", "import", str(self.directory / "a.dpl"))
        self.done("archive", "backup", str(self.saved))

    def oagw(self, *words: str) -> tuple[int, str]:
        """Exit code and messages of a command."""
        with redirect_stderr(StringIO()) as told, redirect_stdout(StringIO()):
            code = main([*words, *self.options])
        return code, told.getvalue()

    def done(self, *words: str) -> None:
        code, told = self.oagw(*words)
        self.assertEqual(code, 0, told)

    def content(self) -> dict[str, bytes]:
        """The databases of the state directory."""
        return {str(one): one.read_bytes() for one in self.state.rglob("*.sqlite")}

    def make_later(self, path: Path) -> None:
        """Have a file as a later oagw would leave it."""
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version = 99")

    def test_a_backup_does_not_take_the_place_of_what_is_there(self) -> None:
        """The gateway could not start with it."""
        before = self.content()
        for name in ("system.sqlite", "archive/hot.sqlite"):
            later = self.directory / name.partition("/")[0]
            shutil.copytree(self.saved, later)
            self.make_later(later / name)
            code, told = self.oagw("archive", "restore", str(later))
            self.assertEqual(code, 1)
            self.assertIn(f"{later / name}: it has schema version 99", told)
        self.assertEqual(self.content(), before)
        self.assertEqual(list(self.state.glob("replaced-*")), [])

    def test_what_is_later_is_neither_damaged_nor_a_mismatch(self) -> None:
        """Later files are not repaired, adopted, discarded or accepted."""
        self.make_later(self.state / "archive/hot.sqlite")
        before = self.content()
        for words in (
            ("check",),
            ("repair",),
            ("adopt",),
            ("discard",),
            ("backup", str(self.directory / "again")),
            ("export", str(self.directory / "a.csv")),
            ("compact",),
        ):
            code, told = self.oagw("archive", *words)
            self.assertEqual(code, 1, words)
            self.assertIn("written by a later oagw", told)
        self.assertEqual(self.content(), before)
        self.assertEqual(list(self.state.glob("replaced-*")), [])
