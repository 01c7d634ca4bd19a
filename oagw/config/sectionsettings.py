"""The sections of the configuration, apart from ``[system:NAME]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path

from oagw.config.quantities import duration, size, size_or_any
from oagw.config.secret import Secret
from oagw.config.settingkeys import (
    PathKey,
    PathsKey,
    boolean,
    choice,
    count,
    key,
    lines,
    patterns,
    system_name,
    zone,
)
from oagw.config.winccoasettings import BridgeSettings


def _listeners(text: str) -> tuple[str, ...]:
    if not (found := lines(text)):
        raise ValueError(
            "must name at least one listener, such as wss://localhost:8443/winccoa"
        )
    return found


def _url_path(text: str) -> str:
    if not text.startswith("/") or not text.isprintable() or set(text) & set(" ?#"):
        raise ValueError("must be the path of a URL, such as /winccoa")
    return text


def _database(text: str) -> Secret:
    if text and not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("must be empty, or postgresql://USER@HOST:PORT/DATABASE")
    return Secret(text)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """``[server]``: sizes are in bytes, times in seconds."""

    listen: tuple[str, ...] = key("wss://localhost:8443/winccoa", _listeners)
    path: str = key("/winccoa", _url_path)
    certificate: Path | None = key("", PathKey)
    private_key: Path | None = key("", PathKey)
    allow_plain: bool = key("no", boolean)
    state: Path | None = key("../state", PathKey)
    answer: bool = key("yes", boolean)
    time_zone: tzinfo | None = key("local", zone)
    max_connections: int = key("10000", count)
    max_message: int = key("16MiB", size)
    max_unsent: int = key("64MiB", size)
    max_queue: int = key("128KiB", size)
    max_delay: float = key("2s", duration)
    max_stall: float = key("60s", duration)


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """``[auth]``."""

    users: Path | None = key("", PathKey)
    demo_user: bool = key("yes", boolean)
    checkers: tuple[str, ...] = key("", lines)


@dataclass(frozen=True, slots=True)
class SystemSettings:
    """``[system]``: the gateway's own system."""

    name: str = key("System1", system_name)
    plant: Path | None = key("plant.toml", PathKey)
    dpl: tuple[Path, ...] = key("", PathsKey)


@dataclass(frozen=True, slots=True)
class ArchiveSettings:
    """``[archive]``: ``keep`` is in seconds and ``max_size`` in bytes; 0 means no limit."""

    url: Secret = key("", _database, is_secret=True)
    schema: str = key("blocks", choice("blocks", "rows"))
    deliver: float = key("1s", duration)
    max_period_values: int = key("10000000", count)
    seal: int = key("262144", count)
    keep: float = key("0", duration)
    max_size: int = key("0", size_or_any)


@dataclass(frozen=True, slots=True)
class ArchiveGroupSettings:
    """``[archive:NAME]``: ``keep`` and ``max_size`` as in ``[archive]``."""

    elements: tuple[str, ...] = key("", patterns)
    keep: float = key("0", duration)
    max_size: int = key("0", size_or_any)


@dataclass(frozen=True, slots=True)
class QuerySettings:
    """``[query]``."""

    max_rows: int = key("200000", count)


@dataclass(frozen=True, slots=True)
class SimulateSettings:
    """``[simulate]``: times are in seconds.

    :ivar signals: the keys that are patterns or element types, with their signals.
    """

    enabled: bool = key("yes", boolean)
    hold: float = key("10s", duration)
    history: float = key("3h", duration)
    history_step: float = key("10s", duration)
    signals: Mapping[str, str] = field(default_factory=dict)


#: Sections that exist once; a row for each.
SECTIONS: Mapping[str, type] = {
    "server": ServerSettings,
    "auth": AuthSettings,
    "system": SystemSettings,
    "bridge": BridgeSettings,
    "archive": ArchiveSettings,
    "query": QuerySettings,
    "simulate": SimulateSettings,
}
