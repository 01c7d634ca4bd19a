"""Systems whose datapoints are the variables of OPC UA servers."""

from __future__ import annotations

from oagw.config.configerror import ConfigError
from oagw.config.opcuasettings import OpcuaSettings
from oagw.config.secret import Hidden
from oagw.gateway.gatewaysystem import GatewaySystem, SystemContext
from oagw.gateway.systempassword import password_of
from oagw.systems.opcua.opcuabackend import is_secret, opcua_system


def server_system(name: str, one: OpcuaSettings, context: SystemContext) -> GatewaySystem:
    """The system of a section with ``backend = opcua``.

    :raises ConfigError: a key is missing or cannot be used.
    """
    section = f"[system:{name}]"
    password = Hidden("")
    if one.user or one.password or one.password_file is not None:
        password = password_of(section, one)
    system = opcua_system(
        name, one, password, context.services, context.directory(name), context.reactor
    )
    if not is_secret(one) and not context.settings.server.allow_plain:
        raise ConfigError(
            f"{section} url = {one.url}: the connection is not encrypted, so others could "
            "read the password and the values; set security, such as Basic256Sha256, or "
            "[server] allow_plain = yes"
        )
    return GatewaySystem(system, one.backend, system.presence.state)
