"""``oagw status`` and its datapoint, over a real gateway with real TLS clients."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import TestCase

from tests.service.daemon import OAGW, Client, Daemon, run

_NAMES = ["pump_00001.state.text", "pump_00001.value.starts"]
_TEXT = "x" * 10_000
_SETS = 1500


class StatusTests(TestCase):
    timeout = 120

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.daemon = Daemon(self.directory, "--set", "simulate.enabled=no").start()
        self.addCleanup(self.daemon.stop)

    def connect(self) -> Client:
        client = self.daemon.connect()
        self.addCleanup(client.close)
        return client

    def status(self) -> dict[str, Any]:
        """What ``oagw status --json`` prints."""
        done = run(str(OAGW), "status", "--json", "--state", str(self.directory))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def publish(self, publisher: Client) -> None:
        """Set two elements again and again; return when all is set."""
        for number in range(_SETS):
            values = [
                {"Dp": "pump_00001.state.text", "Value": f"{number}{_TEXT}"},
                {"Dp": "pump_00001.value.starts", "Value": number},
            ]
            publisher.send("DpSet", {"Values": values})
        publisher.ask("DpGet", Dps=["pump_00001.value.starts"])

    def test_a_client_that_does_not_read(self) -> None:
        """It shows its unsent bytes and conflated updates; the others have none."""
        slow, publisher = self.connect(), self.connect()
        slow.ask("DpConnect", Id=1, Dps=_NAMES)
        self.publish(publisher)
        first, second = self.status()["sessions"]
        self.assertEqual((first["user"], first["connects"]), ("demo", 1))
        self.assertIn("127.0.0.1", first["address"])
        self.assertGreater(first["unsent"], 100_000)
        self.assertEqual((second["connects"], second["unsent"]), (0, 0))
        # What newer updates stand for is counted when the client reads on.
        while slow.receive()["DpConnectResult"]["Values"] and not first["conflated"]:
            [first, _] = self.status()["sessions"]
        self.assertGreater(first["conflated"], 0)
        conflated = first["conflated"]
        slow.close()
        while len(self.status()["sessions"]) > 1:
            continue
        self.assertGreaterEqual(self.status()["totals"]["conflated"], conflated)

    def test_the_text(self) -> None:
        """It names the listener, the users and the state of the files, and no password."""
        self.connect().ask("DpConnect", Id=1, Dps=["_oagw_status.sessions"])
        done = run(str(OAGW), "status", "--state", str(self.directory))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        [url] = self.daemon.urls
        for part in (url, "demo", "connects       1", "System1", "not sealed", "memory"):
            self.assertIn(part, done.stdout)
        self.assertNotIn("password", done.stdout)

    def test_the_datapoint(self) -> None:
        """A client that is connected to it is sent what changes."""
        watcher = self.connect()
        names = ["_oagw_status.sessions", "_oagw_status.memory"]
        values = watcher.ask("DpConnect", Id=1, Dps=names)["Values"]
        self.assertGreater(values["System1:_oagw_status.memory:_online.._value"], 10**7)
        others = [self.connect() for _ in range(2)]
        sessions = 0
        while sessions < len(others) + 1:
            values = watcher.receive()["DpConnectResult"]["Values"]
            sessions = values["System1:_oagw_status.sessions:_online.._value"]

    def test_a_stopped_gateway(self) -> None:
        """The command says that none runs, and ends with 1."""
        self.daemon.stop()
        done = run(str(OAGW), "status", "--state", str(self.directory))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(f"no gateway runs with {self.directory}", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
