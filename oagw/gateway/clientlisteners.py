"""The listeners that clients connect to, and what they serve."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.portal import Portal
from twisted.internet.threads import deferToThread
from twisted.logger import Logger

from oagw.config.configerror import ConfigError
from oagw.config.settings import Settings
from oagw.core.context import Rules
from oagw.core.manager import DatapointManager
from oagw.core.realm import Realm
from oagw.gateway.process import provide_files
from oagw.server.delivery import Bounds
from oagw.server.listeners import Listener, Tls, parse_listener
from oagw.server.websocket import Limits, OagwFactory

_log = Logger("oagw")


def client_listeners(settings: Settings, reactor: Any) -> list[Listener]:
    """The listeners of ``[server]``.

    :raises ListenError: a listener cannot be used.
    :raises ConfigError: a listener has no TLS.
    """
    server = settings.server
    listeners = [parse_listener(text, server.path, reactor) for text in server.listen]
    for listener in listeners:
        if listener.tls is Tls.NONE and not server.allow_plain:
            raise ConfigError(
                f"[server] listen {listener.text}: the listener has no TLS, so others "
                "could read passwords and values; use wss:// or ssl:, or set [server] "
                "allow_plain = yes if a proxy in front has TLS"
            )
    return listeners


def client_factory(
    settings: Settings,
    listeners: Sequence[Listener],
    manager: DatapointManager,
    checker: ICredentialsChecker,
    reactor: Any,
) -> OagwFactory:
    """What the listeners serve: a websocket with a session for each client that logs in.

    :param checker: checks user and password.
    """
    server = settings.server
    realm = Realm(manager, rules_of(settings), deferToThread, reactor)
    capacity = provide_files(server.max_connections)
    if capacity.shortage:
        _log.warn("{shortage}", shortage=capacity.shortage)
    bounds = Bounds(server.max_queue, server.max_delay, server.max_unsent, server.max_stall)
    limits = Limits(capacity.clients, server.max_message, bounds, capacity.limit)
    paths = {listener.path for listener in listeners}
    return OagwFactory(Portal(realm, [checker]), paths, limits, reactor)


def rules_of(settings: Settings) -> Rules:
    """The part of the configuration that commands depend on."""
    return Rules(
        settings.server.answer,
        settings.server.time_zone,
        settings.archive.max_period_values,
        settings.query.max_rows,
        version("oagw"),
    )
