"""``python -m benchmarks.size``: what costs more when a plant is larger, and what does not.

A real daemon with 10,000, 100,000 and 1,000,000 elements (datapoints of ten), loaded from
a DPL file into the running gateway. A figure that should not depend on the size is also
given as the ratio to that of the smallest plant.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import Connection, text_frame
from benchmarks.servers import Server, start_oagw

_ROOT = Path(__file__).resolve().parent.parent
#: Where the daemon's websocket is, with the user that it has at its first start.
PATH = "/winccoa?username=demo&password=demo"
_ELEMENTS: tuple[tuple[str, int, Callable[[int], str]], ...] = (
    ("value.speed", 22, lambda number: f"{number * 0.5}"),
    ("value.current", 22, lambda number: f"{number * 0.25}"),
    ("value.torque", 22, lambda number: f"{number * 0.125}"),
    ("value.pressure", 22, lambda number: f"{20 + number % 80}"),
    ("state.running", 23, lambda number: f"{number % 2}"),
    ("state.mode", 21, lambda number: f"{number % 7}"),
    ("state.text", 25, lambda number: f'"mode {number % 7}"'),
    ("cmd.start", 23, lambda number: "0"),
    ("cmd.setpoint", 22, lambda number: f"{number * 0.1}"),
    ("counter", 20, lambda number: f"{number}"),
)
_NAMES = 100


@dataclass(frozen=True, slots=True)
class Sized:
    """What was measured with a plant of some size; times in ms where not said otherwise.

    :ivar load: seconds to import the DPL file into the running gateway.
    :ivar start: seconds from the start of the process until clients can connect.
    :ivar loaded_bytes: memory per element after the import, the whole process counted.
    :ivar started_bytes: the same after a start.
    """

    elements: int
    load: float
    start: float
    loaded_bytes: float
    started_bytes: float
    get_same: float
    get_other: float
    names_prefix: float
    names_suffix: float
    create: float


def dpl(datapoints: int) -> Iterator[str]:
    """A DPL file of motors with ten elements each."""
    yield "# ascii dump of database\n\n# DpType\nTypeName\nMotor.Motor\t1#1\n"
    number, group = 2, ""
    for path, kind, _ in _ELEMENTS:
        head, dot, name = path.rpartition(".")
        if dot and head != group:
            yield f"\t{head}\t1#{number}\n"
            number, group = number + 1, head
        depth = "\t\t" if dot else "\t"
        yield f"{depth}{name}\t{kind}#{number}\n"
        number += 1
    yield "\n# Datapoint/DpId\nDpName\tTypeName\tID\n"
    for number in range(datapoints):
        yield f"Pump_{number:06d}\tMotor\t{number + 1}\n"
    yield (
        "\n# DpValue\nManager/User\tElementName\tTypeName\t_original.._value\t"
        "_original.._status64\t_original.._stime\n"
    )
    for number in range(datapoints):
        time_of_day = f"{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}"
        for path, _, value in _ELEMENTS:
            yield (
                f"ASC (1)/0\tPump_{number:06d}.{path}\tMotor\t{value(number)}\t0x101\t"
                f"03.05.2021 {time_of_day}.303\n"
            )


def memory(server: Server) -> int:
    """What the process holds of the machine's memory, in bytes."""
    status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


class Client:
    """Asks one thing after the other."""

    def __init__(self, server: Server) -> None:
        self._connection = Connection(server.port, PATH)

    def ask(self, command: str, **arguments: object) -> dict[str, object]:
        """The answer to a command."""
        frame = json.dumps({command: arguments}).encode()
        self._connection.send(_frame(frame))
        [answer] = json.loads(self._connection.receive_one()).values()
        if answer["Error"]:
            raise RuntimeError(f"{command}: {answer['Message']}")
        return dict(answer)

    def close(self) -> None:
        """Leave."""
        self._connection.close()


def _frame(text: bytes) -> bytes:
    if len(text) < 65_536:
        return text_frame(text)
    raise ValueError("the benchmark's client sends short frames only")


