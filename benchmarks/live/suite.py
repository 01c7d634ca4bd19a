"""All servers side by side: every load on each of them, round by round."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.live.brokers import found, start_mosquitto, start_nats
from benchmarks.live.loads import Cost, fan_out, requests
from benchmarks.live.rows import ROWS, row_updates
from benchmarks.live.targets import Mosquitto, Nats, Oagw, Paths, Prototype, Target
from benchmarks.servers import Server, start_module, start_oagw

SUBSCRIBERS = 100
CLIENTS = 50
BURST = 8

#: How to get what may be missing.
INSTALL = {
    "mosquitto": "sudo apt-get install mosquitto",
    "nats-server": "sudo apt-get install nats-server",
    "picows": "pip install picows",
}


@dataclass(frozen=True, slots=True)
class Extent:
    """How long to measure.

    :ivar seconds: of each round of each measurement.
    """

    rounds: int
    seconds: float


FULL = Extent(rounds=5, seconds=1.5)
QUICK = Extent(rounds=1, seconds=0.3)


@dataclass(frozen=True, slots=True)
class Result:
    """One load on several servers, each with its medians.

    :ivar ratios: the median of the rounds' ratios of oagw's cost to each other server's.
    """

    title: str
    costs: dict[str, Cost]
    ratios: dict[str, float]


def missing() -> list[str]:
    """The names of the programs and libraries that are not installed."""
    gone = [name for name in ("mosquitto", "nats-server") if found(name) is None]
    return gone if find_spec("picows") else [*gone, "picows"]


def run_suite(extent: Extent, plain: bool) -> Iterator[Result]:
    """Start the servers, measure, and end them.

    :param plain: without TLS.
    """
    with _servers(plain) as targets:
        updates = dict(targets)
        yield _result(
            f"one change to {SUBSCRIBERS}",
            updates,
            extent,
            lambda target: fan_out(target, SUBSCRIBERS, 1, extent.seconds),
        )
        yield _result(
            f"{BURST} changes to {SUBSCRIBERS}",
            updates,
            extent,
            lambda target: fan_out(target, SUBSCRIBERS, BURST, extent.seconds),
        )
        asked = {
            name: one for name, one in targets.items() if isinstance(one, Oagw | Paths)
        }
        yield _result(
            f"DpGet or echo, {CLIENTS} clients",
            asked,
            extent,
            lambda target: requests(target, CLIENTS, extent.seconds),
        )
        yield from _row_results(asked, extent)


def _row_results(targets: dict[str, Any], extent: Extent) -> Iterator[Result]:
    """Those of live queries; the prototype has none."""
    targets = {name: one for name, one in targets.items() if name != "prototype"}
    for burst, title in ((1, "all rows change"), (BURST, f"{BURST} times at once")):
        yield _result(
            f"{ROWS} rows to {SUBSCRIBERS}, {title}; for each row",
            targets,
            extent,
            partial(
                row_updates, subscribers=SUBSCRIBERS, burst=burst, seconds=extent.seconds
            ),
        )


@contextmanager
def _servers(plain: bool) -> Iterator[dict[str, Target]]:
    gone = missing()
    with ExitStack() as stack:

        def directory() -> Path:
            path = stack.enter_context(tempfile.TemporaryDirectory(prefix="live-"))
            return Path(path)

        state = directory()
        scheme = "ws" if plain else "wss"
        ours = stack.enter_context(
            start_oagw(
                state,
                *("--set", "server.allow_plain=yes"),
                listen=f"{scheme}://127.0.0.1:0/winccoa",
            )
        )
        more = ["plain"] if plain else []

        def module(name: str) -> Server:
            return stack.enter_context(start_module(name, directory(), state, *more))

        targets: dict[str, Target] = {
            "oagw": Oagw(ours, plain),
            "prototype": Prototype(module("benchmarks.live.prototype"), plain),
            "autobahn": Paths(module("benchmarks.bare"), plain),
        }
        if "picows" not in gone:
            targets["picows"] = Paths(module("benchmarks.live.fast"), plain)
        if "mosquitto" not in gone:
            server = stack.enter_context(start_mosquitto(directory(), state, plain))
            targets["mosquitto"] = Mosquitto(server, plain)
        if "nats-server" not in gone:
            server = stack.enter_context(start_nats(directory(), state, plain))
            targets["nats-server"] = Nats(server, plain)
        yield targets


def _result(
    title: str,
    targets: dict[str, Any],
    extent: Extent,
    measure: Callable[[Any], Cost],
) -> Result:
    rounds = [
        {name: measure(target) for name, target in targets.items()}
        for _ in range(extent.rounds)
    ]
    ratios = {
        name: statistics.median(
            one["oagw"].server_us / one[name].server_us for one in rounds
        )
        for name in targets
        if name != "oagw"
    }
    return Result(
        title, {name: _medians(one[name] for one in rounds) for name in targets}, ratios
    )


def _medians(costs: Iterable[Cost]) -> Cost:
    columns = zip(*map(astuple, costs), strict=True)
    return Cost(*map(statistics.median, columns))
