"""A gateway whose archive has many values of an element already."""

from __future__ import annotations

import atexit
import re
import shutil
import sqlite3
import tempfile
from functools import cache
from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from oagw.archives.files.fileengine import open_directory
from oagw.model.samples import Sample
from tests.contracts.archive import AT_ONCE
from tests.service.daemon import UNRECORDED, Client, Daemon

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


def value_at(number: int) -> float:
    return (number * 7919 % 10_000) / 100


@cache
def filled() -> Path:
    """A state directory with the values of Fast, made once, to be copied."""
    directory = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, directory)
    plant = directory / "plant.toml"
    plant.write_text(PLANT)
    state = directory / "state"
    daemon = Daemon(
        state, *("--set", "simulate.enabled=no", "--set", f"system.plant={plant}")
    )
    daemon.start().stop()
    fill(state)
    return state


def fill(state: Path) -> None:
    """Archive values of the element Fast while no gateway runs."""
    database = sqlite3.connect(state / "system.sqlite")
    [[number]] = database.execute("SELECT id FROM datapoint WHERE name = 'Fast'")
    database.close()
    archive = open_directory(state / "archive", Clock(), AT_ONCE)
    for start in range(0, COUNT, 50_000):
        samples = [
            (number * 65536 + 1, Sample(value_at(at), (BASE + at * 1000) * 10**6, 257, 1))
            for at in range(start, start + 50_000)
        ]
        archive.append(samples, True)
    archive.stop()


class HistoryTestCase(TestCase):
    """One daemon with an element that has 400,000 archived values."""

    timeout = 600
    #: More options of the gateway.
    options: tuple[str, ...] = ()

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        state = self.directory / "state"
        shutil.copytree(filled(), state)
        quiet = ("--set", "simulate.enabled=no")
        self.daemon = Daemon(state, *quiet, *self.options)
        self.daemon.environment = UNRECORDED

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

    def damage(self) -> int:
        """Spoil the block before the last one; returns its number."""
        database = sqlite3.connect(self.partition())
        [[last]] = database.execute("SELECT max(id) FROM block")
        database.execute("UPDATE block SET data = zeroblob(99) WHERE id = ?", (last - 1,))
        database.commit()
        database.close()
        found: int = last - 1
        return found
