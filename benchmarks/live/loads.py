"""The loads: each one round on one server."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

from benchmarks.client import Connection
from benchmarks.live.targets import MARK, Oagw, Paths, Target
from benchmarks.measures import connected, polled, ready
from benchmarks.servers import Server

_WARM_UP = 0.2


@dataclass(frozen=True, slots=True)
class Cost:
    """What one round gave.

    :ivar server_us: processor time of the server for each message, in microseconds.
    :ivar rate: messages a second.
    :ivar client_share: of one processor, what the load generator took.
    """

    server_us: float
    rate: float
    client_share: float


def measured(server: Server, seconds: float, step: Callable[[], int]) -> Cost:
    """Repeat a step for a time.

    :param step: does something and returns how many messages that were.
    """
    _repeat(step, _WARM_UP)
    own, cpu, start = time.process_time(), server.cpu_seconds(), time.perf_counter()
    count = _repeat(step, seconds)
    taken = time.perf_counter() - start
    return Cost(
        server_us=(server.cpu_seconds() - cpu) / count * 1e6,
        rate=count / taken,
        client_share=(time.process_time() - own) / taken,
    )


def _repeat(step: Callable[[], int], seconds: float) -> int:
    count = 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        count += step()
    return count


def fan_out(target: Target, subscribers: int, burst: int, seconds: float) -> Cost:
    """One client publishes; when all subscribers have all of it, the next.

    :param burst: how many updates are published at once.
    """
    makers = [target.publisher, *[target.subscriber] * subscribers]
    with connected(makers) as [publisher, *others]:
        frames = target.publications
        bursts = [b"".join(frames[at : at + burst]) for at in range(0, len(frames), burst)]
        return delivered(
            target.server, publisher, others, bursts, MARK, subscribers * burst, seconds
        )


def delivered(
    server: Server,
    publisher: Connection,
    others: Sequence[Connection],
    bursts: Sequence[bytes],
    mark: bytes,
    expected: int,
    seconds: float,
) -> Cost:
    """Publish one burst after the other, each when all have read the one before.

    :param expected: how often the mark comes for each burst, to all together.
    """
    following = cycle(bursts)
    with polled(others) as poller:
        counts = {one.fileno(): one.count for one in others}

        def step() -> int:
            publisher.send(next(following))
            missing = expected
            while missing:
                for number in ready(poller):
                    missing -= counts[number](mark)
            return expected

        return measured(server, seconds, step)


def requests(target: Oagw | Paths, clients: int, seconds: float) -> Cost:
    """Clients that each send the next request when they have the answer."""
    frame, mark = target.request, target.request_mark
    with (
        connected([target.requester] * clients) as connections,
        polled(connections) as poller,
    ):
        by_number = {one.fileno(): one for one in connections}
        for one in connections:
            one.send(frame)

        def step() -> int:
            count = 0
            for number in ready(poller):
                connection = by_number[number]
                if connection.count(mark):
                    connection.send(frame)
                    count += 1
            return count

        return measured(target.server, seconds, step)
