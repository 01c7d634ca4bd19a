"""``[system:NAME]`` of the configuration: one more system, and what holds it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from oagw.model.quantities import duration
from oagw.model.secret import Hidden
from oagw.model.settingkeys import (
    PathKey,
    PathsKey,
    boolean,
    choice,
    key,
    system_name,
)


def _name_or_none(text: str) -> str:
    return system_name(text) if text else ""


@dataclass(frozen=True, slots=True)
class NamedSystemSettings:
    """``[system:NAME]``; which keys count depends on the backend."""

    backend: str = key("oa4j-wss", choice("embedded", "oa4j-wss"))
    own: bool = key("no", boolean)
    remote_name: str = key("", _name_or_none)
    url: str = key("", str)
    ca: Path | None = key("", PathKey)
    user: str = key("", str)
    password: Hidden = key("", Hidden)
    password_file: Path | None = key("", PathKey)
    protocol: str = key("auto", choice("auto", "original", "oagw"))
    timeout: float = key("60s", duration)
    heartbeat: float = key("10s", duration)
    reconnect: float = key("30s", duration)
    plant: Path | None = key("", PathKey)
    dpl: tuple[Path, ...] = key("", PathsKey)
