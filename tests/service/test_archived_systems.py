"""A gateway that archives another one's values: real daemons, real TLS, restarts."""

from __future__ import annotations

from typing import Any

from tests.service.daemon import Client, Daemon
from tests.service.test_chain import ChainTestCase

WHOLE = {"T1": 0, "T2": "9999-12-31"}
F2 = "Plant2:F2."


class ArchivedChainTests(ChainTestCase):
    """The far gateway has no history of F2; the near one has."""

    groups = "[archive]\nseal = 20\n[archive:fast]\nelements = F2\n"

    def archiving(self, archive: str = "F*", **keys: str) -> Daemon:
        return self.near(
            "Plant2", self.groups, archive=archive, remote_name="System1", **keys
        )

    def until_archived(self, near: Daemon) -> None:
        """Wait until the far gateway's elements are watched."""
        told = "elements are archived"
        if told not in near.output:
            near.wait_for(told)

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

    def test_a_system_without_history_gets_one(self) -> None:
        """Through restarts of both; all values once, in order, sealed in their group."""
        near = self.archiving()
        self.until_archived(near)
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
        self.until_archived(near.start())
        self.set(self.far.connect(), 101, 20)
        client = near.connect()
        values = self.past(client, 122)
        self.assertEqual(values[:101], [*numbers, 100.0])
        self.assertEqual(values[-20:], [float(number) for number in range(101, 121)])
        self.assertEqual(sorted(set(values)), [float(at) for at in range(1, 121)])
        self.assertEqual(self.shapes(client, len(values)), 120.0)
        self.assertTrue(list((near.state / "systems/Plant2/archive/fast").glob("*.sqlite")))

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

    def test_a_gateway_that_is_killed(self) -> None:
        """Goes on with the same series; no value is there twice."""
        near = self.archiving()
        self.until_archived(near)
        self.set(self.far.connect(), 1, 50)
        self.past(near.connect(), 50)
        near.kill()
        self.until_archived(near.start())
        self.set(self.far.connect(), 51, 10)
        values = self.past(near.connect(), 60)
        self.assertEqual(values, [float(number) for number in range(1, 61)])
