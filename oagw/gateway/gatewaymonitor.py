"""What lets operators see how the gateway is: ``oagw status`` and ``_oagw_status``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from oagw.archives.archive import Archive
from oagw.config.settings import Settings
from oagw.gateway.gatewaystatus import KeptSystem, StatusReader
from oagw.gateway.statusdatapoint import StatusDatapoint
from oagw.interfaces.services import Services
from oagw.interfaces.systems import ISystem
from oagw.model.systemstate import State
from oagw.server.reactordelay import ReactorDelay
from oagw.server.websocket import OagwFactory
from oagw.storage.statedir import StateDirectory
from oagw.storage.storepair import ARCHIVE
from oagw.systems.archived.system import ArchivedSystem
from oagw.systems.embedded.system import EmbeddedSystem
from oagw.systems.opcua.system import OpcuaSystem
from oagw.systems.remote.system import RemoteSystem


class GatewayMonitor:
    """Measures the reactor's delay, and keeps the datapoint of the gateway's status.

    :param own: the system that has the datapoint.
    :param backends: the backend of each system, and its state if it may be away.
    :param kept: the systems whose datapoints and archives are here.
    :param urls: tells where clients connect to.
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
    settings: Settings,
    systems: Sequence[ISystem],
    served: Sequence[ISystem],
    services: Services,
    factory: OagwFactory,
    state: StateDirectory,
) -> GatewayMonitor:
    """The monitor of a gateway with these systems; the first is that of ``[system]``.

    :param served: the same systems, with the archives that they have here.
    """
    embedded = [one.kept if isinstance(one, ArchivedSystem) else one for one in served]
    kept = [one for one in embedded if isinstance(one, EmbeddedSystem)]
    own, *others = kept
    directories = {one.name: state.path / "systems" / one.name for one in others}
    directories[own.name] = state.path
    return GatewayMonitor(
        version("oagw"),
        services,
        factory,
        own,
        {one.name: _backend(settings, one) for one in systems},
        {one.name: _kept(one, directories[one.name]) for one in kept},
        lambda: state.urls,
    )


def _backend(settings: Settings, system: ISystem) -> tuple[str, State | None]:
    if isinstance(system, RemoteSystem | OpcuaSystem):
        return settings.systems[system.name].backend, system.presence.state
    return "embedded", None


def _kept(system: EmbeddedSystem, directory: Path) -> KeptSystem:
    archive = system.archive
    assert isinstance(archive, Archive)
    return KeptSystem(system.store.backlog, archive.facts, directory / ARCHIVE)
