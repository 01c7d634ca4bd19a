"""Aggregates and answers in many frames, from outside."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from tests.service.daemon import Client
from tests.service.history import BASE, COUNT, WHOLE, HistoryTestCase, value_at

NAME = "System1:Fast.:_offline.._value"
PERIOD = {"Dps": ["Fast."], "T1": BASE, "T2": BASE + COUNT * 1000}
VALUES = np.array([value_at(at) for at in range(COUNT)])


class AggregateTests(HistoryTestCase):
    """Many values made few."""

    options = ("--set", "archive.max_period_values=3000")

    def reduce(self, client: Client, function: object, **more: object) -> dict[str, Any]:
        """Ask for a thousand intervals of 400 values."""
        aggregate = {"Function": function, "Points": 1000, **more}
        found = client.ask("DpGetPeriod", Aggregate=aggregate, **PERIOD)
        self.assertEqual(found["Error"], 0, found)
        return found

    def test_all_of_many_values(self) -> None:
        """Each interval has its aggregate; memory does not grow with the values."""
        client = self.start()
        client.ask("DpGetPeriod", Dps=["Fast."], T1=BASE, T2=BASE + 99_000)
        before = self.memory("VmHWM")
        found = self.reduce(client, ["min", "max", "count"])
        parts = VALUES.reshape(1000, 400)
        expected = zip(parts.min(1).tolist(), parts.max(1).tolist(), strict=True)
        self.assertEqual(found["Values"][NAME], [[*pair, 400] for pair in expected])
        self.assertEqual(found["Quality"][NAME], [1.0] * 1000)
        for function, expected_values in (
            ("average", parts.mean(1)),
            ("deviation", parts.std(1)),
            ("percentile", np.sort(parts, 1)[:, 379]),
        ):
            values = self.reduce(client, function, Percent=95)["Values"][NAME]
            self.assertTrue(np.allclose(values, expected_values, rtol=1e-12), function)
        aggregate = {"Function": "lttb", "Points": 1000}
        found = client.ask("DpGetPeriod", Aggregate=aggregate, Ts=1, **PERIOD)
        chosen = found["Values"][NAME]
        self.assertEqual(len(chosen), 1000)
        for ms, value in chosen:
            self.assertEqual(value, value_at((ms - BASE) // 1000))
        self.assertLess(self.memory("VmHWM") - before, 30)

    def test_the_limit_counts_what_leaves(self) -> None:
        """The limit applies to results, not to values read; above it is an error."""
        client = self.start()
        functions = ["min", "max", "avg", "count"]
        aggregate = {"Function": functions, "Points": 1000}
        for more in ({"Aggregate": aggregate}, {}):
            found = client.ask("DpGetPeriod", **PERIOD, **more)
            self.assertEqual((found["Error"], found["Values"]), (51, {}))
            self.assertIn("3000 values", found["Message"])
        aggregate["Function"] = functions[:3]
        found = client.ask("DpGetPeriod", Aggregate=aggregate, **PERIOD)
        self.assertEqual(found["Error"], 0)

    def test_who_leaves_is_no_burden(self) -> None:
        """Others are answered at once, before and after."""
        client = self.start()
        aggregate = {"Function": "percentile", "Percent": 50, "Points": 3}
        for _ in range(8):
            one = self.daemon.connect()
            one.send("DpGetPeriod", {**PERIOD, "Aggregate": aggregate})
            self.assertEqual(client.ask("DpGet", Dps=["Slow."])["Error"], 0)
            one.socket.shutdown()
        self.assertEqual(client.ask("DpGet", Dps=["Slow."])["Error"], 0)
        found = client.ask("DpGetPeriod", Aggregate=aggregate, **PERIOD)
        self.assertEqual(len(found["Values"][NAME]), 3)


class SplitTests(HistoryTestCase):
    """One answer in many frames."""

    def frames(self, client: Client, **arguments: object) -> list[dict[str, Any]]:
        """Ask, and read to the last frame."""
        client.send("DpGetPeriod", {"Id": "s", **arguments})
        found: list[dict[str, Any]] = []
        while not found or found[-1]["Progress"] < 100:
            found.append(client.receive()["DpGetPeriodResult"])
        progress = [one["Progress"] for one in found]
        self.assertEqual(progress, sorted(progress))
        self.assertEqual(progress.count(100), 1)
        self.assertEqual({one["Id"] for one in found}, {"s"})
        self.assertTrue(all(one["Error"] == 0 for one in found[:-1]))
        return found

    def test_the_parts_are_the_whole(self) -> None:
        """In the shapes of rows and of columns; memory does not grow with them."""
        client = self.start()
        client.ask("DpGetPeriod", Dps=["Fast."], T1=BASE, T2=BASE + 99_000)
        before = self.memory("VmHWM")
        frames = self.frames(client, Split=True, Ts=1, **PERIOD)
        self.assertEqual(len(frames), 40)
        pairs = [pair for frame in frames for pair in frame["Values"][NAME]]
        expected = [[BASE + at * 1000, value_at(at)] for at in range(COUNT)]
        self.assertTrue(pairs == expected)
        self.assertGreater(len({frame["Progress"] for frame in frames}), 30)
        frames = self.frames(client, Split=30_000, Ts=3, **PERIOD)
        self.assertEqual(len(frames), 14)
        times = [one for frame in frames for one in frame["Values"][NAME][0]]
        values = [one for frame in frames for one in frame["Values"][NAME][1]]
        self.assertTrue(
            [list(pair) for pair in zip(times, values, strict=True)] == expected
        )
        self.assertLess(self.memory("VmHWM") - before, 30)

    def test_others_come_between(self) -> None:
        """Answers and updates do not wait for the last frame."""
        client = self.start()
        other = self.connect()
        client.ask("DpConnect", Id="c", Dps=["Slow."])
        client.send("DpGetPeriod", {"Id": "p", "Dps": ["Fast."], "Split": 500, **WHOLE})
        client.send("DpGet", {"Id": "g", "Dps": ["Slow."]})
        other.ask("DpSet", Values=[{"Dp": "Slow.", "Value": 7}], Wait=True)
        kinds = [next(iter(client.receive())) for _ in range(COUNT // 500 + 2)]
        self.assertEqual(kinds.count("DpGetPeriodResult"), COUNT // 500)
        self.assertEqual(kinds[-1], "DpGetPeriodResult")
        self.assertLess(kinds.index("DpGetResult"), COUNT // 1000)

    def test_who_does_not_read_is_no_burden(self) -> None:
        """Little waits for such clients."""
        client = self.start()
        client.ask("DpGetPeriod", Dps=["Fast."], **WHOLE)
        before = self.memory()
        lazy = [self.daemon.connect() for _ in range(16)]
        for one in lazy:
            one.send("DpGetPeriod", {"Dps": ["Fast."], "Ts": 2, "Split": True, **WHOLE})
        for value in range(100):
            values = [{"Dp": "Slow.", "Value": value}]
            self.assertEqual(client.ask("DpSet", Values=values, Wait=True)["Error"], 0)
        # All of their answers are 220 MB.
        self.assertLess(self.memory() - before, 120)
        for one in lazy:
            one.socket.shutdown()

    def test_damage(self) -> None:
        """Ends the answer with an error and what was read; the session goes on."""
        block = self.damage()
        client = self.start()
        frames = self.frames(client, Split=True, Ts=1, **PERIOD)
        self.assertGreater(len(frames), 5)
        last = frames[-1]
        self.assertEqual(last["Error"], 33)
        self.assertIn(f"block {block}", last["Message"])
        pairs = [pair for one in frames for pair in one["Values"].get(NAME, [])]
        expected = [[BASE + at * 1000, value_at(at)] for at in range(len(pairs))]
        self.assertEqual(json.dumps(pairs), json.dumps(expected))
        self.assertEqual(client.ask("DpGet", Dps=["Slow."])["Error"], 0)
        aggregate = {"Function": "avg", "Points": 10}
        found = client.ask("DpGetPeriod", Dps=["Fast."], Aggregate=aggregate, **WHOLE)
        self.assertEqual((found["Error"], found["Values"]), (33, {}))
        self.assertEqual(client.ask("DpGet", Dps=["Slow."])["Error"], 0)
