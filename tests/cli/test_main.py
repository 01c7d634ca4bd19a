"""The command as a whole."""

from __future__ import annotations

import sys
from argparse import Namespace
from contextlib import redirect_stderr
from io import StringIO

from twisted.trial.unittest import SynchronousTestCase

from oagw.cli import main, runner
from oagw.config.settings import Settings
from tests.service.daemon import run

#: Runs the command, and says how it ended and whether anything heavy was imported.
_SPY = """
import sys
before = set(sys.modules)
from oagw.cli.main import main
try:
    code = main(sys.argv[1:])
except SystemExit as ended:
    code = ended.code
heavy = {"twisted", "numpy", "argon2", "sqlite3", "cryptography", "asyncio"}
heavy.add("oagw.config.settings")
print("code", code, "imported", *sorted(heavy & sys.modules.keys() - before))
"""


class MainTests(SynchronousTestCase):
    timeout = 120

    def test_what_is_interrupted_says_so(self) -> None:
        """Ctrl-C ends a command with a line and the exit code of shells."""

        def interrupt(path: object, overrides: object) -> Settings:
            raise KeyboardInterrupt

        self.patch(runner, "find_config", lambda path: path)
        self.patch(runner, "read_file", interrupt)
        with redirect_stderr(StringIO()) as told:
            self.assertEqual(main.main(["archive", "check", "--config", "x.ini"]), 130)
        self.assertEqual(told.getvalue(), "oagw: interrupted\n")

    def test_version_help_and_wrong_usage_start_nothing(self) -> None:
        """They import none of what takes long to import."""
        for words, code, shown in (
            (["--version"], 0, "oagw 0."),
            (["--help"], 0, "change, remove and list users"),
            ([], 2, "usage: oagw"),
            (["usr"], 2, "invalid choice"),
        ):
            done = run(sys.executable, "-c", _SPY, *words)
            self.assertIn(shown, done.stdout + done.stderr)
            self.assertEqual(done.stdout.splitlines()[-1], f"code {code} imported")

    def test_places_stand_anywhere(self) -> None:
        """Before the topic, behind it or behind the action; the last one counts."""
        seen: list[object] = []

        def note(options: Namespace) -> int:
            seen.append(options.config)
            return 0

        self.patch(runner, "run", note)
        for words, config in (
            (["user", "list"], None),
            (["--config", "a", "user", "list"], "a"),
            (["user", "--config", "a", "list"], "a"),
            (["user", "list", "--config", "a"], "a"),
            (["--config", "b", "user", "list", "--config", "a"], "a"),
        ):
            self.assertEqual(main.main(words), 0)
            self.assertEqual(seen.pop(), config)

    def test_a_topic_has_its_actions(self) -> None:
        """Each topic of the help explains its own."""
        for topic, action in (
            ("dpl", "import"),
            ("archive", "restore"),
            ("bridge", "check"),
            ("opcua", "certificate"),
            ("user", "passwd"),
        ):
            with self.assertRaises(SystemExit) as ended:
                self.patch(sys, "stdout", StringIO())
                main.main([topic, "--help"])
            self.assertEqual(ended.exception.code, 0)
            assert isinstance(sys.stdout, StringIO)
            self.assertIn(action, sys.stdout.getvalue())
