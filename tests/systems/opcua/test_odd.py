"""Servers with small limits, namespaces with one URI, and odd nodes behind a gateway."""

from __future__ import annotations

from tests.systems.opcua.server import OpcuaTestCase, ServerProcess, odd_server

ROWS = "SELECT '_online.._value', '_online.._invalid' FROM 'Plant_Bulk.v*'"


class NamespaceTests(OpcuaTestCase):
    """Namespaces that have the same URI, or none."""

    def new_server(self) -> ServerProcess:
        return odd_server(namespaces=["urn:same", "urn:same", "", "urn:SAME", ""])

    def test_each_node_is_itself(self) -> None:
        """What is read and set is the node that the name says."""
        client = self.connect()
        names = [f"N{number}.x" for number in range(5)]
        self.assertEqual(self.get(client, *names), [0.0, 1.0, 2.0, 3.0, 4.0])
        for number, name in enumerate(names):
            setting = {"Dp": name, "Value": number + 10.0}
            answer = client.ask("DpSet", Values=[setting], Wait=True)
            self.assertEqual(answer, {"Error": 0})
        self.assertEqual(self.get(client, *names), [10.0, 11.0, 12.0, 13.0, 14.0])

    def test_namespaces_change_places(self) -> None:
        """After a restart, and while it is connected: names stay with their nodes."""
        client = self.connect(heartbeat="200ms")
        self.assertEqual(self.get(client, "N0.x", "N3.x"), [0.0, 3.0])
        kept = self.directory / "state/systems/Plc/nodes.csv"
        self.assertIn("nsu=urn:same;nth=2;s=h,N1.x,float,yes,no,N1/x\n", kept.read_text())
        self.server.stop()
        self.server.start(uris=["urn:first"])
        while client.ask("DpGet", Dps=["N0.x"])["Error"]:
            pass
        names = [f"N{number}.x" for number in range(5)]
        self.assertEqual(self.get(client, *names), [0.0, 1.0, 2.0, 3.0, 4.0])
        self.server.tell("name", uris=["", "urn:b", "urn:a", "urn:oagw:plant"])
        self.daemon.until_told("namespaces have changed")
        while client.ask("DpGet", Dps=["N0.x"])["Error"]:
            pass
        self.assertEqual(self.get(client, *names), [0.0, 1.0, 2.0, 3.0, 4.0])


class ForgettingTests(OpcuaTestCase):
    """A server that ends subscriptions without a word."""

    def new_server(self) -> ServerProcess:
        return odd_server(pumps=["Pump1"])

    def test_values_do_not_stay_as_they_were(self) -> None:
        """They are invalid, and then known again."""
        client = self.connect(heartbeat="200ms")
        names = ["Plant_Pump1.speed", "Plant_Pump1.speed:_online.._invalid"]
        self.assertEqual(client.ask("DpConnect", Id=1, Dps=names)["Error"], 0)
        self.server.tell("cut")
        self.server.tell("set", node="Pump1.speed", value=9.0)
        told = [list(self.told(client).values()) for _ in range(2)]
        self.assertEqual(told, [[1.5, True], [9.0, False]])


class LimitTests(OpcuaTestCase):
    """A server that takes one operation in each request."""

    limits: dict[str, object] = {"read": 1, "write": 1, "browse": 1, "monitor": 1}

    def new_server(self) -> ServerProcess:
        return odd_server(limits=self.limits, bulk=3, pumps=["Pump1"])

    def test_all_is_done_one_by_one(self) -> None:
        """Browsing, reading, writing and watching."""
        client = self.connect()
        names = ["Plant_Pump1.speed", "Plant_Pump1.state", "top."]
        self.assertEqual(self.get(client, *names), [1.5, 3, "hello"])
        self.assertEqual(self.set(client, speed=2.5, state=4), {"Error": 0})
        live = client.ask("DpQueryConnect", Id=1, Query=ROWS)
        self.assertEqual([row[1:] for row in live["Values"]], [[0.0, False]] * 3)
        self.server.tell("set", node="v2", value=7.0)
        told = self.told(client, "DpQueryConnectResult")
        self.assertEqual(told, [["Plc:Plant_Bulk.v2", 7.0, False]])


class SilentLimitTests(LimitTests):
    """One that does not say how many it takes."""

    limits = LimitTests.limits | {"are_told": False}


