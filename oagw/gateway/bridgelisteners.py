"""The listeners that bridges connect to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.protocol import Factory

from oagw.config.configerror import ConfigError
from oagw.config.settings import Settings
from oagw.gateway.gatewaysystem import GatewaySystem
from oagw.server.listeners import Listener, ListenError, Tls, parse_listener
from oagw.systems.remote.bridgeacceptor import BridgeFactory

#: The path of endpoints that are not URLs.
_PATH = "/bridge"
#: Bytes of the largest message that a bridge can send.
_LARGEST_MESSAGE = 1 << 28


def bridge_listeners(
    settings: Settings, systems: Sequence[GatewaySystem], reactor: Any
) -> list[tuple[Listener, Factory]]:
    """The listeners of ``[bridge]``, each with what it serves.

    :param systems: those with a bridge are found by the login of their bridge.
    :raises ListenError: a listener cannot be used.
    :raises ConfigError: a listener has no TLS.
    """
    try:
        listeners = [
            parse_listener(text, _PATH, reactor) for text in settings.bridge.listen
        ]
    except ListenError as error:
        raise ListenError(str(error).replace("[server]", "[bridge]", 1)) from error
    for listener in listeners:
        if listener.tls is Tls.NONE and not settings.server.allow_plain:
            raise ConfigError(
                f"[bridge] listen {listener.text}: the listener has no TLS; use wss:// or "
                "ssl:, or set [server] allow_plain = yes if a proxy in front has TLS"
            )
    acceptors = [one.acceptor for one in systems if one.acceptor is not None]
    paths = {listener.path for listener in listeners}
    factory = BridgeFactory(acceptors, paths, _LARGEST_MESSAGE, reactor)
    return [(listener, factory) for listener in listeners]
