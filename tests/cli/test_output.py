"""A standard output that is full, closed, or read by nobody."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.service.daemon import ENVIRONMENT, OAGW, ROOT, run

#: Python buffers what it writes, unless it is told not to.
_BUFFERED = {key: ENVIRONMENT[key] for key in ENVIRONMENT if key != "PYTHONUNBUFFERED"}


class OutputTests(SynchronousTestCase):
    timeout = 120

    def setUp(self) -> None:
        self.state = Path(self.mktemp()).absolute()
        added = run(
            str(OAGW), "user", "add", "alice", "--state", str(self.state), stdin="pass\n"
        )
        self.assertEqual(added.returncode, 0, added.stderr)

    def shell(self, words: str, redirection: str) -> tuple[int, str]:
        """Exit code and messages of a command whose standard output goes elsewhere."""
        command = shlex.join([str(OAGW), *words.split(), "--state", str(self.state)])
        done = subprocess.run(
            ["bash", "-c", f"{command} {redirection}; exit ${{PIPESTATUS[0]}}"],
            cwd=ROOT,
            env=_BUFFERED,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    def test_full(self) -> None:
        """It says so, in one line."""
        code, errors = self.shell("user list", ">/dev/full")
        full = "oagw: standard output: No space left on device\n"
        self.assertEqual((code, errors), (1, full))

    def test_nobody_reads(self) -> None:
        """As behind ``| head``, it ends without a word."""
        self.assertEqual(self.shell("user list", "| true"), (1, ""))

    def test_closed(self) -> None:
        """What is asked for as a file cannot be given."""
        (self.state / "archive").mkdir()
        code, errors = self.shell("archive export -", ">&-")
        self.assertEqual(code, 1)
        self.assertNotIn("Traceback", errors)
