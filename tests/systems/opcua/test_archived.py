"""A server that keeps no history: its values are archived by the gateway."""

from __future__ import annotations

from typing import Any

from tests.service.daemon import Client
from tests.systems.opcua.server import OpcuaTestCase, ServerProcess, python_server

START = 1_800_000_000_000
ARCHIVED = "elements are archived"
BAD = 0x80000000
SPEED, OTHER = "Plant_Pump1.speed", "Plant_Pump2.speed"


class ArchivedTests(OpcuaTestCase):
    def new_server(self) -> ServerProcess:
        return python_server(pumps=["Pump1", "Pump2"])

    def setUp(self) -> None:
        super().setUp()
        self.client = self.connect(archive="Plant_Pump{1,3}*\n    *.count")
        self.daemon.until_told(ARCHIVED)

    def tell(self, value: float, at: int, node: str = "Pump1.speed", **more: int) -> None:
        self.server.tell("set", node=node, value=value, time=START + at, **more)

    def past(self, count: int, name: str = SPEED, **more: Any) -> Any:
        """Archived values of a name, once there are this many."""
        given = {"Dps": [name], "T1": START, "T2": "2100-01-01", "Ts": 1} | more
        while True:
            answer = self.client.ask("DpGetPeriod", **given)
            self.assertEqual(answer["Error"], 0, answer)
            rows = [row for one in answer["Values"].values() for row in one]
            if len(rows) >= count:
                return [[time - START, value] for time, value in rows]

    def test_values_status_and_a_restart(self) -> None:
        """Each sample once; new datapoints are taken up with the next connection."""
        for at in range(1, 4):
            self.tell(float(at), at)
            self.past(at)
        self.tell(4.0, 4, status=BAD)
        self.assertEqual([at for at, _ in self.past(4)], [1, 2, 3, 4])
        invalid = self.past(4, f"{SPEED}:_offline.._invalid")
        self.assertEqual([one for _, one in invalid], [False, False, False, True])
        query = (
            f"SELECT 'MAX(_offline.._value)' FROM '{SPEED}' "
            f"TIMERANGE({START}, {START + 3}, 1, 0)"
        )
        self.assertEqual(self.client.ask("DpQuery", Query=query)["Values"], [["", 3.0]])
        refused = self.client.ask("DpGetPeriod", Dps=[OTHER], T1=START, T2=START + 9)
        self.assertEqual(refused["Errors"][OTHER]["Code"], 46)
        self.server.stop()
        # While it is away the rest can be read.
        self.assertEqual(len(self.past(4)), 4)
        self.server.start(pumps=["Pump1", "Pump3"])
        name = "Plant_Pump3.speed"
        self.until_there(self.client, name)
        self.tell(7.0, 7, "Pump3.speed")
        self.assertEqual(self.past(1, name)[-1], [7, 7.0])
        self.tell(8.0, 8)
        # What the server begins with comes first: it is known again.
        self.assertEqual(self.past(6)[-1], [8, 8.0])

    def until_there(self, client: Client, name: str) -> None:
        """Wait for a datapoint that is new on the server."""
        while client.ask("DpGet", Dps=[name])["Error"]:
            pass

    def test_what_the_server_keeps_is_read_there(self) -> None:
        """If it is not archived here."""
        self.server.tell("history", node="Pump2.speed")
        self.daemon.stop()
        self.client = self.daemon.start().connect()
        self.daemon.until_told(ARCHIVED)
        self.addCleanup(self.client.socket.shutdown)
        for at in range(1, 4):
            self.tell(float(at), at, "Pump2.speed")
            self.tell(float(-at), at)
            self.past(at)
        here = [[at, float(-at)] for at in range(1, 4)]
        there = [[at, float(at)] for at in range(1, 4)]
        self.assertEqual(self.past(3), here)
        self.assertEqual(self.past(3, OTHER), there)
        query = (
            "SELECT '_offline.._value' FROM 'Plant_Pump*.speed' "
            f"TIMERANGE({START}, {START + 9}, 1, 0)"
        )
        rows = self.client.ask("DpQuery", Query=query)["Values"]
        found = [[name, at - START, value] for name, at, value in rows]
        names = "Plc:Plant_Pump1.speed", "Plc:Plant_Pump2.speed"
        expected = [[names[0], *one] for one in here] + [[names[1], *one] for one in there]
        self.assertEqual(found, expected)
