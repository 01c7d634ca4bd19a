"""``python -m benchmarks.queries``: what queries cost, asked once and live.

A real daemon for each size of plant (datapoints of ten elements). Questions are timed from
sending to the whole answer, and by the processor time of the server. A change of a live
query is one DpSet until its update is there; a figure that should not depend on the number
of rows or of queries is also given as the ratio to the smallest.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import Connection, text_frame
from benchmarks.servers import Server
from benchmarks.size import PATH, dpl, import_file, started

_TITLE = 52
_SETTING = "Pump_000001.value.speed"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one thing costs.

    :ivar ms: the median time until its answer, or its update, is there.
    :ivar server_us: the server's processor time for it, in microseconds.
    """

    ms: float
    server_us: float


class Client:
    """Sends commands and reads what comes, one message at a time."""

    def __init__(self, server: Server) -> None:
        self._connection = Connection(server.port, PATH)

    def send(self, command: str, **arguments: object) -> None:
        """Send a command."""
        self._connection.send(text_frame(json.dumps({command: arguments}).encode()))

    def receive(self) -> bytes:
        """The next message."""
        return self._connection.receive_one()

    def receive_some(self) -> list[bytes]:
        """The next messages, at least one."""
        while not (texts := self._connection.receive()):
            pass
        return texts

    def ask(self, command: str, **arguments: object) -> bytes:
        """The answer to a command."""
        self.send(command, **arguments)
        answer = self.receive()
        if b'"Error":0' not in answer[:200]:
            raise RuntimeError(f"{command}: {answer[:300]!r}")
        return answer

    def close(self) -> None:
        """Leave."""
        self._connection.close()


def cost(server: Server, work: Callable[[], object], seconds: float) -> Cost:
    """What some work costs, done again and again for some seconds."""
    work()
    times: list[float] = []
    cpu = server.cpu_seconds()
    begun = time.perf_counter()
    while not times or time.perf_counter() - begun < seconds:
        before = time.perf_counter()
        work()
        times.append(time.perf_counter() - before)
    used = server.cpu_seconds() - cpu
    return Cost(statistics.median(times) * 1e3, used / len(times) * 1e6)


def questions(datapoints: int) -> Iterator[tuple[str, str]]:
    """Titles and queries; all but the last two have the same answer in every plant."""
    value = "SELECT '_online.._value' FROM"
    yield "10 rows of a datapoint by name", f"{value} 'Pump_000001.**'"
    yield "100 rows by the beginning of a name", f"{value} 'Pump_00001?.**'"
    yield "1 row by the end of a name", f"{value} '*_000042.value.speed'"
    yield (
        "10 rows by _DP",
        f'{value} \'*.**\' WHERE _DPT = "Motor" AND _DP = "Pump_000007"',
    )
    yield (
        "10 rows as datapoints with two elements",
        "SELECT '.value.speed:_online.._value', '.state.text:_online.._value' "
        'FROM \'Pump_00001*\' WHERE _DPT = "Motor" AND _DP LIKE "Pump_00001?"',
    )
    # Of 10,000 elements there are fewer, but all plants have this many with a speed.
    yield "the FIRST 10 of all", f"{value} '*.**' FIRST 10"
    yield (
        "a tenth of all elements looked at, few found",
        f"{value} '*.value.speed' WHERE '_online.._value' > {datapoints * 0.5 - 10.25}",
    )
    yield "COUNT of all, by _EL", "SELECT COUNT('_online.._value') FROM '*.**' GROUP BY _EL"


def measure_questions(server: Server, datapoints: int, seconds: float) -> dict[str, Cost]:
    """What each question costs."""
    client = Client(server)
    found = {
        title: cost(server, lambda query=query: client.ask("DpQuery", Query=query), seconds)  # type: ignore[misc]
        for title, query in questions(datapoints)
    }
    client.close()
    return found


@contextmanager
def connected(server: Server, queries: Sequence[str], command: str) -> Iterator[Client]:
    """A client with live queries, whose tables it has read."""
    client = Client(server)
    for number, query in enumerate(queries):
        client.ask(command, Id=number, Query=query)
    yield client
    client.close()


