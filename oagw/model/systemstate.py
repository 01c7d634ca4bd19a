"""The state of a system that can lose its connection, for a datapoint and the log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class State:
    """The connection state of a system.

    :ivar connected: the system is connected and answers commands.
    :ivar since: the time of the last change of ``connected``, in seconds since the epoch.
    :ivar error: why the connection was lost or refused last; empty if that never happened.
    :ivar latency: the last measured response time in seconds.
    :ivar listeners: called with the state after each change.
    """

    name: str
    connected: bool = False
    since: float = 0.0
    error: str = ""
    latency: float = 0.0
    listeners: list[Callable[[State], None]] = field(default_factory=list)

    def notify(self) -> None:
        """Notify all listeners of a change."""
        for listener in list(self.listeners):
            listener(self)
