"""WinCC OA behind the bridge, whose values are archived by the gateway."""

from __future__ import annotations

from tests.service.daemon import Client
from tests.winccoa.bridge import BridgeTestCase

WHOLE = {"T1": 0, "T2": "2100-01-01"}


class ArchivedTests(BridgeTestCase):
    more = "archive =\n    F*\n    M*.**\n"

    def test_a_history_here(self) -> None:
        """Each set is one sample, through a break too; new elements are archived."""
        client = self.connect()
        self.gateway.until_told("elements are archived")
        for value in range(1, 51):
            self.set(client, "F1.", value)
        self.assertEqual(self.past(client, "F1.", 50), [*map(float, range(1, 51))])
        client.ask("DpCreate", Dp="Fnew", Type="Float")
        self.gateway.wait_for("elements are archived")
        self.set(client, "Fnew.", 7)
        self.assertEqual(self.past(client, "Fnew.", 1), [7.0])
        self.bridge.stop()
        self.assertEqual(self.past(client, "F1.", 51)[49:], [50.0, 50.0])
        self.bridge.start()
        self.bridge.wait_for("connected to")
        self.past(client, "F1.", 51)

    def test_many_changes(self) -> None:
        """None is lost, and none has the time of another change."""
        client = self.connect()
        self.bridge.tell("many", count=100)
        # The stand-in tells of this one alone, but all are looked for then.
        client.ask("DpCreate", Dp="Fnew", Type="Float")
        self.gateway.until_told(": 103 elements are archived")
        self.bridge.tell("burst", count=100, rounds=20)
        for name in ("M0.", "M50.", "M99."):
            values = self.past(client, name, 20)
            self.assertEqual(values, [*map(float, range(1, 21))])

    def set(self, client: Client, name: str, value: int) -> None:
        values = [{"Dp": name, "Value": value}]
        self.assertEqual(client.ask("DpSet", Values=values, Wait=True)["Error"], 0)

    def past(self, client: Client, name: str, count: int) -> list[float]:
        """What is archived of a name, when it is so much."""
        while True:
            answer = client.ask("DpGetPeriod", Dps=[name], **WHOLE)
            [values] = answer["Values"].values() or [[]]
            if len(values) >= count:
                return list(values)
