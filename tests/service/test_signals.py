"""What signals do to a gateway."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import tempfile
from pathlib import Path

from twisted.trial.unittest import TestCase

from tests.service.daemon import ENVIRONMENT, ROOT, Daemon

QUIET = ("--set", "simulate.enabled=no")


class SignalTests(TestCase):
    timeout = 300

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)

    def test_they_do_not_end_it(self) -> None:
        """SIGHUP, SIGUSR1 and SIGUSR2 are a line in the log; clients stay connected."""
        daemon = Daemon(self.directory / "state", *QUIET).start()
        self.addCleanup(daemon.stop)
        client = daemon.connect()
        for number, text in (
            (signal.SIGHUP, "SIGHUP reloads nothing"),
            (signal.SIGUSR1, "SIGUSR1 does nothing here"),
            (signal.SIGUSR2, "SIGUSR2 does nothing here"),
            (signal.SIGHUP, "SIGHUP reloads nothing"),
        ):
            daemon.signal(number)
            daemon.wait_for(text)
            self.assertEqual(client.ask("DpGet", Dps=[])["Error"], 0)
        client.close()
        self.assertEqual(daemon.stop(), 0)

    def test_hangup_while_it_starts(self) -> None:
        """It goes on as soon as the settings are read, long before clients can connect."""
        daemon = Daemon(self.directory / "state")
        begin, daemon.ready = daemon.ready, "[server] listen ="
        daemon.start()
        self.addCleanup(daemon.stop)
        daemon.signal(signal.SIGHUP)
        daemon.wait_for(begin)
        self.assertIn("SIGHUP reloads nothing", daemon.output)
        self.assertEqual(daemon.stop(), 0)

    def test_a_log_file_begins_anew(self) -> None:
        """With --logfile SIGUSR1 is twistd's, and SIGHUP keeps the file."""
        log = self.directory / "oagw.log"
        daemon = Daemon(self.directory / "state", *QUIET)
        daemon.command[1:2] = ["-n", "--logfile", str(log)]
        daemon.start()
        self.addCleanup(daemon.stop)
        daemon.signal(signal.SIGHUP)
        daemon.signal(signal.SIGUSR1)
        client = daemon.connect()
        self.assertEqual(client.ask("DpGet", Dps=[])["Error"], 0)
        client.close()
        self.assertEqual(daemon.stop(), 0)
        self.assertIn("listening on", (self.directory / "oagw.log.1").read_text())
        self.assertIn("everything accepted is on disk", log.read_text())

    def test_a_terminal_that_is_closed(self) -> None:
        """It ends cleanly then, as a program does that runs in a terminal."""
        state = self.directory / "state"
        daemon = Daemon(state, *QUIET)
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(ROOT)
            os.execve(daemon.command[0], daemon.command, ENVIRONMENT)
        shown = b""
        while b"SHA-256:" not in shown:
            shown += os.read(terminal, 4096)
        os.kill(process, signal.SIGHUP)
        while b"SIGHUP reloads nothing" not in shown:
            shown += os.read(terminal, 4096)
        os.close(terminal)
        _, status = os.waitpid(process, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0)
        self.assertFalse((state / "listening").exists())
