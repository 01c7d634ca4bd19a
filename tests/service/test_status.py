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

    def test_clients_cannot_end_the_datapoint(self) -> None:
        """What they set, and what they delete, is as before after the next refresh."""
        client = self.connect()
        name = "System1:_oagw_status.version:_online.._value"
        version = client.ask("DpConnect", Id=1, Dps=[name])["Values"][name]
        client.send("DpSet", {"Values": [{"Dp": "_oagw_status.version", "Value": "0.0.0"}]})
        updates = [client.receive()["DpConnectResult"]["Values"][name] for _ in range(2)]
        self.assertEqual(updates, ["0.0.0", version])
        client.send("DpDisconnect", {"Id": 1})
        self.assertEqual(client.ask("DpDelete", Dp="_oagw_status")["Error"], 0)
        while client.ask("DpGet", Dps=[name])["Values"].get(name) != version:
            continue
        self.assertEqual(self.daemon.stop(), 0)
        self.assertNotIn("Traceback", self.daemon.output)

    def test_a_datapoint_of_another_type_has_the_name(self) -> None:
        """The gateway starts with it, and the log says why there is no status."""
        client = self.connect()
        client.ask("DpDelete", Dp="_oagw_status")
        created = client.ask("DpCreate", Dp="_oagw_status", Type="ExampleDP_Float")
        self.assertEqual(created["Error"], 0)
        client.close()
        self.daemon.stop()
        self.daemon.start()
        name = "System1:_oagw_status.:_online.._value"
        self.assertEqual(self.connect().ask("DpGet", Dps=[name])["Values"], {name: 0})
        self.assertIn("_oagw_status has no values: ", self.daemon.output)
        self.assertNotIn("Traceback", self.daemon.output)

    def test_names_of_users_do_not_control_the_terminal(self) -> None:
        """They may come from other sources than the password file."""
        self.daemon.stop()
        more = self.directory / "more-users"
        more.write_text("red\x1b[31m:secret word\n")
        self.daemon.command += ["--set", f"auth.checkers=file:{more}"]
        self.daemon.start()
        client = self.daemon.connect("?username=red%1B[31m&password=secret%20word")
        self.addCleanup(client.close)
        client.ask("DpGet", Dps=[])
        for option in ([], ["--json"]):
            done = run(str(OAGW), "status", *option, "--state", str(self.directory))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("[31m", done.stdout)
            self.assertNotIn("\x1b", done.stdout)
            self.assertNotIn("secret", done.stdout)

    def test_a_stopped_gateway(self) -> None:
        """The command says that none runs, and ends with 1."""
        self.daemon.stop()
        done = run(str(OAGW), "status", "--state", str(self.directory))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(f"no gateway runs with {self.directory}", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