def measure_change(
    server: Server,
    queries: Sequence[str],
    seconds: float,
    command: str = "DpQueryConnect",
    clients: int = 1,
) -> Cost:
    """What a change of one element costs that one of the queries covers."""
    setter = Client(server)
    values = itertools.count(1)
    watchers: list[Client] = []
    with connected(server, queries, command) as watcher:
        watchers = [watcher]
        for _ in range(clients - 1):
            watchers.append(Client(server))
            watchers[-1].ask(command, Id=0, Query=queries[0])

        def change() -> None:
            setter.send("DpSet", Values=[{"Dp": _SETTING, "Value": next(values)}])
            for one in watchers:
                one.receive()

        found = cost(server, change, seconds)
        for one in watchers[1:]:
            one.close()
    setter.close()
    return found


def live_loads(datapoints: int) -> Iterator[tuple[str, list[str], str]]:
    """Titles, queries and the command of each load."""
    value = "SELECT '_online.._value' FROM"
    groups = [f"{value} 'Pump_{number:05d}?.**'" for number in range(datapoints // 10)]
    yield "10 queries of 100 rows", groups[:10], "DpQueryConnect"
    yield f"{len(groups):,} queries of 100 rows", groups, "DpQueryConnect"
    where = " WHERE '_online.._value' >= 0 AND _ELC IN (DPEL_FLOAT, DPEL_UINT)"
    yield "one query of 100 rows", groups[:1], "DpQueryConnect"
    everything = [f"{value} 'Pump_*.**'"]
    yield f"one query of {datapoints * 10:,} rows", everything, "DpQueryConnect"
    filtered = [f"{everything[0]}{where}"]
    yield f"one query of {datapoints * 6:,} rows, with WHERE", filtered, "DpQueryConnect"


def as_text(plants: Sequence[int], found: Sequence[dict[str, Cost]]) -> list[str]:
    """A table of what questions cost in plants of some sizes."""
    lines = [f"{'elements':{_TITLE}}" + "".join(f"{size:>26,}" for size in plants)]
    for title in found[0]:
        row = [costs[title] for costs in found]
        least = row[0].server_us
        cells = [
            f"{one.ms:.2f} ms {one.server_us:,.0f} us ({one.server_us / least:.1f})"
            for one in row
        ]
        lines.append(f"{title:{_TITLE}}" + "".join(f"{cell:>26}" for cell in cells))
    return lines


def live_as_text(found: Sequence[tuple[str, Cost]]) -> list[str]:
    """A table of what a change costs; ratios are to the first of each kind."""
    lines = [
        f"{'a change of one element, with':{_TITLE}}{'ms':>8}{'server us':>12}{'ratio':>8}"
    ]
    first = found[0][1]
    for title, one in found:
        if title.startswith("one query of 100 rows"):
            first = one
        ratio = one.server_us / first.server_us
        lines.append(f"{title:{_TITLE}}{one.ms:>8.2f}{one.server_us:>12,.0f}{ratio:>8.2f}")
    return lines


def main() -> None:
    """Measure, and print what came out."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.queries", description=__doc__
    )
    parser.add_argument("--quick", action="store_true", help="small plants, rough figures")
    options = parser.parse_args()
    sizes = (1_000, 10_000) if options.quick else (10_000, 100_000, 1_000_000)
    seconds = 0.05 if options.quick else 2.0
    live_size = 1_000 if options.quick else 100_000
    questioned: list[dict[str, Cost]] = []
    lived: list[tuple[str, Cost]] = []
    with tempfile.TemporaryDirectory() as directory:
        for size in sizes:
            state = Path(directory) / f"state-{size}"
            state.mkdir()
            file = Path(directory) / f"{size}.dpl"
            with open(file, "w", encoding="utf-8") as output:
                output.writelines(dpl(size // 10))
            with started(state) as (server, _):
                import_file(state, file)
            with started(state) as (server, _):
                questioned.append(measure_questions(server, size // 10, seconds))
                if size == live_size:
                    for title, queries, command in live_loads(size // 10):
                        change = measure_change(server, queries, seconds, command)
                        lived.append((title, change))
    print("\n".join([*as_text(sizes, questioned), "", *live_as_text(lived)]))


if __name__ == "__main__":
    main()