def median_ms(work: Callable[[], object], rounds: int) -> float:
    """The median time of some work."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def measure(elements: int, directory: Path, rounds: int) -> Sized:
    """Measure with a plant of the given number of elements."""
    datapoints = elements // len(_ELEMENTS)
    state = directory / f"state-{elements}"
    state.mkdir()
    file = directory / f"{elements}.dpl"
    with open(file, "w", encoding="utf-8") as output:
        output.writelines(dpl(datapoints))
    with started(state) as (server, _):
        begun = time.perf_counter()
        import_file(state, file)
        load = time.perf_counter() - begun
        loaded = memory(server)
    with started(state) as (server, start):
        begun_with = memory(server)
        client = Client(server)
        times = _answer_times(client, datapoints, rounds)
        client.close()
    sizes = (loaded / elements, begun_with / elements)
    return Sized(elements, load, start, *sizes, *times)


def _answer_times(client: Client, datapoints: int, rounds: int) -> tuple[float, ...]:
    chance = random.Random(1)
    group = f"Pump_{datapoints // 20:06d}"[:-1]

    def some() -> list[str]:
        return [
            f"Pump_{chance.randrange(datapoints):06d}.value.speed" for _ in range(_NAMES)
        ]

    same = some()
    numbers = iter(range(1_000_000))
    return (
        median_ms(lambda: client.ask("DpGet", Dps=same), rounds),
        median_ms(lambda: client.ask("DpGet", Dps=some()), rounds),
        median_ms(lambda: client.ask("DpNames", Pattern=f"{group}*.**"), rounds),
        median_ms(lambda: client.ask("DpNames", Pattern="*_000042.value.speed"), rounds),
        median_ms(
            lambda: client.ask("DpCreate", Name=f"New_{next(numbers)}", Type="Motor"),
            rounds,
        ),
    )


@contextmanager
def started(state: Path) -> Iterator[tuple[Server, float]]:
    """A daemon, and the seconds that its start took."""
    begun = time.perf_counter()
    with start_oagw(state) as server:
        yield server, time.perf_counter() - begun


def import_file(state: Path, file: Path) -> None:
    """Import a DPL file into the daemon that runs."""
    command = "import sys; from oagw.cli.main import main; sys.exit(main())"
    subprocess.run(
        [
            *(sys.executable, "-c", command, "dpl", "import"),
            *("--config", str(_ROOT / "etc" / "oagw.ini"), "--state", str(state)),
            str(file),
        ],
        cwd=_ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def as_text(results: list[Sized]) -> str:
    """A table for people."""
    rows = [
        ("elements", "elements", "{:,.0f}"),
        ("import of the DPL file, s", "load", "{:.1f}"),
        ("start, s", "start", "{:.1f}"),
        ("memory after the import, bytes per element", "loaded_bytes", "{:,.0f}"),
        ("memory after a start, bytes per element", "started_bytes", "{:,.0f}"),
    ]
    flat = [
        ("DpGet of the same 100 names, ms", "get_same"),
        ("DpGet of other 100 names each time, ms", "get_other"),
        ("DpNames of 140 names by prefix, ms", "names_prefix"),
        ("DpNames of 1 name by suffix, ms", "names_suffix"),
        ("DpCreate, ms", "create"),
    ]
    lines = []
    for title, field, shape in rows:
        cells = [shape.format(getattr(one, field)) for one in results]
        lines.append(f"{title:44}" + "".join(f" {cell:>14}" for cell in cells))
    for title, field in flat:
        first = getattr(results[0], field)
        figures = [getattr(one, field) for one in results]
        cells = [f"{one:.2f} ({one / first:.2f})" for one in figures]
        lines.append(f"{title:44}" + "".join(f" {cell:>14}" for cell in cells))
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and print what came out."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.size", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small plants, rough figures")
    options = parser.parse_args()
    sizes = (1_000, 10_000) if options.quick else (10_000, 100_000, 1_000_000)
    with tempfile.TemporaryDirectory() as directory:
        rounds = 20 if options.quick else 200
        results = [measure(size, Path(directory), rounds) for size in sizes]
    print(as_text(results), end="")


if __name__ == "__main__":
    main()
