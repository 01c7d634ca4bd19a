"""``python -m benchmarks.archive``: what archived values cost, in and out.

Values have two decimals and times of milliseconds. The engine alone is driven through a
reactor of this process, with the threads that the gateway gives it, and compared with
PostgreSQL and InfluxDB where they are installed; then a gateway answers a period query over
``wss``. The yardstick for reading is orjson's text of the values alone (a numpy array),
without any times: what is compared is done in the same run. In brackets is how many times
slower than oagw something is, or how many times slower than its yardstick oagw is.

It takes about three minutes with PostgreSQL and InfluxDB, one without; ``--quick`` takes 20
seconds.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import ssl
import sys
import tempfile
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from websocket import WebSocket, create_connection

from benchmarks.comparison import compare, sustain
from benchmarks.engine import BATCH, START, Figures, best, samples, sizes
from benchmarks.servers import start_oagw
from benchmarks.size import PATH
from oagw.archives.files.fileengine import open_directory
from oagw.archives.policy import Threads
from oagw.model.times import LAST, NS_PER_MS

_ELEMENT = "ExampleDP_Trend2"


async def engine(reactor: Any, figures: Figures, count: int) -> None:
    """All figures of the engine alone."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        await compare(reactor, figures, directory, count)
        await sustain(reactor, figures, directory, max(count // 50_000, 1))
        await sizes(reactor, figures, directory, count)


def over_the_wire(figures: Figures, count: int) -> None:
    """A gateway with an element that holds the given number of values."""
    with tempfile.TemporaryDirectory() as name:
        state = Path(name)
        with start_oagw(state):
            pass
        _fill(state, count)
        with start_oagw(state) as server:
            url = f"wss://localhost:{server.port}{PATH}"
            client = create_connection(url, sslopt={"cert_reqs": ssl.CERT_NONE}, timeout=60)
            _ask(client, 0, START)
            before = _memory(server.pid)
            for shape in (0, 1, 3):
                took = best(lambda: _ask(client, shape, LAST // NS_PER_MS))  # noqa: B023
                size = _ask(client, shape, LAST // NS_PER_MS)
                ratio = f" ({took / figures.ready:.1f})" if shape == 1 else ""
                figures.add(
                    f"{count:,} values over wss, Ts {shape}, {size / 1e6:.0f} MB",
                    f"{took:.0f} ms{ratio}",
                )
            aggregates(figures, client, count)
            figures.add("memory above idle", f"{_memory(server.pid) - before:.0f} MB")
            client.close()


def aggregates(figures: Figures, client: WebSocket, count: int) -> None:
    """All values made a thousand, by each function; all are read for it."""
    end = START + count * 1000
    for functions in ("average", "minimum", "maximum", ["min", "max", "avg"], "lttb"):
        aggregate = {"Function": functions, "Points": 1000}
        took = best(lambda: _ask(client, 3, end, Aggregate=aggregate), 5)  # noqa: B023
        name = functions if isinstance(functions, str) else ", ".join(functions)
        figures.add(f"{count:,} values over wss, {name} by 1,000", f"{took:.0f} ms")


def _fill(state: Path, count: int) -> None:
    from twisted.internet.defer import maybeDeferred
    from twisted.internet.task import Clock

    database = sqlite3.connect(state / "system.sqlite")
    [[number]] = database.execute("SELECT id FROM datapoint WHERE name = ?", (_ELEMENT,))
    database.close()
    threads = Threads(maybeDeferred, maybeDeferred, maybeDeferred)
    archive = open_directory(state / "archive", Clock(), threads)
    rows = list(samples(number * 65536 + 1, count, 1000))
    for start in range(0, count, 10 * BATCH):
        archive.append(rows[start : start + 10 * BATCH], True)
    archive.stop()


def _ask(client: WebSocket, shape: int, last: int, **more: object) -> int:
    """Ask for all values up to a time (ms); gives the bytes of the answer."""
    period = {"Dps": [f"{_ELEMENT}."], "T1": START, "T2": last, "Ts": shape, **more}
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
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.archive",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="a glance, less exact")
    count = 100_000 if parser.parse_args().quick else 1_000_000
    from twisted.internet import reactor as running

    reactor: Any = running
    # As the gateway has it.
    sys.setswitchinterval(0.001)
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
