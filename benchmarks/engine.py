"""The archive's engine alone, driven as the gateway drives it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from twisted.internet.threads import deferToThread

from oagw.archives.files.fileengine import open_directory
from oagw.archives.policy import Threads
from oagw.model.samples import Sample
from oagw.model.times import LAST, NS_PER_MS
from oagw.storage.threads import WriterThread
from oagw.wire.series import Numbers, Series, encode_rows

#: The first time, in ms.
START = 1_750_000_000_000
#: Values that are appended at once.
BATCH = 1000
#: More values than are sealed at once.
_SEALED = 300_000


@dataclass(slots=True)
class Figures:
    """What was measured, by its title, in the order of measuring.

    :ivar ready: milliseconds until the text of ``Ts`` 1 is ready, with which the time
        until a client has it is compared.
    """

    lines: list[tuple[str, str]] = field(default_factory=list)
    ready: float = 0.0

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
        ms = START + shift + at * step + jitter[at]
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
        for start in range(0, len(rows), BATCH):
            before = time.perf_counter()
            await self.archive.append(rows[start : start + BATCH], True)
            seconds.append(time.perf_counter() - before)
        return len(rows) / (time.perf_counter() - begun), sorted(seconds)

    async def read(self, series: int, last: int = LAST) -> int:
        """Read a series up to a time and make the text of ``Ts`` 1; gives its bytes."""
        scan = await self.archive.scan(series, 0, last, 0)
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
        return self.sealed_size()

    def sealed_size(self) -> float:
        """Bytes a value of what is sealed now."""
        sealed, taken = 0, 0
        for path in self.directory.glob("*-*.sqlite"):
            database = sqlite3.connect(path)
            row = database.execute(
                "SELECT sum(block.samples), sum(length(block.data)), "
                "sum(length(summary.data)) FROM block JOIN run ON run.id = run "
                "LEFT JOIN summary ON block.id = block WHERE NOT replaced"
            ).fetchone()
            sealed, taken = sealed + row[0], taken + row[1] + (row[2] or 0)
            database.close()
        return taken / sealed


async def sizes(reactor: Any, figures: Figures, directory: Path, count: int) -> None:
    """What values take on the disk, of one fast element and of many slow ones."""
    one = Engine(reactor, directory / "fast")
    await one.fill(list(samples(1, count, 1000)))
    figures.add("bytes a value, one element", f"{await one.size():.2f}")
    await one.archive.stop()
    many = Engine(reactor, directory / "slow")
    elements = 10_000
    for shift in range(0, count // elements, 10):
        part = [
            row for at in range(elements) for row in samples(at, 10, 60_000, shift * 60_000)
        ]
        await many.fill(part)
    figures.add(f"bytes a value, {elements:,} elements in turn", f"{await many.size():.2f}")
    await many.archive.stop()
    slow = Engine(reactor, directory / "slowest")
    for minute in range(max(2, -(-_SEALED // count))):
        await slow.fill(_slow_samples(count, minute))
    await slow.archive.stop()
    title = f"bytes a value, {count:,} slow elements, not merged yet"
    figures.add(title, f"{slow.sealed_size():.2f}")


def _slow_samples(elements: int, minute: int) -> list[tuple[int, Sample]]:
    """A value of each element in a minute, at any time of it, around its own level."""
    random = np.random.default_rng(minute)
    levels = np.random.default_rng(elements).normal(50, 20, elements)
    values = (levels + random.normal(0, 0.5, elements)).round(2)
    ms = START + minute * 60_000 + np.sort(random.integers(0, 60_000, elements))
    order = random.permutation(elements)
    rows = zip(order.tolist(), ms.tolist(), values[order].tolist(), strict=True)
    return [(at, Sample(value, time * NS_PER_MS, 257, 1)) for at, time, value in rows]
