"""A gateway that archives another one's values: real daemons, real TLS, restarts."""

from __future__ import annotations

from typing import Any

from tests.postgres import postgres_server
from tests.service.daemon import Client, Daemon
from tests.service.test_chain import ChainTestCase

WHOLE = {"T1": 0, "T2": "9999-12-31"}
ARCHIVED = "elements are archived"
F2 = "Plant2:F2."


class ArchivedTestCase(ChainTestCase):
    """The far gateway has no history of F2; the near one has."""

    kept = "[archive]\nseal = 20\n[archive:fast]\nelements = F2\n"

    def archiving(self) -> Daemon:
        return self.near("Plant2", self.kept, archive="F*", remote_name="System1")

    def set(self, client: Client, first: int, count: int) -> None:
        """Set F2 to some numbers, one after the other."""
        for value in range(first, first + count):
            values = [{"Dp": "F2.", "Value": value}]
            self.assertEqual(client.ask("DpSet", Values=values, Wait=True)["Error"], 0)

    def past(self, client: Client, count: int, **more: Any) -> list[Any]:
        """What is archived of F2, when there are so many values."""
        while True:
            answer = client.ask("DpGetPeriod", Dps=[F2], **{**WHOLE, **more})
            self.assertEqual(answer["Error"], 0, answer)
            [values] = answer["Values"].values() or [[]]
            if len(values) >= count:
                return list(values)

    def check_history(self) -> Daemon:
        """A history goes through restarts of both; all values are there once, in order."""
        near = self.archiving()
        near.until_told(ARCHIVED)
        far = self.far.connect()
        refused = far.ask("DpGetPeriod", Dps=["F2."], **WHOLE)
        self.assertEqual(refused["Values"], {})
        self.set(far, 1, 100)
        client = near.connect()
        numbers = [float(number) for number in range(1, 101)]
        self.assertEqual(self.past(client, 100), numbers)
        listen = self.far.urls[0]
        self.far.stop()
        name = f"{F2}:_offline.._aut_inv"
        told = client.ask("DpGetPeriod", Dps=[name], **WHOLE)["Values"]
        invalid = next(iter(told.values()))
        self.assertEqual(invalid[-2:], [False, True])
        near.stop()
        self.restart_far(listen)
        near.start().until_told(ARCHIVED)
        self.set(self.far.connect(), 101, 20)
        client = near.connect()
        values = self.past(client, 122)
        self.assertEqual(values[:101], [*numbers, 100.0])
        self.assertEqual(values[-20:], [float(number) for number in range(101, 121)])
        self.assertEqual(sorted(set(values)), [float(at) for at in range(1, 121)])
        self.assertEqual(self.shapes(client, len(values)), 120.0)
        return near

    def shapes(self, client: Client, count: int) -> object:
        """The highest value, if all ways to ask for it agree on how many there are."""
        query = (
            "SELECT 'COUNT(_offline.._value)', 'MAX(_offline.._value)' FROM 'Plant2:F2.' "
            "TIMERANGE(0, 4E12, 1, 0)"
        )
        [[_, rows, highest]] = client.ask("DpQuery", Query=query)["Values"]
        self.assertEqual(rows, count)
        aggregate = {"Function": "max", "Points": 1}
        self.assertEqual(self.past(client, 1, Aggregate=aggregate), [highest])
        client.send("DpGetPeriod", {"Id": 9, "Dps": [F2], "Split": True, **WHOLE})
        split: list[float] = []
        progress = 0
        while progress < 100:
            body = client.receive()["DpGetPeriodResult"]
            progress = body["Progress"]
            for part in body.get("Values", {}).values():
                split += part
        self.assertEqual(len(split), count)
        return highest


class FilesTests(ArchivedTestCase):
    """The archive is in files."""

    def test_a_system_without_history_gets_one(self) -> None:
        """Values are where those of their group are kept."""
        near = self.check_history()
        self.assertTrue(list((near.state / "systems/Plant2/archive/fast").glob("*.sqlite")))

    def test_a_gateway_that_is_killed(self) -> None:
        """Goes on with the same series; no value is there twice."""
        near = self.archiving()
        near.until_told(ARCHIVED)
        self.set(self.far.connect(), 1, 50)
        self.past(near.connect(), 50)
        near.kill()
        near.start().until_told(ARCHIVED)
        self.set(self.far.connect(), 51, 10)
        values = self.past(near.connect(), 60)
        self.assertEqual(values, [float(number) for number in range(1, 61)])


class DatabaseTests(ArchivedTestCase):
    """The archive is in PostgreSQL, with a row for each value."""

    def setUp(self) -> None:
        self.server = postgres_server()
        self.kept = f"[archive]\nurl = {self.server.url}\nschema = rows\ndeliver = 100ms\n"
        super().setUp()

    def test_a_system_without_history_gets_one(self) -> None:
        """Under the names that elements have here."""
        self.check_history().stop()
        found = self.server.select(
            "SELECT value FROM oagw.value WHERE element = 'Plant2:F2.' ORDER BY ts"
        )
        self.assertEqual(len(found), 122)
        self.assertEqual([value for (value,) in found[-20:]], list(range(101, 121)))
