"""The state of a system that may be away, as a datapoint and the log show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class State:
    """How a system is.

    :ivar connected: it can be asked.
    :ivar since: since when it is so, or not, in seconds since the epoch.
    :ivar error: why it was not connected the last time; empty if it always was.
    :ivar latency: seconds that its last sign of life took.
    :ivar listeners: called with it when it has changed.
    """

    name: str
    connected: bool = False
    since: float = 0.0
    error: str = ""
    latency: float = 0.0
    listeners: list[Callable[[State], None]] = field(default_factory=list)

    def tell(self) -> None:
        """Tell that it has changed."""
        for listener in list(self.listeners):
            listener(self)
