"""Open files: a gateway that may have few of them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from twisted.trial.unittest import TestCase
from websocket import WebSocketException

from tests.service.daemon import Client, Daemon

FILES = 100
CLIENTS = 50


class OpenFileTests(TestCase):
    timeout = 300

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)

    def daemon(self, limit: str) -> Daemon:
        """One that is started from a shell with a limit."""
        daemon = Daemon(self.directory / "state", "--set", "simulate.enabled=no")
        shell = f'ulimit {limit} {FILES}; exec "$@"'
        daemon.command = ["sh", "-c", shell, "sh", *daemon.command]
        daemon.start()
        self.addCleanup(daemon.stop)
        return daemon

    def test_too_few(self) -> None:
        """The start warns; a client above the limit is refused, the others are served."""
        daemon = self.daemon("-n")
        self.assertIn(f"at most {CLIENTS} clients can be connected", daemon.output)
        self.assertIn("ulimit -n 10256", daemon.output)
        clients = [daemon.connect() for _ in range(CLIENTS)]
        for _ in range(FILES):
            with self.assertRaises((WebSocketException, OSError)):
                daemon.connect()
        for client in clients:
            values = [{"Dp": "ExampleDP_Arg1.", "Value": 1}]
            self.assertEqual(client.ask("DpSet", Wait=True, Values=values)["Error"], 0)
        for client in clients[:10]:
            client.close()
        daemon.wait_for(f"clients are accepted again; {FILES} were refused")
        self.assertEqual(daemon.output.count("more are refused"), 1)
        self.assertIn(f"as many as {FILES} open files (ulimit -n) allows", daemon.output)
        again: Client = daemon.connect()
        self.assertEqual(again.ask("DpGet", Dps=[])["Error"], 0)

    def test_a_limit_that_can_be_raised(self) -> None:
        """It is raised without a word."""
        daemon = self.daemon("-S -n")
        self.assertNotIn("ulimit", daemon.output)
        clients = [daemon.connect() for _ in range(2 * FILES)]
        self.assertEqual(clients[-1].ask("DpGet", Dps=[])["Error"], 0)
