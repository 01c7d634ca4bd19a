"""Files that commands write: whole, or not at all."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.cli.errors import CommandError
from oagw.cli.outputs import output


class OutputTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.path = self.directory / "x.csv"
        self.path.write_bytes(b"before")

    def test_what_fails_leaves_what_was_there(self) -> None:
        """A full disk, of which the system does not say the name."""
        with self.assertRaises(CommandError) as raised, output(str(self.path)) as file:
            file.write(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        self.assertIn(f"{self.path} is not complete: No space", str(raised.exception))
        self.assertEqual(self.path.read_bytes(), b"before")
        self.assertEqual(list(self.directory.iterdir()), [self.path])

    def test_a_link_stays_a_link(self) -> None:
        """What it stands for is written."""
        link = self.directory / "link"
        link.symlink_to(self.path.name)
        with output(str(link)) as file:
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
        with output(str(pipe)) as file:
            file.write(b"piped")
        reader.join()
        self.assertEqual(read, [b"piped"])
        self.assertTrue(pipe.is_fifo())
