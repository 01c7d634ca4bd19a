"""Long answers from the archive, from outside: complete, in parts, and nobody's burden."""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from oagw.archives.opening import open_directory
from oagw.model.samples import Sample
from oagw.model.times import to_iso
from tests.contracts.archive import AT_ONCE
from tests.service.daemon import Client, Daemon

PLANT = """
[types]
Float = "float"
[datapoints]
Float = ["Fast", "Slow"]
[archive]
elements = ["Fast.", "Slow."]
"""
COUNT = 400_000
BASE = 1_780_000_000_000
WHOLE = {"T1": 0, "T2": "9999-12-31"}


def _value(number: int) -> float:
    return (number * 7919 % 10_000) / 100


def fill(state: Path) -> None:
    """Archive values of the element Fast, while no gateway runs."""
    database = sqlite3.connect(state / "system.sqlite")
    [[number]] = database.execute("SELECT id FROM datapoint WHERE name = 'Fast'")
    database.close()
    archive = open_directory(state / "archive", Clock(), AT_ONCE)
    for start in range(0, COUNT, 50_000):
        samples = [
            (number * 65536 + 1, Sample(_value(at), (BASE + at * 1000) * 10**6, 257, 1))
            for at in range(start, start + 50_000)
        ]
        archive.append(samples, True)
    archive.stop()


class PeriodTests(TestCase):
    """One daemon with an element that has 400,000 archived values."""

    timeout = 240

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        plant = self.directory / "plant.toml"
        plant.write_text(PLANT)
        quiet = ("--set", "simulate.enabled=no", "--set", f"system.plant={plant}")
        self.daemon = Daemon(self.directory / "state", *quiet)
        self.assertEqual(self.daemon.start().stop(), 0)
        fill(self.directory / "state")

    def start(self) -> Client:
        """Start the gateway, and connect."""
        self.daemon.start()
        self.addCleanup(self.stop)
        return self.connect()

    def stop(self) -> None:
        """Nothing unexpected has happened."""
        self.assertEqual(self.daemon.stop(), 0)
        self.assertNotIn("Traceback", self.daemon.output)

    def connect(self) -> Client:
        client = self.daemon.connect()
        self.addCleanup(client.close)
        return client

    def memory(self, kind: str = "VmRSS") -> int:
        """Megabytes of the gateway."""
        assert self.daemon.process is not None
        text = Path(f"/proc/{self.daemon.process.pid}/status").read_text()
        match = re.search(rf"{kind}:\s+(\d+) kB", text)
        assert match is not None
        return int(match[1]) // 1024

    def test_all_shapes(self) -> None:
        """Each has all values in order; memory does not grow with them."""
        client = self.start()
        client.ask("DpGetPeriod", Dps=["Fast."], T1=BASE, T2=BASE + 99_000)
        before = self.memory("VmHWM")
        times = [BASE + at * 1000 for at in range(COUNT)]
        texts = [to_iso(time * 10**6) for time in times]
        values = [_value(at) for at in range(COUNT)]
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
        """And several names, of which some have nothing or are wrong."""
        client = self.start()
        names = ["Fast.", "Slow.", "Nobody.", "Fast.:_offline.._stime"]
        found = client.ask(
            "DpGetPeriod", Dps=names, T1=BASE + 1000, T2=BASE + 2000, Count=1
        )
        self.assertEqual(found["Error"], 7)
        self.assertEqual(
            found["Values"],
            {
                "System1:Fast.:_offline.._value": [_value(at) for at in range(4)],
                "System1:Fast.:_offline.._stime": [BASE + at * 1000 for at in range(4)],
            },
        )

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
        database = sqlite3.connect(self.partition())
        [[last]] = database.execute("SELECT max(id) FROM block")
        database.execute("UPDATE block SET data = zeroblob(99) WHERE id = ?", (last - 1,))
        database.commit()
        database.close()
        client = self.start()
        [[first]] = self.at(last - 1)
        found = client.ask("DpGetPeriod", Dps=["Fast."], T1=first, T2=first)
        self.assertEqual((found["Error"], found["Values"]), (33, {}))
        self.assertIn(f"block {last - 1}", found["Message"])
        client.send("DpGetPeriod", {"Dps": ["Fast."], **WHOLE})
        code, reason = client.closed()
        self.assertEqual(code, 1011)
        self.assertIn("archive", reason)
        again = self.connect()
        found = again.ask("DpGetPeriod", Dps=["Fast."], T1=BASE, T2=BASE)
        self.assertEqual(found["Error"], 0)

    def partition(self) -> Path:
        """The file of the first month."""
        return min((self.directory / "state" / "archive").glob("20*.sqlite"))

    def at(self, block: int) -> list[tuple[int]]:
        """The first time of a block, in ms."""
        database = sqlite3.connect(self.partition())
        try:
            return database.execute(
                "SELECT first / 1000000 FROM block WHERE id = ?", (block,)
            ).fetchall()
        finally:
            database.close()
