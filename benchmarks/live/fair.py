"""Whether one client's load is felt by the others: their latencies with it and without."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import Connection, text_frame
from benchmarks.live.flood import COMMANDS, LOADS
from benchmarks.live.targets import Oagw, as_json
from benchmarks.measures import connected, many_at_once
from benchmarks.servers import process_of, start_oagw

#: Rows of the huge answer: datapoints, and elements of each.
_DATAPOINTS, _ELEMENTS = 1500, 100
#: The others, whose latencies are measured.
CLIENTS = 20


_TITLES = {
    "commands": f"{COMMANDS:,} commands in a row",
    "answer": "a query of many rows, again and again",
}


@dataclass(frozen=True, slots=True)
class Fairness:
    """Latencies of clients beside a load, in ms.

    :ivar ratio: the median of the rounds' ratios of the p99 to that without the load.
    """

    title: str
    p50_ms: float
    p99_ms: float
    ratio: float


def run_fairness(
    rounds: int, seconds: float, datapoints: int = _DATAPOINTS
) -> list[Fairness]:
    """Measure with each load and without, in turn."""
    with (
        tempfile.TemporaryDirectory(prefix="fair-") as directory,
        start_oagw(Path(directory)) as server,
    ):
        target = Oagw(server, plain=False)
        with connected([target.requester]) as [connection]:
            _fill(connection, datapoints)
        quiet, results = [], []
        loads: dict[str, list[tuple[float, float, float]]] = {load: [] for load in LOADS}
        for _ in range(rounds):
            alone = many_at_once(target, target.request, CLIENTS, seconds)
            quiet.append(alone)
            for load, found in loads.items():
                with _load(server.port, load, Path(directory)):
                    beside = many_at_once(target, target.request, CLIENTS, seconds)
                found.append((beside.p50_ms, beside.p99_ms, beside.p99_ms / alone.p99_ms))
    results.append(
        Fairness(
            "nothing else",
            statistics.median(one.p50_ms for one in quiet),
            statistics.median(one.p99_ms for one in quiet),
            1.0,
        )
    )
    for load, found in loads.items():
        columns = zip(*found, strict=True)
        results.append(Fairness(_TITLES[load], *map(statistics.median, columns)))
    return results


@contextmanager
def _load(port: int, load: str, directory: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.live.flood", str(port), load]
    with process_of(command, directory / f"{load}.log"):
        time.sleep(1)
        yield


def _fill(connection: Connection, datapoints: int) -> None:
    children = [{"Name": f"value{n}", "Type": "float"} for n in range(_ELEMENTS)]
    commands: list[object] = [
        {"DpTypeCreate": {"Node": {"Name": "Many", "Children": children}}}
    ]
    commands += [
        {"DpCreate": {"Dp": f"Many_{number:06}", "Type": "Many"}}
        for number in range(datapoints)
    ]
    for command in commands:
        connection.send(text_frame(as_json(command)))
        connection.receive_one()
