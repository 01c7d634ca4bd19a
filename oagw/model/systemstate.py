"""The state of a system that may be away, as a datapoint and the log show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class State:
    """How a system is.

    :ivar connected: it can be asked.
    :ivar since: since when it is so, or not, in seconds since the epoch.
    :ivar error: why it was not connected the last time; empty if it always was.
    :ivar latency: seconds that its last sign of life took.
    """

    name: str
    connected: bool = False
    since: float = 0.0
    error: str = ""
    latency: float = 0.0


#: Told when a state has changed.
OnState = Callable[[State], None]
