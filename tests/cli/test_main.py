"""The command as a whole."""

from __future__ import annotations

from contextlib import redirect_stderr
from io import StringIO

from twisted.trial.unittest import SynchronousTestCase

from oagw.cli import main
from oagw.config import Settings


class MainTests(SynchronousTestCase):
    def test_what_is_interrupted_says_so(self) -> None:
        """Ctrl-C ends a command with a line and the exit code of shells."""

        def interrupt(path: object, overrides: object) -> Settings:
            raise KeyboardInterrupt

        self.patch(main, "find_config", lambda path: path)
        self.patch(main, "read_file", interrupt)
        with redirect_stderr(StringIO()) as told:
            self.assertEqual(main.main(["archive", "check", "--config", "x.ini"]), 130)
        self.assertEqual(told.getvalue(), "oagw: interrupted\n")
