"""The archive beside PostgreSQL and InfluxDB: the same values, in one run.

PostgreSQL has a row for each value (element, time, value, status) and a btree by element
and time, and is asked through psycopg 3 with binary answers; InfluxDB is asked over HTTP as
it comes. Servers that are not installed are left out.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from twisted.internet.task import deferLater

from benchmarks.engine import BATCH, START, Engine, Figures, best
from benchmarks.rivals import (
    Postgres,
    has_influx,
    postgres_binaries,
    start_influx,
    start_postgres,
)
from oagw.model.samples import Sample
from oagw.model.times import NS_PER_MS

_INTERVALS = 1000
_PART = 250_000
#: Values a second that arrive for a while.
_SUSTAINED = 200_000
_ELEMENT = 1


class Data:
    """A walk of values with two decimals, about one each second."""

    def __init__(self, count: int) -> None:
        random = np.random.default_rng(1)
        self.ms = START + np.arange(count) * 1000 + random.integers(0, 50, count)
        self.values = random.normal(0, 1, count).cumsum().round(2)

    def samples(self, start: int, end: int) -> list[tuple[int, Sample]]:
        """As the archive takes them."""
        pairs = zip(
            self.ms[start:end].tolist(), self.values[start:end].tolist(), strict=True
        )
        return [(_ELEMENT, Sample(value, ms * NS_PER_MS, 257, 1)) for ms, value in pairs]

    def parts(self) -> Iterator[tuple[int, int]]:
        """Where parts begin and end that are not too large for the memory."""
        for start in range(0, len(self.ms), _PART):
            yield start, min(start + _PART, len(self.ms))


async def compare(reactor: Any, figures: Figures, directory: Path, count: int) -> None:
    """All figures; ``count`` values are read, five times as many are there."""
    data = Data(5 * count)
    with ExitStack() as servers:
        postgres: Postgres | None = None
        if postgres_binaries() is not None:
            postgres = servers.enter_context(start_postgres(directory))
        ours = Engine(reactor, directory / "ours")
        await _fill(figures, ours, postgres, data)
        await ours.archive.compact()
        plain = await _read_ours(ours, figures, data, count)
        edges = np.linspace(data.ms[0], data.ms[-1] + 1, _INTERVALS + 1).astype(np.int64)
        taken = await _best(lambda: ours.archive.extremes(_ELEMENT, edges * NS_PER_MS))
        title = f"extremes of {5 * count:,} in {_INTERVALS:,} intervals"
        figures.add(title, f"{taken:.1f} ms")
        await ours.archive.stop()
        if postgres is not None:
            postgres.tidy()
            _ask_postgres(postgres, figures, data, count, plain, taken)
    if has_influx():
        with start_influx(directory) as influx:
            influx.write(_ELEMENT, data.ms[:count], data.values[:count])
            least = best(lambda: influx.json(_ELEMENT, count), 3)
            figures.add("InfluxDB: as served", f"{least:.0f} ms ({least / plain:.1f})")


async def _fill(
    figures: Figures, ours: Engine, postgres: Postgres | None, data: Data
) -> None:
    """Write all values to both, batch by batch and part by part in turn.

    So both have the same of what else the machine does.
    """
    mine = theirs = 0.0
    for start, end in data.parts():
        rows = data.samples(start, end)
        speed, _ = await ours.fill(rows)
        mine += len(rows) / speed
        if postgres is not None:
            begun = time.perf_counter()
            for at in range(start, end, BATCH):
                part = slice(at, at + BATCH)
                postgres.copy(_ELEMENT, data.ms[part], data.values[part])
            theirs += time.perf_counter() - begun
    count = len(data.ms)
    figures.add(f"durable, batches of {BATCH:,}", f"{count / mine:,.0f} values/s")
    if theirs:
        figures.add(
            f"PostgreSQL: COPY, batches of {BATCH:,}",
            f"{count / theirs:,.0f} values/s ({theirs / mine:.1f})",
        )


async def _read_ours(ours: Engine, figures: Figures, data: Data, count: int) -> float:
    last = int(data.ms[count - 1]) * NS_PER_MS
    values = data.values[:count]
    limit = best(lambda: orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY))
    least = figures.ready = await _best(lambda: ours.read(_ELEMENT, last))
    figures.add(f"orjson of {count:,} values alone", f"{limit:.1f} ms")
    figures.add(
        "read and text with times (Ts 1), ready", f"{least:.1f} ms ({least / limit:.1f})"
    )
    return least


async def _best(work: Callable[[], Awaitable[object]]) -> float:
    least = float("inf")
    for _ in range(5):
        begun = time.perf_counter()
        await work()
        least = min(least, time.perf_counter() - begun)
    return least * 1e3


def _ask_postgres(
    postgres: Postgres,
    figures: Figures,
    data: Data,
    count: int,
    plain: float,
    taken: float,
) -> None:
    assert postgres.rows(_ELEMENT, count) == count
    least = best(lambda: postgres.rows(_ELEMENT, count), 3)
    figures.add("PostgreSQL: rows fetched", f"{least:.0f} ms ({least / plain:.1f})")
    least = best(lambda: postgres.json(_ELEMENT, count), 3)
    figures.add("PostgreSQL: JSON of the server", f"{least:.0f} ms ({least / plain:.1f})")
    first, last = int(data.ms[0]), int(data.ms[-1]) + 1
    least = best(lambda: postgres.extremes(_ELEMENT, first, last, _INTERVALS), 3)
    figures.add("PostgreSQL: the same extremes", f"{least:.0f} ms ({least / taken:.1f})")
    size = postgres.size() / len(data.ms)
    figures.add("PostgreSQL: bytes a value", f"{size:.0f}")


async def sustain(reactor: Any, figures: Figures, directory: Path, seconds: int) -> None:
    """Values arrive at one rate, batch by batch, while they are sealed and merged."""
    ours = Engine(reactor, directory / "sustained")
    batch = Data(BATCH).samples(0, BATCH)
    pause = BATCH / _SUSTAINED
    waits: list[float] = []
    begun = time.perf_counter()
    for number in range(int(seconds / pause)):
        early = begun + number * pause - time.perf_counter()
        if early > 0:
            await deferLater(reactor, early, lambda: None)
        before = time.perf_counter()
        shift = number * 10**9
        rows = [
            (number % 100, Sample(one.value, one.stime + shift, 257, 1)) for _, one in batch
        ]
        await ours.archive.append(rows, True)
        waits.append(time.perf_counter() - before)
    rate = len(waits) * BATCH / (time.perf_counter() - begun)
    waits.sort()
    figures.add(f"sustained for {seconds} s with sealing", f"{rate:,.0f} values/s")
    p99 = waits[int(len(waits) * 0.99)] * 1e3
    figures.add("  until a batch is durable, p99", f"{p99:.1f} ms")
    await ours.archive.stop()
