"""The backends: what makes the systems of each from their sections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from oagw.config.systemsettings import RemoteSystemSettings
from oagw.gateway.embeddedsystems import embedded_system
from oagw.gateway.gatewaysystem import GatewaySystem, SystemContext
from oagw.gateway.opcuasystems import server_system
from oagw.gateway.remotesystems import bridge_system, websocket_system
from oagw.gateway.systemarchives import with_archive

#: Makes a system of its name and its section, which is of the class that
#: :data:`oagw.config.backendsettings.BACKENDS` has for the backend.
Maker: TypeAlias = Callable[[str, Any, SystemContext], GatewaySystem]

#: A row for each backend of :data:`oagw.config.backendsettings.BACKENDS`.
MAKERS: Mapping[str, Maker] = {
    "embedded": embedded_system,
    "oa4j-wss": websocket_system,
    "opcua": server_system,
    "winccoa": bridge_system,
}


def make_system(name: str, context: SystemContext) -> GatewaySystem:
    """The system of the section ``[system:NAME]``.

    :raises ConfigError: a key is missing or cannot be used.
    :raises PlantFileError: its plant file cannot be read or used.
    :raises StorageError: its files cannot be used.
    """
    one = context.settings.systems[name]
    made = MAKERS[one.backend](name, one, context)
    if isinstance(one, RemoteSystemSettings):
        return with_archive(made, one, context)
    return made
