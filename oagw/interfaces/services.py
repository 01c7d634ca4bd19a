"""Time, threads and slices: what the rooms get from whoever starts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime


class IServerClock(IReactorTime):
    """Timers and durations that nobody can set, beside the time of the server.

    ``seconds`` only ever grows, from any beginning, whatever is done to the system's clock.
    """

    def server_time() -> float:
        """Seconds since the epoch by the system's clock, which may be set at any time."""


def server_time_of(clock: IReactorTime) -> Callable[[], float]:
    """What tells the server's time, in seconds since the epoch.

    A clock that has no other time, such as that of a test, has one for both.
    """
    tells: Callable[[], float] = clock.seconds
    if IServerClock.providedBy(clock):
        tells = clock.server_time
    return tells


class Slices(Protocol):
    """Runs long work a slice at a time, while others are served."""

    def __call__(self, steps: Iterator[None], /) -> Deferred[None]:
        """Run work to its end, the first step at once; cancelled, it goes on no more."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """What a system with datapoints here needs from the outside.

    :ivar clock: for timers, and for the server's time.
    :ivar offload: runs longer work in a thread.
    :ivar slices: runs long work a slice at a time, while others are served.
    :ivar zone: the zone of times without one; ``None`` is local time.
    :ivar groups: the archive groups, each with patterns of its elements.
    """

    clock: IReactorTime
    offload: Callable[[Callable[[], object]], Deferred[object]]
    slices: Slices
    zone: tzinfo | None = None
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
