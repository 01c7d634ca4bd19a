"""The backends of ``[system:NAME]``, each with the class of its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, fields
from typing import Any

from oagw.config.embeddedsettings import EmbeddedSettings
from oagw.config.opcuasettings import OpcuaSettings
from oagw.config.systemsettings import DEFAULT_BACKEND, NamedSystemSettings
from oagw.config.websocketsettings import WebsocketSettings
from oagw.config.winccoasettings import WinccoaSettings

#: A row for each backend. What makes its systems is in :mod:`oagw.gateway.backends`.
BACKENDS: Mapping[str, type[NamedSystemSettings]] = {
    "embedded": EmbeddedSettings,
    "oa4j-wss": WebsocketSettings,
    "opcua": OpcuaSettings,
    "winccoa": WinccoaSettings,
}


def settings_of_backend(backend: str) -> type[NamedSystemSettings]:
    """The class of a backend's settings.

    :raises ValueError: the backend is unknown; the text lists the known ones.
    """
    if backend not in BACKENDS:
        raise ValueError(f"must be one of {', '.join(BACKENDS)}")
    return BACKENDS[backend]


def keys_of(settings: type) -> dict[str, Field[Any]]:
    """The fields of a class of settings that are keys of its section, by name."""
    return {one.name: one for one in fields(settings) if one.metadata}


def key_of_other_backend(key: str, backend: str | None) -> str | None:
    """Why a system cannot have a key that systems of other backends have, and what to do.

    :param backend: its backend; ``None`` is the default.
    :returns: ``None`` if no backend has the key.
    """
    others = [name for name, one in BACKENDS.items() if key in keys_of(one)]
    if not others:
        return None
    own = backend or DEFAULT_BACKEND
    if hint := BACKENDS[own].hints.get(key):
        return hint
    *most, last = others
    which = f"backends {', '.join(most)} and {last}" if most else f"backend {last}"
    shown = own if backend else f"{own} (the default)"
    return (
        f"this is a key of the {which}, and the backend of this system is {shown}; "
        f"remove the key, or set backend = {' or '.join(others)}"
    )