class SizeTests(OpcuaTestCase):
    """A server that takes the smallest messages that there may be."""

    def new_server(self) -> ServerProcess:
        return odd_server(sizes=[8192, 8192, 1, 8192], bulk=300, pumps=["Pump1"])

    def test_requests_are_divided(self) -> None:
        """A value too large for any request is refused, and affects no others."""
        client = self.connect()
        names = [f"Plant_Bulk.v{number}" for number in range(300)]
        self.assertEqual(self.get(client, *names), [0.0] * 300)
        settings = [{"Dp": name, "Value": 2.0} for name in names]
        self.assertEqual(client.ask("DpSet", Values=settings, Wait=True), {"Error": 0})
        live = client.ask("DpQueryConnect", Id=1, Query=ROWS)
        self.assertEqual({tuple(row[1:]) for row in live["Values"]}, {(2.0, False)})
        refused = self.set(client, name="x" * 20_000)
        self.assertEqual(refused["Error"], 53)
        self.assertIn("BadRequestTooLarge", refused["Message"])
        self.assertEqual(self.set(client, name="x" * 2000), {"Error": 0})


class ItemTests(OpcuaTestCase):
    """A server that watches few values."""

    def new_server(self) -> ServerProcess:
        return odd_server(bulk=30, items_each=8, items=20, pumps=[])

    def test_as_many_as_the_server_watches(self) -> None:
        """The others are invalid for every reader, until there is room for them."""
        client, other = self.connect(), self.daemon.connect()
        self.addCleanup(other.socket.shutdown)
        live = client.ask("DpQueryConnect", Id=1, Query=ROWS)["Values"]
        invalid = [name for name, _, is_invalid in live if is_invalid]
        self.assertEqual(len(invalid), 10)
        self.daemon.until_told("10 values cannot be watched and are invalid")
        self.assertIn("BadTooManyMonitoredItems", self.daemon.output)
        refused = other.ask("DpConnect", Id=1, Dps=[invalid[0]])
        self.assertIn("BadTooManyMonitoredItems", refused["Errors"][invalid[0]]["Message"])
        # A value of a moment is known; that is told to nobody as one that stays.
        node = invalid[0].rpartition(".")[2]
        self.server.tell("set", node=node, value=5.0)
        self.assertEqual(self.get(other, invalid[0]), [5.0])
        rows = {row[0]: row[1:] for row in other.ask("DpQuery", Query=ROWS)["Values"]}
        self.assertEqual(rows[invalid[0]], [5.0, True])
        self.assertEqual(
            self.told(client, "DpQueryConnectResult"), [[invalid[0], 5.0, True]]
        )
        for number in range(30):
            self.server.tell("set", node=f"v{number}", value=100.0 + number)
        told: dict[str, list[object]] = {}
        while len(told) < 20:
            for name, *row in self.told(client, "DpQueryConnectResult"):
                told[name] = row
        self.assertEqual({row[1] for row in told.values()}, {False})
        self.assertFalse(set(told).intersection(invalid))

    def test_what_is_left_makes_room(self) -> None:
        """A variable that is no longer watched makes room for one that waits."""
        other = self.connect()
        self.server.tell("allow", items=31)
        names = [f"Plant_Bulk.v{number}" for number in range(20, 30)]
        self.assertEqual(other.ask("DpConnect", Id=1, Dps=names)["Error"], 0)
        self.server.tell("allow", items=15)
        client = self.daemon.connect()
        self.addCleanup(client.socket.shutdown)
        some = ROWS.replace("v*", "v{0,1,2,3,4,5,6,7,8,9}")
        live = client.ask("DpQueryConnect", Id=1, Query=some)["Values"]
        invalid = {name for name, _, is_invalid in live if is_invalid}
        self.assertEqual(len(invalid), 5)
        other.send("DpDisconnect", {"Id": 1})
        while invalid:
            for name, _, is_invalid in self.told(client, "DpQueryConnectResult"):
                self.assertFalse(is_invalid)
                invalid.discard(name)
        self.daemon.until_told("all values are watched again")

    def test_the_archive_says_what_it_lacks(self) -> None:
        """Unwatched elements are not archived; the log and the reply say so."""
        client = self.connect(archive="Plant_Bulk.*")
        self.daemon.until_told("10 elements are not archived")
        names = [f"Plant_Bulk.v{number}" for number in range(30)]
        answer = client.ask("DpGetPeriod", Dps=names, T1=0, T2="2100-01-01")
        errors = answer["Errors"].values()
        self.assertEqual([one["Code"] for one in errors], [46] * 10)
        self.assertEqual(len(answer["Values"]), 20)
        message = next(iter(errors))["Message"]
        self.assertIn("is not archived: ", message)
        self.assertIn("BadTooManyMonitoredItems", message)


