"""Queries from outside: over TLS, beside other clients, and of clients that leave."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from twisted.trial.unittest import TestCase

from tests.service.daemon import Client, Daemon

PLANT = """
[types.Pump.value]
speed = "float"
running = "bool"
[types.Pump.state]
text = "string"
[datapoints]
Pump = ["Pump_{00001..20000}"]
[archive]
elements = ["Pump_00001.value.*"]
"""
VALUE = "SELECT '_online.._value' FROM"


class QueriesTests(TestCase):
    """One daemon with 60,000 elements."""

    timeout = 300

    def setUp(self) -> None:
        directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, directory)
        plant = directory / "plant.toml"
        plant.write_text(PLANT)
        quiet = ("--set", "simulate.enabled=no", "--set", f"system.plant={plant}")
        limit = ("--set", "query.max_rows=50000")
        self.daemon = Daemon(directory / "state", *quiet, *limit).start()
        self.addCleanup(self.end)
        self.client = self.connect()

    def end(self) -> None:
        """Stop the daemon; nothing unexpected happened."""
        self.assertEqual(self.daemon.stop(), 0)
        self.assertNotIn("Traceback", self.daemon.output)

    def connect(self) -> Client:
        client = self.daemon.connect()
        self.addCleanup(client.close)
        return client

    def test_large_answers(self) -> None:
        """They come whole; too large ones say how large they would be."""
        found = self.client.ask("DpQuery", Query=f"{VALUE} '*.value.*' SORT BY 0 DESC")
        self.assertEqual((found["Error"], len(found["Values"])), (0, 40_000))
        self.assertEqual(found["Values"][0][0], "System1:Pump_20000.value.speed")
        found = self.client.ask("DpQuery", Query=f"{VALUE} '*.**'")
        self.assertEqual((found["Error"], found["Values"]), (51, []))
        self.assertIn("60000 rows, and 50000 are allowed", found["Message"])
        found = self.client.ask("DpQueryConnect", Query=f"{VALUE} '*.**'")
        self.assertEqual(found["Error"], 51)
        text = "SELECT COUNT('_online.._value') FROM '*.**' GROUP BY _EL"
        found = self.client.ask("DpQuery", Query=text)
        self.assertEqual([row[1] for row in found["Values"]], [20_000] * 3)

    def test_a_long_query_holds_up_nobody(self) -> None:
        """Others are served between its slices, and its result is one moment's."""
        other = self.connect()
        text = f"{VALUE} '*.value.*' WHERE '_online.._value' < 1E9 SORT BY 0 DESC"
        self.client.send("DpQuery", {"Query": text})
        served = 0
        self.client.socket.settimeout(0.001)
        answer = None
        while answer is None:
            pair = [f"Pump_{number}.value.speed" for number in ("00002", "19999")]
            values = [{"Dp": name, "Value": served} for name in pair]
            # Without Wait there is no answer: the one to the DpGet stands for it.
            other.send("DpSet", {"Values": values})
            self.assertEqual(other.ask("DpGet", Dps=pair)["Error"], 0)
            served += 1
            try:
                answer = self.client.receive()["DpQueryResult"]
            except TimeoutError:
                continue
            except Exception as error:
                self.assertIn("timed out", str(error))
        self.assertGreater(served, 1)
        found = dict(answer["Values"])
        self.assertEqual(
            found["System1:Pump_00002.value.speed"], found["System1:Pump_19999.value.speed"]
        )

    def test_who_leaves_ends_what_it_asked(self) -> None:
        """Hundreds of queries of a client that has gone cost nothing any more."""
        for command in ("DpQuery", "DpQueryConnectAll"):
            leaving = self.connect()
            for number in range(30):
                text = f"{VALUE} '*.value.*' WHERE '_online.._value' >= -{number}"
                leaving.send(command, {"Id": number, "Query": text})
            leaving.close()
        before = self.daemon.cpu_seconds()
        self.assertEqual(
            self.client.ask("DpQuery", Query=f"{VALUE} '*.**' FIRST 3")["Error"], 0
        )
        # All of them would take 20 seconds.
        self.assertLess(self.daemon.cpu_seconds() - before, 5)

    def test_live_queries(self) -> None:
        """Single, All, and a large table that follows changes and new datapoints."""
        speed = f"{VALUE} 'Pump_0000?.value.speed' WHERE '_online.._value' > 5"
        watchers = {
            command: self.connect()
            for command in ("DpQueryConnect", "DpQueryConnectSingle", "DpQueryConnectAll")
        }
        for command, client in watchers.items():
            self.assertEqual(client.ask(command, Id=1, Query=speed)["Values"], [])
        large = self.connect()
        found = large.ask("DpQueryConnect", Id=1, Query=f"{VALUE} '*.value.*'")
        self.assertEqual(len(found["Values"]), 40_000)
        values = [
            {"Dp": f"Pump_0000{number}.value.speed", "Value": 9} for number in range(1, 4)
        ]
        self.client.ask("DpSet", Values=values, Wait=True)
        rows = [[f"System1:Pump_0000{number}.value.speed", 9.0] for number in range(1, 4)]
        for client in (*watchers.values(), large):
            [body] = client.receive().values()
            self.assertEqual(body["Values"], rows)
        self.client.ask("DpSet", Values=[{**values[0], "Value": 10}], Wait=True)
        for command, client in watchers.items():
            expected = [["System1:Pump_00001.value.speed", 10.0]]
            expected += rows[1:] if command == "DpQueryConnectAll" else []
            self.assertEqual(client.receive()[f"{command}Result"]["Values"], expected)
        large.receive()
        self.client.ask("DpCreate", Dp="new", Type="Pump")
        [body] = large.receive().values()
        self.assertEqual(
            body["Values"],
            [["System1:new.value.speed", 0.0], ["System1:new.value.running", False]],
        )

    def test_the_past(self) -> None:
        """Values with their times, from the archive."""
        for value in (1, 2, 3):
            setting = {"Dp": "Pump_00001.value.speed", "Value": value}
            self.client.ask("DpSet", Values=[setting], Wait=True, Timestamp=value * 1000)
        found = self.client.ask(
            "DpQuery",
            Query=f"{VALUE} '*.**' WHERE '_online.._value' > 1 AND _ELC = DPEL_FLOAT "
            'TIMERANGE("1970-01-01T00:00:00Z","1970-01-01T00:00:03Z",1,0) SORT BY 1 DESC',
        )
        self.assertEqual(found["Header"], ["", ":_online.._stime", ":_online.._value"])
        name = "System1:Pump_00001.value.speed"
        self.assertEqual(found["Values"], [[name, 3000, 3.0], [name, 2000, 2.0]])
