"""All measurements, alternating between the two servers, round by round."""

from __future__ import annotations

import dataclasses
import statistics
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measures import Figures, fan_out, fsync_rate, many_at_once, one_in_turn
from benchmarks.servers import start_bare, start_oagw
from benchmarks.targets import REQUEST_SIZE, UPDATES, Bare, Oagw

CLIENTS = 50
SUBSCRIBERS = 100
BURST = 10


@dataclass(frozen=True, slots=True)
class Extent:
    """How long to measure.

    :ivar seconds: of each round of each measurement.
    """

    rounds: int
    seconds: float


FULL = Extent(rounds=5, seconds=1.2)
QUICK = Extent(rounds=1, seconds=0.25)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One load on both servers: medians of the rounds, and of the rounds' ratios.

    :ivar rate_ratio: oagw's rate by the bare server's.
    :ivar server_ratio: oagw's processor time for each by the bare server's.
    """

    title: str
    oagw: Figures
    bare: Figures
    rate_ratio: float
    server_ratio: float


@dataclass(frozen=True, slots=True)
class Durable:
    """Sets that wait for the disk.

    :ivar fsync_ratio: sets for each fsync that the disk manages alone.
    """

    title: str
    oagw: Figures
    fsync_ratio: float


@dataclass(frozen=True, slots=True)
class Results:
    """All that was measured.

    :ivar fsync_rate: small writes with fsync a second, in oagw's directory.
    :ivar answer_size: of oagw's DpGet, in bytes; the echo's is the request's.
    """

    extent: Extent
    comparisons: list[Comparison]
    durable: list[Durable]
    fsync_rate: float
    request_size: int
    answer_size: int
    update_size: int


def run_suite(extent: Extent, directory: Path | None) -> Results:
    """Start both servers, measure, and end them.

    :param directory: where temporary directories are made; its disk is measured.
    """
    directory = directory and directory.resolve()
    with (
        tempfile.TemporaryDirectory(prefix="oagw-", dir=directory) as state,
        tempfile.TemporaryDirectory(prefix="bare-", dir=directory) as other,
        start_oagw(Path(state)) as oagw_server,
        start_bare(Path(other), Path(state)) as bare_server,
    ):
        return _Suite(extent, Oagw(oagw_server), Bare(bare_server), Path(state)).run()


class _Suite:
    def __init__(self, extent: Extent, oagw: Oagw, bare: Bare, state: Path) -> None:
        self._extent = extent
        self._oagw = oagw
        self._bare = bare
        self._state = state

    def run(self) -> Results:
        seconds = self._extent.seconds
        comparisons = [
            self._compare(
                "DpGet, 1 client",
                lambda target: one_in_turn(target, target.request, seconds),
            ),
            self._compare(
                f"DpGet, {CLIENTS} clients",
                lambda target: many_at_once(target, target.request, CLIENTS, seconds),
            ),
            self._compare(
                f"fan-out to {SUBSCRIBERS}",
                lambda target: fan_out(target, SUBSCRIBERS, 1, seconds),
            ),
            self._compare(
                f"fan-out to {SUBSCRIBERS}, bursts of {BURST}",
                lambda target: fan_out(target, SUBSCRIBERS, BURST, seconds),
            ),
        ]
        durable, disk = self._durable()
        return Results(
            extent=self._extent,
            comparisons=comparisons,
            durable=durable,
            fsync_rate=disk,
            request_size=REQUEST_SIZE,
            answer_size=self._oagw.answer_size(),
            update_size=len(UPDATES[0]),
        )

    def _compare(self, title: str, measure: Callable[[Oagw | Bare], Figures]) -> Comparison:
        pairs = [
            (measure(self._oagw), measure(self._bare)) for _ in range(self._extent.rounds)
        ]
        return Comparison(
            title,
            oagw=_medians(one for one, _ in pairs),
            bare=_medians(one for _, one in pairs),
            rate_ratio=statistics.median(one.rate / other.rate for one, other in pairs),
            server_ratio=statistics.median(
                one.server_us / other.server_us for one, other in pairs
            ),
        )

    def _durable(self) -> tuple[list[Durable], float]:
        frame, seconds = self._oagw.durable_set, self._extent.seconds
        alone, together, disk = [], [], []
        for _ in range(self._extent.rounds):
            alone.append(one_in_turn(self._oagw, frame, seconds))
            together.append(many_at_once(self._oagw, frame, CLIENTS, seconds))
            disk.append(fsync_rate(self._state, seconds / 2))
        durable = [
            Durable(
                title,
                _medians(rounds),
                statistics.median(
                    one.rate / rate for one, rate in zip(rounds, disk, strict=True)
                ),
            )
            for title, rounds in (
                ("durable DpSet, 1 client", alone),
                (f"durable DpSet, {CLIENTS} clients", together),
            )
        ]
        return durable, statistics.median(disk)


def _medians(rounds: Iterable[Figures]) -> Figures:
    columns = zip(*(dataclasses.astuple(one) for one in rounds), strict=True)
    return Figures(*map(statistics.median, columns))
