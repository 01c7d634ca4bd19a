"""An OPC UA server behind a gateway: a real server, a real daemon, a client over TLS."""

from __future__ import annotations

import signal
from typing import Any

from tests.service.daemon import Client
from tests.systems.opcua.server import OpcuaTestCase

SPEED = "Plc:Plant_Pump1.speed:_online.._value"
BAD, UNCERTAIN = 0x808C0000, 0x40900000


class OpcuaSystemTests(OpcuaTestCase):
    """What clients see of a server."""

    def test_the_address_space_is_read_and_written(self) -> None:
        """Names, types, values of all kinds, refused ones, and unknown names."""
        client = self.connect(timeout="1s")
        names = client.ask("DpNames", Pattern="*")["Values"]
        self.assertEqual(names, ["Plc:Plant_Pump1", "Plc:Plant_Pump2", "Plc:top"])
        kinds = {"speed": 22, "state": 20, "on": 23, "count": 54, "name": 25, "levels": 6}
        kinds |= {"started": 26, "label": 42, "blob": 46}
        for name, kind in kinds.items():
            answer = client.ask("DpElementType", Dps=[f"Plant_Pump1.{name}"])
            self.assertEqual(list(answer["Values"].values()), [kind], name)
        elements = [f"Plant_Pump1.{name}" for name in kinds]
        values = [1.5, 3, True, -5, "first", [1.0, 2.5], 1767323045678, "Pumpe", "AP8="]
        self.assertEqual(self.get(client, *elements, "top."), [*values, "hello"])
        changed: dict[str, object] = {
            "speed": -2.5,
            "state": 65535,
            "on": False,
            "count": 2**62,
        }
        changed |= {"name": "zweite", "levels": [], "started": 1767323045123}
        changed |= {"label": "Pump", "blob": "AQI="}
        self.assertEqual(self.set(client, **changed), {"Error": 0})
        self.assertEqual(self.get(client, *elements), list(changed.values()))
        for value, code in ((65536, 11), ("x", 11), (-1, 11)):
            self.assertEqual(self.set(client, speed=9, state=value)["Error"], code)
        refused = self.set(client, speed=9, serial="B")
        self.assertEqual(refused["Error"], 53)
        self.assertIn("does not let it be written", refused["Message"])
        self.assertEqual(self.get(client, "Plant_Pump1.speed"), [-2.5])
        made = client.ask("DpCreate", Dp="new", Type="Plant_Pump1")
        self.assertEqual(made["Error"], 53)
        answer = client.ask("DpGet", Dps=["Plant_Pump1.no", "no.x", "top.:_alert_hdl.._x"])
        self.assertEqual([one["Code"] for one in answer["Errors"].values()], [8, 7, 19])
        self.server.signal(signal.SIGSTOP)
        unknown = self.set(client, speed=4)
        self.assertEqual(unknown["Error"], 39)
        self.assertIn("is unknown whether", unknown["Message"])
        self.server.signal(signal.SIGCONT)

    def test_values_are_watched(self) -> None:
        """Every value with its time and status, in connects, live queries and history."""
        self.server.tell("history", node="Pump2.speed")
        client = self.connect()
        names = ["speed", "speed:_online.._stime", "speed:_online.._invalid"]
        names += ["speed:_online.._userbit1", "state"]
        asked = [f"Plant_Pump1.{name}" for name in names]
        first = client.ask("DpConnect", Id=1, Dps=asked)["Values"]
        self.assertEqual(next(iter(first.values())), 1.5)
        told = []
        for number, status in ((2.0, 0), (3.0, BAD), (4.0, UNCERTAIN), (5.0, 0)):
            time = 1_800_000_000_000 + int(number)
            self.server.tell(
                "set", node="Pump1.speed", value=number, status=status, time=time
            )
            told.append([*self.told(client).values()][:4])
        moments = [1_800_000_000_000 + number for number in (2, 3, 4, 5)]
        # Of a bad value the server sends what it has, or nothing.
        self.assertEqual([one[1] for one in told], moments)
        self.assertEqual([one[2] for one in told], [False, True, False, False])
        self.assertEqual([one[3] for one in told], [False, False, True, False])
        self.assertEqual([told[0][0], told[2][0], told[3][0]], [2.0, 4.0, 5.0])
        client.send("DpDisconnect", {"Id": 1})
        query = "SELECT '_online.._value' FROM '*.speed' WHERE '_online.._value' > 4"
        rows = client.ask("DpQuery", Query=query)["Values"]
        self.assertEqual(rows, [["Plc:Plant_Pump1.speed", 5.0]])
        live = client.ask("DpQueryConnect", Id=2, Query=query, Removed=True)
        self.assertEqual(live["Values"], rows)
        self.server.tell("set", node="Pump2.speed", value=6.0)
        changed = self.told(client, "DpQueryConnectResult")
        self.assertEqual(changed, [["Plc:Plant_Pump2.speed", 6.0]])
        self.server.tell("set", node="Pump1.speed", value=0.0)
        self.assertEqual(
            client.receive()["DpQueryConnectResult"]["Removed"], ["Plc:Plant_Pump1.speed"]
        )
        client.send("DpQueryDisconnect", {"Id": 2})
        self.read_history(client)

    def read_history(self, client: Client) -> None:
        """What the server keeps, with bonus values and aggregates."""
        start = 1_800_000_000_000
        for number in range(10):
            self.server.tell(
                "set", node="Pump2.speed", value=float(number), time=start + number
            )
        name, state = "Plant_Pump2.speed", "Plant_Pump2.state"

        def period(*names: str, **more: object) -> dict[str, Any]:
            given = {"Dps": names, "T1": start + 2, "T2": start + 5, "Ts": 3} | more
            return client.ask("DpGetPeriod", **given)

        for _ in range(1000):
            # A server may keep a value a little after it has got it.
            whole = period(name, T1=start, T2=start + 9)
            self.assertEqual(whole["Error"], 0, whole)
            if any(len(series[0]) == 10 for series in whole["Values"].values()):
                break
        [series] = period(name)["Values"].values()
        times = [start + number for number in (2, 3, 4, 5)]
        self.assertEqual(series, [times, [2.0, 3.0, 4.0, 5.0]])
        [series] = period(name, Count=1)["Values"].values()
        self.assertEqual(series[1], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        refused = period(name, state)
        self.assertEqual(refused["Errors"][state]["Code"], 46)
        self.assertIn("keeps no history", refused["Errors"][state]["Message"])
        kept = self.get(client, f"{name}:_archive.._archive", f"{state}:_archive.._archive")
        self.assertEqual(kept, [True, False])
        aggregate = {"Function": "max", "Points": 1}
        [series] = period(name, Aggregate=aggregate)["Values"].values()
        self.assertEqual(series[1], [4.0])
        query = (
            f"SELECT '_offline.._value' FROM '{name}' TIMERANGE("
            '"2027-01-15T08:00:00.003Z","2027-01-15T08:00:00.004Z",1,0)'
        )
        rows = client.ask("DpQuery", Query=query)["Values"]
        self.assertEqual([row[2] for row in rows], [3.0, 4.0])

    def test_a_server_goes_away_and_comes_back(self) -> None:
        """Values are invalid in between; nodes that have changed have ended."""
        client = self.connect(heartbeat="1s")
        names = [SPEED.removeprefix("Plc:"), "Plant_Pump1.speed:_online.._aut_inv"]
        first = client.ask("DpConnect", Id=1, Dps=names)["Values"]
        client.ask("DpConnect", Id=2, Dps=["Plant_Pump2.speed"])
        query = "SELECT '_online.._invalid' FROM '*.state'"
        client.ask("DpQueryConnect", Id=3, Query=query)
        state = "Gateway:_oagw.systems.Plc.connected"
        client.ask("DpConnect", Id=4, Dps=[state])
        self.server.stop()
        told = [client.receive() for _ in range(4)]
        by_id = {body["Id"]: body["Values"] for one in told for body in one.values()}
        self.assertEqual([*by_id[1].values()], [1.5, True])
        self.assertEqual({row[1] for row in by_id[3]}, {True})
        self.assertEqual([*by_id[4].values()], [False])
        answer = client.ask("DpGet", Dps=["Plant_Pump1.speed", "Plant_Pump1.count"])
        self.assertEqual([*answer["Values"].values()], [1.5])
        self.assertEqual(answer["Errors"]["Plant_Pump1.count"]["Code"], 39)
        refused = self.set(client, speed=1)
        self.assertEqual(refused["Error"], 39)
        self.assertIn("nothing was done", refused["Message"])
        # Without the second pump, and with namespaces numbered otherwise.
        self.server.start(pumps=["Pump1", "Pump3"], uris=["urn:another"])
        by_id = {}
        while len(by_id) < 4:
            [body] = client.receive().values()
            by_id[body["Id"]] = body
        self.assertEqual(by_id[1]["Values"], first)
        self.assertEqual(by_id[2]["Error"], 7)
        self.assertEqual([*by_id[4]["Values"].values()], [True])
        self.server.tell("set", node="Pump1.speed", value=8.0)
        while by_id[1]["Values"][SPEED] != 8.0:
            [body] = client.receive().values()
            by_id[body["Id"]] = body
        self.server.tell("set", node="Pump3.state", value=9)
        row = self.told(client, "DpQueryConnectResult")
        self.assertEqual(row, [["Plc:Plant_Pump3.state", False]])


class NamingTests(OpcuaTestCase):
    """Names as the configuration wants them."""

    def test_names_follow_rules_and_a_table(self) -> None:
        """Rules of the configuration, and lines that hold whatever they say."""
        table = self.directory / "names.csv"
        table.write_text(
            "node,name\n"
            "nsu=urn:oagw:plant;s=Pump2.speed,Second.value.speed\n"
            "nsu=urn:oagw:plant;s=Pump2.state,\n"
        )
        client = self.connect(
            table=str(table), nodes="\n    **/serial =\n    Plant/*/speed = $1.rpm\n"
        )
        names = client.ask("DpNames", Pattern="*.**")["Values"]
        self.assertIn("Plc:Second.value.speed", names)
        self.assertIn("Plc:Pump1.rpm", names)
        self.assertFalse([one for one in names if one.endswith(("serial", "2.state"))])
        kept = (self.directory / "state/systems/Plc/nodes.csv").read_text()
        self.assertIn(
            "nsu=urn:oagw:plant;s=Pump1.speed,Pump1.rpm,float,yes,no,Plant/Pump1/speed\n",
            kept,
        )
        self.assertIn("variables are elements of", self.daemon.output)
