"""The order in which the parts of a gateway start and stop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred

from oagw.core.manager import DatapointManager
from oagw.gateway.control import ControlSocket, Handler
from oagw.gateway.gatewaymonitor import GatewayMonitor
from oagw.gateway.health import Health
from oagw.gateway.simulator import Simulator
from oagw.storage.ownership import hand_over


class Lifecycle:
    """Starts and stops the systems and services behind the listeners.

    :param health: ``None`` if there is only one system.
    :param state: the state directory.
    :param handlers: the commands of the control socket.
    """

    def __init__(
        self,
        manager: DatapointManager,
        health: Health | None,
        monitor: GatewayMonitor,
        simulator: Simulator,
        state: Path,
        handlers: Mapping[str, Handler],
        reactor: Any,
    ) -> None:
        self._manager = manager
        self._health = health
        self._monitor = monitor
        self._simulator = simulator
        self._state = state
        self._handlers = handlers
        self._reactor = reactor
        self._control: ControlSocket | None = None

    def start(self) -> Deferred[None]:
        """Start the systems, then whatever uses them."""
        return Deferred.fromCoroutine(self._start())

    def stop(self) -> Deferred[None]:
        """Stop in the opposite order; everything accepted is durable when it fires."""
        return Deferred.fromCoroutine(self._stop())

    async def _start(self) -> None:
        await self._manager.start()
        if self._health is not None:
            await self._health.start()
        await self._monitor.start()
        self._control = ControlSocket(self._reactor, self._state, self._handlers)
        await self._simulator.start()

    async def _stop(self) -> None:
        if self._control is not None:
            await self._control.close()
        self._simulator.stop()
        if self._health is not None:
            self._health.stop()
        self._monitor.stop()
        await self._manager.stop()
        hand_over(self._state)
