"""Clocks, threads and slices of work, which the rooms receive as arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime


class IServerClock(IReactorTime):
    """A monotonic clock for timers, and the time of the server.

    ``seconds`` never goes back, even if the system's clock is set.
    """

    def server_time() -> float:
        """Seconds since the epoch by the system's clock, which may be set at any time."""


def server_time_of(clock: IReactorTime) -> Callable[[], float]:
    """A function that returns the server's time, in seconds since the epoch.

    A clock without a server time, such as that of a test, has one time for both.
    """
    time: Callable[[], float] = clock.seconds
    if IServerClock.providedBy(clock):
        time = clock.server_time
    return time


class Slices(Protocol):
    """Runs long work a slice at a time; clients are served between the slices."""

    def __call__(self, steps: Iterator[None], /) -> Deferred[None]:
        """Run work to its end, the first step at once; cancelling stops it."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """What a system needs from the process that it runs in.

    :ivar clock: for timers, and for the server's time.
    :ivar offload: runs long work in a thread.
    :ivar slices: runs long work a slice at a time.
    :ivar zone: the time zone of times that name none; ``None`` is local time.
    :ivar groups: the archive groups, each with the patterns of its elements.
    """

    clock: IReactorTime
    offload: Callable[[Callable[[], object]], Deferred[object]]
    slices: Slices
    zone: tzinfo | None = None
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
