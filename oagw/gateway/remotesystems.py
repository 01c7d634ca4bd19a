"""Systems that speak the gateway's own protocol: behind a websocket, or behind a bridge."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from oagw.config.configerror import ConfigError
from oagw.config.secret import Secret
from oagw.config.systemsettings import PeerSettings
from oagw.config.websocketsettings import WebsocketSettings
from oagw.config.winccoasettings import WinccoaSettings
from oagw.gateway.gatewaysystem import GatewaySystem, SystemContext
from oagw.gateway.systempassword import password_of
from oagw.systems.remote.bridgeacceptor import Acceptor, Login
from oagw.systems.remote.dialect import BRIDGE, DIALECTS, Dialect
from oagw.systems.remote.peerdialler import (
    DialError,
    Peer,
    PeerDialler,
    check_url,
    read_trust,
)
from oagw.systems.remote.peerpresence import Connector, RemoteOptions
from oagw.systems.remote.system import RemoteSystem

#: Characters of a bridge's password, at least: no person types it, and anybody can try one.
SHORTEST_PASSWORD = 12


def websocket_system(
    name: str, one: WebsocketSettings, context: SystemContext
) -> GatewaySystem:
    """The system of a section with ``backend = oa4j-wss``, which the gateway dials.

    :raises ConfigError: a key is missing or cannot be used.
    """
    dialler = _dialler(f"[system:{name}]", one, context)
    system = _remote_system(name, one, DIALECTS[one.protocol], dialler, context)
    return GatewaySystem(system, one.backend, system.presence.state)


def bridge_system(name: str, one: WinccoaSettings, context: SystemContext) -> GatewaySystem:
    """The system of a section with ``backend = winccoa``, whose bridge dials the gateway.

    :raises ConfigError: a key is missing or cannot be used.
    """
    acceptor = _acceptor(f"[system:{name}]", one, context)
    system = _remote_system(name, one, BRIDGE, acceptor, context)
    return GatewaySystem(system, one.backend, system.presence.state, acceptor=acceptor)


def remote_user(users: Mapping[str, str], user: str) -> str | None:
    """The user that sets values in another system for a user of the gateway.

    :param users: the key ``users`` of the section.
    :returns: ``None`` for the user that the gateway or the bridge has logged in with.
    """
    there = users.get(user, users.get("*"))
    return user if there == "*" else there


def _remote_system(
    name: str,
    one: PeerSettings,
    dialect: Dialect | None,
    connector: Connector,
    context: SystemContext,
) -> RemoteSystem:
    options = RemoteOptions(
        one.remote_name or name,
        dialect,
        one.timeout,
        one.heartbeat,
        context.settings.server.time_zone,
        partial(remote_user, one.users),
        context.services.offload,
    )
    return RemoteSystem(name, options, connector, context.reactor)


def _dialler(section: str, one: WebsocketSettings, context: SystemContext) -> PeerDialler:
    try:
        check_url(one.url)
    except DialError as error:
        raise ConfigError(f"{section} url = {str(Secret(one.url))!r}: {error}") from error
    try:
        trust = [] if one.ca is None else read_trust(one.ca)
    except DialError as error:
        raise ConfigError(f"{section} ca: {error}") from error
    peer = Peer(one.url, one.user, password_of(section, one), trust, one.reconnect)
    if not peer.is_tls and not context.settings.server.allow_plain:
        raise ConfigError(
            f"{section} url = {one.url}: the connection has no TLS, so others could read "
            "the password and the values; use wss://, or set [server] allow_plain = yes"
        )
    return PeerDialler(peer, context.reactor)


def _acceptor(section: str, one: WinccoaSettings, context: SystemContext) -> Acceptor:
    if not context.settings.bridge.listen:
        raise ConfigError(
            f"{section} backend = winccoa: the bridge needs a listener to connect to; set "
            "[bridge] listen, such as wss://0.0.0.0:8444/bridge"
        )
    password = password_of(section, one)
    if len(password.reveal()) < SHORTEST_PASSWORD:
        raise ConfigError(
            f"{section} password: it must have at least {SHORTEST_PASSWORD} characters; "
            "make one with: openssl rand -base64 24"
        )
    return Acceptor(Login(one.user, password))
