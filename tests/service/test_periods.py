"""Long replies from the archive: complete, in parts, without delay for others."""

from __future__ import annotations

from oagw.model.times import to_iso
from tests.service.history import BASE, COUNT, WHOLE, HistoryTestCase, value_at


class PeriodTests(HistoryTestCase):
    """Answers with the values themselves."""

    def test_all_shapes(self) -> None:
        """Each has all values in order; memory does not grow with them."""
        client = self.start()
        client.ask("DpGetPeriod", Dps=["Fast."], T1=BASE, T2=BASE + 99_000)
        before = self.memory("VmHWM")
        times = [BASE + at * 1000 for at in range(COUNT)]
        texts = [to_iso(time * 10**6) for time in times]
        values = [value_at(at) for at in range(COUNT)]
        for shape in range(5):
            found = client.ask("DpGetPeriod", Dps=["Fast."], Ts=shape, **WHOLE)
            self.assertEqual(found["Error"], 0)
            [series] = found["Values"].values()
            expected: list[object] = list(values)
            if shape:
                stamps: list[object] = list(times if shape in (1, 3) else texts)
                if shape > 2:
                    expected = [stamps, values]
                else:
                    expected = [list(pair) for pair in zip(stamps, values, strict=True)]
            self.assertTrue(series == expected, f"the shape {shape} has other values")
        # The largest answer alone has 14 MB.
        self.assertLess(self.memory("VmHWM") - before, 30)

    def test_a_part_of_it_with_bonus_values(self) -> None:
        """With several names, some of which are empty or wrong."""
        client = self.start()
        names = ["Fast.", "Slow.", "Nobody.", "Fast.:_offline.._stime"]
        found = client.ask(
            "DpGetPeriod", Dps=names, T1=BASE + 1000, T2=BASE + 2000, Count=1
        )
        self.assertEqual(found["Error"], 7)
        self.assertEqual(
            found["Values"],
            {
                "System1:Fast.:_offline.._value": [value_at(at) for at in range(4)],
                "System1:Fast.:_offline.._stime": [BASE + at * 1000 for at in range(4)],
            },
        )

    def test_queries_of_the_archive(self) -> None:
        """Groups and the last rows need no memory for the values that they are made of."""
        client = self.start()
        value = "'_offline.._value'"
        period = "FROM 'Fast.' TIMERANGE(0,9E12,1,0)"
        client.ask("DpQuery", Query=f"SELECT {value} {period} FIRST 1")
        before = self.memory("VmHWM")
        found = client.ask(
            "DpQuery",
            Query=f"SELECT COUNT({value}), MAX({value}), LAST({value}) {period}",
        )
        last = value_at(COUNT - 1)
        most = max(map(value_at, range(COUNT)))
        self.assertEqual(found["Values"], [["", COUNT, most, last]])
        found = client.ask("DpQuery", Query=f"SELECT {value} {period} LAST 2")
        self.assertEqual(
            found["Values"],
            [
                ["System1:Fast.", BASE + at * 1000, value_at(at)]
                for at in range(COUNT - 2, COUNT)
            ],
        )
        self.assertLess(self.memory("VmHWM") - before, 40)
        found = client.ask("DpQuery", Query=f"SELECT {value} {period}")
        self.assertEqual(found["Error"], 51)
        self.assertIn(f"{COUNT} rows", found["Message"])

    def test_updates_wait_for_the_end_of_the_answer(self) -> None:
        """Nothing comes between its parts, and nothing is lost."""
        client = self.start()
        other = self.connect()
        client.ask("DpConnect", Id="c", Dps=["Slow."])
        client.send("DpGetPeriod", {"Id": "p", "Dps": ["Fast."], "Ts": 2, **WHOLE})
        for value in range(1, 30):
            values = [{"Dp": "Slow.", "Value": value}]
            self.assertEqual(other.ask("DpSet", Values=values, Wait=True)["Error"], 0)
        frames = [client.receive() for _ in range(30)]
        kinds = [next(iter(frame)) for frame in frames]
        self.assertEqual(kinds.count("DpGetPeriodResult"), 1)
        updates = [
            next(iter(frame["DpConnectResult"]["Values"].values()))
            for frame in frames
            if "DpConnectResult" in frame
        ]
        self.assertEqual(updates, [float(value) for value in range(1, 30)])

    def test_who_does_not_read_is_no_burden(self) -> None:
        """Little waits for such clients; they may leave at any time."""
        client = self.start()
        client.ask("DpGetPeriod", Dps=["Fast."], **WHOLE)
        before = self.memory()
        lazy = [self.daemon.connect() for _ in range(16)]
        for one in lazy:
            one.send("DpGetPeriod", {"Dps": ["Fast."], "Ts": 2, **WHOLE})
        for value in range(100):
            values = [{"Dp": "Slow.", "Value": value}]
            self.assertEqual(client.ask("DpSet", Values=values, Wait=True)["Error"], 0)
        # All of their answers are 220 MB.
        self.assertLess(self.memory() - before, 120)
        for one in lazy[:8]:
            one.close()
        self.assertEqual(client.ask("DpGet", Dps=["Slow."])["Error"], 0)
        for one in lazy[8:]:
            one.socket.shutdown()

    def test_damage(self) -> None:
        """Is an error; an answer that has begun ends with the connection."""
        block = self.damage()
        client = self.start()
        [[first]] = self.at(block)
        found = client.ask("DpGetPeriod", Dps=["Fast."], T1=first, T2=first)
        self.assertEqual((found["Error"], found["Values"]), (33, {}))
        self.assertIn(f"block {block}", found["Message"])
        client.send("DpGetPeriod", {"Dps": ["Fast."], **WHOLE})
        code, reason = client.closed()
        self.assertEqual(code, 1011)
        self.assertIn("archive", reason)
        again = self.connect()
        found = again.ask("DpGetPeriod", Dps=["Fast."], T1=BASE, T2=BASE)
        self.assertEqual(found["Error"], 0)
