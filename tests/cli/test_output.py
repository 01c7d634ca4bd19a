"""A standard output that is full, closed or not read; files that are written."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
import threading
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.cli.clierrors import CommandError
from oagw.cli.output import output_file
from tests.service.daemon import ENVIRONMENT, OAGW, ROOT, run

#: Python buffers what it writes, unless this is switched off.
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


class FileTests(SynchronousTestCase):
    """A file is whole, or not there at all."""

    timeout = 120

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.path = self.directory / "x.csv"
        self.path.write_bytes(b"before")

    def test_what_fails_leaves_what_was_there(self) -> None:
        """A full disk, of which the system does not say the name."""
        with self.assertRaises(CommandError) as raised, output_file(str(self.path)) as file:
            file.write(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        self.assertIn(f"{self.path} could not be written: No space", str(raised.exception))
        self.assertEqual(self.path.read_bytes(), b"before")
        self.assertEqual(list(self.directory.iterdir()), [self.path])

    def test_a_link_stays_a_link(self) -> None:
        """What it stands for is written."""
        link = self.directory / "link"
        link.symlink_to(self.path.name)
        with output_file(str(link)) as file:
            file.write(b"after")
        self.assertTrue(link.is_symlink())
        self.assertEqual(self.path.read_bytes(), b"after")

    def test_a_pipe_is_written_as_it_is(self) -> None:
        """No file takes its place."""
        pipe = self.directory / "pipe"
        os.mkfifo(pipe)
        read: list[bytes] = []
        reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
        reader.start()
        with output_file(str(pipe)) as file:
            file.write(b"piped")
        reader.join()
        self.assertEqual(read, [b"piped"])
        self.assertTrue(pipe.is_fifo())
