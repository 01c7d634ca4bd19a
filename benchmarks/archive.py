"""``python -m benchmarks.archive``: what archived values cost, in and out.

Values have two decimals and times of milliseconds. The engine alone is driven through a
reactor of this process, with the threads that the gateway gives it; then a gateway answers
a period query over ``wss``. The yardstick for reading is orjson's text of the values alone
(a numpy array), without any times: what is compared is done in the same run.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from websocket import WebSocket, create_connection

from benchmarks.servers import start_oagw
from benchmarks.size import PATH
from oagw.archives.opening import open_directory
from oagw.archives.tending import Threads
from oagw.model.samples import Sample
from oagw.model.times import LAST, NS_PER_MS
from oagw.storage.threads import WriterThread
from oagw.wire.series import Numbers, Series, encode_rows

_START = 1_750_000_000_000
_BATCH = 1000
_ELEMENT = "ExampleDP_Trend2"


@dataclass(slots=True)
class Figures:
    """What was measured, by its title, in the order of measuring."""

    lines: list[tuple[str, str]] = field(default_factory=list)

    def add(self, title: str, text: str) -> None:
        """Note a figure, and show it."""
        self.lines.append((title, text))
        print(f"{title:<58}{text:>24}", flush=True)


def _values(series: int, count: int) -> list[float]:
    """A walk in steps of two decimals."""
    steps = np.random.default_rng(series).normal(0, 1, count)
    walk: list[float] = steps.cumsum().round(2).tolist()
    return walk


def samples(
    series: int, count: int, step: int, shift: int = 0
) -> Iterator[tuple[int, Sample]]:
    """Values of one element, a few ms off the second."""
    jitter = np.random.default_rng(series + shift).integers(0, 50, count).tolist()
    for at, value in enumerate(_values(series + shift, count)):
        ms = _START + shift + at * step + jitter[at]
        yield series, Sample(value, ms * NS_PER_MS, 257, 1)


def best(work: Callable[[], object], times: int = 5) -> float:
    """The least milliseconds that some work takes."""
    least = float("inf")
    for _ in range(times):
        begun = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - begun)
    return least * 1e3


class Engine:
    """The archive alone, in a directory."""

    def __init__(self, reactor: Any, directory: Path) -> None:
        self.directory = directory
        threads = Threads(
            WriterThread(reactor, "archive"),
            WriterThread(reactor, "sealing"),
            deferToThread,
        )
        self.archive = open_directory(directory, reactor, threads)

    async def fill(self, rows: list[tuple[int, Sample]]) -> tuple[float, list[float]]:
        """Append durably, batch by batch; gives values/s and the seconds of each batch."""
        seconds = []
        begun = time.perf_counter()
        for start in range(0, len(rows), _BATCH):
            before = time.perf_counter()
            await self.archive.append(rows[start : start + _BATCH], True)
            seconds.append(time.perf_counter() - before)
        return len(rows) / (time.perf_counter() - begun), sorted(seconds)

    async def read(self, series: int) -> int:
        """Read all of a series and make the text of ``Ts`` 1; gives its bytes."""
        scan = await self.archive.scan(series, 0, LAST, 0)
        size = 0
        while (columns := await scan.next()) is not None:
            numbers = Numbers(columns.array())
            if columns.digits is not None:
                numbers = Numbers(columns.bits, columns.digits)
            text = Series(columns.stime, numbers)
            size += len(await deferToThread(encode_rows, text, 1))
        scan.close()
        return size

    async def size(self) -> float:
        """Bytes a value of the files of the months, when nothing is hot any more."""
        await self.archive.compact()
        sealed, taken = 0, 0
        for path in self.directory.glob("*-*.sqlite"):
            database = sqlite3.connect(path)
            row = database.execute(
                "SELECT sum(samples), sum(length(data)), "
                "sum(ifnull(length(summary), 0)) FROM block"
            ).fetchone()
            sealed, taken = sealed + row[0], taken + row[1] + row[2]
            database.close()
        return taken / sealed


async def engine(reactor: Any, figures: Figures, count: int) -> None:
    """All figures of the engine alone."""
    with tempfile.TemporaryDirectory() as name:
        one = Engine(reactor, Path(name) / "fast")
        rows = list(samples(1, count, 1000))
        speed, seconds = await one.fill(rows)
        figures.add(
            f"durable, batches of {_BATCH:,}, one element", f"{speed:,.0f} values/s"
        )
        figures.add(
            "  until a batch is durable, p99",
            f"{seconds[int(len(seconds) * 0.99)] * 1e3:.1f} ms",
        )
        array = np.array([one.value for _, one in rows])
        plain = best(lambda: orjson.dumps(array, option=orjson.OPT_SERIALIZE_NUMPY))
        figures.add(f"orjson of {count:,} values alone", f"{plain:.1f} ms")
        least = float("inf")
        for _ in range(3):
            begun = time.perf_counter()
            await one.read(1)
            least = min(least, (time.perf_counter() - begun) * 1e3)
        figures.add(
            "read and text with times (Ts 1), ready",
            f"{least:.1f} ms ({least / plain:.1f})",
        )
        figures.add("bytes a value, one element", f"{await one.size():.2f}")
        await one.archive.stop()
        many = Engine(reactor, Path(name) / "slow")
        elements = 10_000
        for shift in range(0, count // elements, 10):
            part = [
                row
                for at in range(elements)
                for row in samples(at, 10, 60_000, shift * 60_000)
            ]
            await many.fill(part)
        figures.add(
            f"bytes a value, {elements:,} elements in turn", f"{await many.size():.2f}"
        )
        await many.archive.stop()


def over_the_wire(figures: Figures, count: int) -> None:
    """A gateway with an element of so many values."""
    with tempfile.TemporaryDirectory() as name:
        state = Path(name)
        with start_oagw(state):
            pass
        _fill(state, count)
        with start_oagw(state) as server:
            url = f"wss://localhost:{server.port}{PATH}"
            client = create_connection(url, sslopt={"cert_reqs": ssl.CERT_NONE}, timeout=60)
            _ask(client, 0, _START)
            before = _memory(server.pid)
            for shape in (0, 1, 3):
                took = best(lambda: _ask(client, shape, LAST // NS_PER_MS), 3)  # noqa: B023
                size = _ask(client, shape, LAST // NS_PER_MS)
                figures.add(
                    f"{count:,} values over wss, Ts {shape}, {size / 1e6:.0f} MB",
                    f"{took:.0f} ms",
                )
            figures.add("memory above idle", f"{_memory(server.pid) - before:.0f} MB")
            client.close()


def _fill(state: Path, count: int) -> None:
    from twisted.internet.defer import maybeDeferred
    from twisted.internet.task import Clock

    database = sqlite3.connect(state / "system.sqlite")
    [[number]] = database.execute("SELECT id FROM datapoint WHERE name = ?", (_ELEMENT,))
    database.close()
    threads = Threads(maybeDeferred, maybeDeferred, maybeDeferred)
    archive = open_directory(state / "archive", Clock(), threads)
    rows = list(samples(number * 65536 + 1, count, 1000))
    for start in range(0, count, 10 * _BATCH):
        archive.append(rows[start : start + 10 * _BATCH], True)
    archive.stop()


def _ask(client: WebSocket, shape: int, last: int) -> int:
    """Ask for all values up to a time (ms); gives the bytes of the answer."""
    period = {"Dps": [f"{_ELEMENT}."], "T1": _START, "T2": last, "Ts": shape}
    client.send(json.dumps({"DpGetPeriod": period}))
    size = 0
    while True:
        frame = client.recv_frame()  # type: ignore[no-untyped-call]
        size += len(frame.data)
        if frame.fin:
            return size


def _memory(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    [line] = [line for line in text.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def main() -> None:
    """Measure all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a glance, less exact")
    count = 100_000 if parser.parse_args().quick else 1_000_000
    from twisted.internet import reactor as running

    reactor: Any = running
    figures = Figures()
    failed: list[object] = []

    def done(result: object) -> None:
        if result is not None:
            failed.append(result)
        reactor.stop()

    reactor.callWhenRunning(
        lambda: Deferred.fromCoroutine(engine(reactor, figures, count)).addBoth(done)
    )
    reactor.run()
    if failed:
        raise SystemExit(str(failed[0]))
    over_the_wire(figures, count)


if __name__ == "__main__":
    main()