class OddNodeTests(OpcuaTestCase):
    """Variables of odd types, and with odd values."""

    def new_server(self) -> ServerProcess:
        return odd_server(odd=True, pumps=["Pump1"])

    def test_odd_nodes_spoil_nothing(self) -> None:
        """Each is what it can be, alone and among others."""
        client = self.connect(deadband="5%")
        query = "SELECT '_online.._value', '_online.._invalid' FROM 'Odd.*'"
        rows = client.ask("DpQueryConnect", Id=1, Query=query)["Values"]
        client = self.daemon.connect()
        self.addCleanup(client.socket.shutdown)
        found = {name.rpartition(".")[2]: row for name, *row in rows}
        guid = "00000000-0000-0000-0000-000000000007"
        never = 9223372036854
        expected: dict[str, object] = {
            "number": 5,
            "anything": True,
            "unknown": 2.5,
            "guid": guid,
        }
        expected |= {
            "null_type": 3.5,
            "clamped": 1.0,
            "matrix": [1.0, 2.0, 3.0, 4.0],
            "text": "",
            "label": "",
            "no_time": 0,
            "never": never,
        }
        invalid: dict[str, object] = {
            "nothing": 0.0,
            "empty": 0.0,
            "array": 0.0,
            "bytes": 0,
        }
        invalid |= {"birth": 0, "latin": ""}
        shown = {name: [value, False] for name, value in expected.items()}
        shown |= {name: [value, True] for name, value in invalid.items()}
        self.assertEqual(found, shown)
        self.daemon.until_told("1 variables are left out")
        settings = [
            {"Dp": f"Odd.{name}", "Value": value}
            for name, value in (("no_time", never), ("never", 0))
        ]
        self.assertEqual(client.ask("DpSet", Values=settings, Wait=True), {"Error": 0})
        self.assertEqual(self.get(client, "Odd.no_time", "Odd.never"), [never, 0])

    def test_what_is_set_is_what_was_sent(self) -> None:
        """Or an error says that it is not: bounds, languages and dimensions."""
        client = self.connect()
        for name, value, code, words in (
            ("clamped", 50.0, 30, "GoodClamped"),
            ("label", {"de_AT.utf8": "a", "en_US.utf8": "b"}, 11, "one text"),
            ("matrix", [9.0], 53, "cannot be set"),
        ):
            setting = {"Dp": f"Odd.{name}", "Value": value}
            answer = client.ask("DpSet", Values=[setting], Wait=True)
            self.assertEqual(answer["Error"], code, answer)
            self.assertIn(words, answer["Message"])
        found = self.get(client, "Odd.clamped", "Odd.label", "Odd.matrix")
        self.assertEqual(found, [10.0, "", [1.0, 2.0, 3.0, 4.0]])


class HistoryTests(OpcuaTestCase):
    """A server that keeps values as they come, whatever their times are."""

    def new_server(self) -> ServerProcess:
        return odd_server(pumps=["Pump1"])

    def test_the_past_comes_in_order(self) -> None:
        """Values, bonus values and aggregates."""
        self.server.tell("history", node="Pump1.speed")
        client = self.connect()
        start, name = 1_800_000_000_000, "Plant_Pump1.speed"
        for number in (5, 1, 4, 2, 3, 2):
            given = {"value": float(number), "time": start + number}
            self.server.tell("set", node="Pump1.speed", **given)

        def period(first: int, last: int, **more: object) -> list[object]:
            given = {"T1": start + first, "T2": start + last, "Ts": 3} | more
            answer = client.ask("DpGetPeriod", Dps=[name], **given)
            self.assertEqual(answer["Error"], 0, answer)
            return [one for series in answer["Values"].values() for one in series[1]]

        while len(found := period(1, 9)) < 6:
            pass
        self.assertEqual(found, [1.0, 2.0, 2.0, 3.0, 4.0, 5.0])
        self.assertEqual(period(3, 3, Count=1), [2.0, 3.0, 4.0])
