"""The measurements: each one round of one load on one server."""

from __future__ import annotations

import os
import select
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from benchmarks.client import ClientError, Connection
from benchmarks.servers import Server
from benchmarks.targets import UPDATES, Target

_WARM_UP = 0.1
_SILENCE = 20.0
#: Connections that are made at the same time: some servers take their time for each.
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Figures:
    """What one round gave.

    :ivar rate: requests or delivered messages a second.
    :ivar p50_ms: the median latency; of a fan-out, until the last client had it all.
    :ivar p99_ms: what 99 of 100 were not above.
    :ivar server_us: processor time of the server for each, in microseconds.
    :ivar server_share: of one processor, what the server took.
    :ivar client_share: of one processor, what the load generator took.
    """

    rate: float
    p50_ms: float
    p99_ms: float
    server_us: float
    server_share: float
    client_share: float


class Meter:
    """Counts and times what happens between its making and :meth:`figures`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.latencies: list[float] = []
        self._server_cpu = server.cpu_seconds()
        self._own_cpu = time.process_time()
        self._start = time.perf_counter()

    def figures(self, each: int = 1) -> Figures:
        """The figures up to now.

        :param each: how many messages each latency stands for.
        """
        seconds = time.perf_counter() - self._start
        own_cpu = time.process_time() - self._own_cpu
        server_cpu = self._server.cpu_seconds() - self._server_cpu
        count = len(self.latencies) * each
        p50, p99 = _percentiles(self.latencies)
        return Figures(
            rate=count / seconds,
            p50_ms=p50 * 1e3,
            p99_ms=p99 * 1e3,
            server_us=server_cpu / count * 1e6,
            server_share=server_cpu / seconds,
            client_share=own_cpu / seconds,
        )


def _percentiles(latencies: Sequence[float]) -> tuple[float, float]:
    if len(latencies) < 2:
        raise ClientError("less than two answers: the round is too short")
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    return cuts[49], cuts[98]


def one_in_turn(target: Target, frame: bytes, seconds: float) -> Figures:
    """One client that sends the next request when it has the answer."""
    clock = time.perf_counter
    with connected([target.requester]) as [connection]:
        send, receive_one = connection.send, connection.receive_one
        end = clock() + _WARM_UP
        while clock() < end:
            send(frame)
            receive_one()
        meter = Meter(target.server)
        add = meter.latencies.append
        now = clock()
        end = now + seconds
        while now < end:
            before = now
            send(frame)
            receive_one()
            now = clock()
            add(now - before)
        return meter.figures()


def many_at_once(target: Target, frame: bytes, clients: int, seconds: float) -> Figures:
    """Clients that each send the next request when they have the answer."""
    clock = time.perf_counter
    with (
        connected([target.requester] * clients) as connections,
        polled(connections) as poller,
    ):
        by_number = {one.fileno(): one for one in connections}
        sent = {}
        for number, connection in by_number.items():
            sent[number] = clock()
            connection.send(frame)

        def run(add: Callable[[float], None], duration: float) -> None:
            end = clock() + duration
            while clock() < end:
                for number in ready(poller):
                    connection = by_number[number]
                    if connection.receive():
                        now = clock()
                        add(now - sent[number])
                        sent[number] = now
                        connection.send(frame)

        run(lambda latency: None, _WARM_UP)
        meter = Meter(target.server)
        run(meter.latencies.append, seconds)
        return meter.figures()


def fan_out(target: Target, subscribers: int, burst: int, seconds: float) -> Figures:
    """One client publishes updates, all subscribers get each; then the next ones.

    :param burst: how many updates are published at once.
    """
    clock = time.perf_counter
    makers = [target.publisher, *[target.subscriber] * subscribers]
    with connected(makers) as [publisher, *others], polled(others) as poller:
        by_number = {one.fileno(): one for one in others}
        frames = target.publications
        bursts = cycle(
            [
                b"".join((frames[at:] + frames)[:burst])
                for at in range(0, len(frames), burst)
            ]
        )

        def run(add: Callable[[float], None], duration: float) -> None:
            now = clock()
            end = now + duration
            while now < end:
                before = now
                publisher.send(next(bursts))
                missing = subscribers * burst
                while missing:
                    for number in ready(poller):
                        missing -= len(by_number[number].receive())
                now = clock()
                add(now - before)

        _check_updates(target, publisher, others)
        run(lambda latency: None, _WARM_UP)
        meter = Meter(target.server)
        run(meter.latencies.append, seconds)
        return meter.figures(each=subscribers * burst)


def _check_updates(
    target: Target, publisher: Connection, others: Sequence[Connection]
) -> None:
    """All get the same text, and from both servers the same."""
    publisher.send(target.publications[0])
    for one in others:
        text = one.receive_one()
        if text != UPDATES[0]:
            raise ClientError(f"not the expected update: {text!r}")


def fsync_rate(directory: Path, seconds: float) -> float:
    """How often a second the disk takes a small write for good."""
    path = directory / "fsync"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        count = 0
        start = now = time.perf_counter()
        while now < start + seconds:
            os.pwrite(handle, b"%100d" % count, 0)
            os.fsync(handle)
            count += 1
            now = time.perf_counter()
        return count / (now - start)
    finally:
        os.close(handle)
        path.unlink()


@contextmanager
def connected(
    makers: Sequence[Callable[[], Connection]],
) -> Iterator[list[Connection]]:
    """Connections, made many at once and closed with the block."""
    made: list[Connection] = []
    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            made += pool.map(lambda make: make(), makers)
        yield made
    finally:
        for one in made:
            one.close()


@contextmanager
def polled(connections: Sequence[Connection]) -> Iterator[select.epoll]:
    """What tells which of the connections can be read."""
    with select.epoll() as poller:
        for one in connections:
            poller.register(one.fileno(), select.EPOLLIN)
        yield poller


def ready(poller: select.epoll) -> list[int]:
    """The file numbers of connections that can be read; waits for the first.

    :raises ClientError: nothing comes within the time limit.
    """
    found = poller.poll(_SILENCE)
    if not found:
        raise ClientError("all servers are silent")
    return [number for number, _ in found]
