"""The monitor of the gateway, for ``oagw status`` and the datapoint ``_oagw_status``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from oagw.gateway.gatewaystatus import KeptSystem, StatusReader
from oagw.gateway.gatewaysystem import GatewaySystem
from oagw.gateway.statusdatapoint import StatusDatapoint
from oagw.interfaces.services import Services
from oagw.model.systemstate import State
from oagw.server.reactordelay import ReactorDelay
from oagw.server.websocket import OagwFactory
from oagw.storage.statedir import StateDirectory
from oagw.storage.storeidentity import ARCHIVE
from oagw.systems.embedded.system import EmbeddedSystem


class GatewayMonitor:
    """Measures the reactor's delay, and keeps the datapoint of the gateway's status.

    :param own: the system that has the datapoint.
    :param backends: the backend of each system, and its state if it may be away.
    :param kept: the systems with files here.
    :param urls: returns the URLs that clients connect to.
    :ivar reader: reads all facts.
    """

    def __init__(
        self,
        version: str,
        services: Services,
        factory: OagwFactory,
        own: EmbeddedSystem,
        backends: Mapping[str, tuple[str, State | None]],
        kept: Mapping[str, KeptSystem],
        urls: Callable[[], Sequence[str]],
    ) -> None:
        self._delay = ReactorDelay(services.clock)
        self.reader = StatusReader(
            version, services, factory, self._delay, backends, kept, urls
        )
        self._datapoint = StatusDatapoint(own, self.reader, services.clock)

    async def start(self) -> None:
        """Begin to measure; the own system must have started."""
        self._delay.start()
        await self._datapoint.start()

    def stop(self) -> None:
        """End it; the own system must not have stopped."""
        self._datapoint.stop()
        self._delay.stop()


def gateway_monitor(
    systems: Sequence[GatewaySystem],
    services: Services,
    factory: OagwFactory,
    state: StateDirectory,
) -> GatewayMonitor:
    """The monitor of a gateway with these systems; the first is that of ``[system]``."""
    kept = [one.archived_in for one in systems if one.archived_in is not None]
    own, *others = kept
    directories = {one.name: state.path / "systems" / one.name for one in others}
    directories[own.name] = state.path
    return GatewayMonitor(
        version("oagw"),
        services,
        factory,
        own,
        {one.system.name: (one.backend, one.state) for one in systems},
        {one.name: _kept(one, directories[one.name]) for one in kept},
        lambda: state.urls,
    )


def _kept(system: EmbeddedSystem, directory: Path) -> KeptSystem:
    return KeptSystem(system.store.backlog, system.archive.facts, directory / ARCHIVE)
