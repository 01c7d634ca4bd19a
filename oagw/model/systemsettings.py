"""``[system:NAME]`` of the configuration: one more system, and what holds it."""

from __future__ import annotations

from collections.abc import Mapping
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
    lines,
    system_name,
)


def _name_or_none(text: str) -> str:
    return system_name(text) if text else ""


def _users(text: str) -> Mapping[str, str]:
    """User there by user here.

    As a user here ``*`` is any other; as a user there it is the same name.
    """
    users: dict[str, str] = {}
    for line in lines(text):
        here, arrow, there = (part.strip() for part in line.partition("="))
        if not arrow or not here or not there:
            raise ValueError("must be lines as in: anna = operator")
        users[here] = there
    return users


@dataclass(frozen=True, slots=True)
class NamedSystemSettings:
    """``[system:NAME]``; which keys count depends on the backend."""

    backend: str = key("oa4j-wss", choice("embedded", "oa4j-wss", "winccoa"))
    own: bool = key("no", boolean)
    remote_name: str = key("", _name_or_none)
    url: str = key("", str)
    ca: Path | None = key("", PathKey)
    user: str = key("", str)
    password: Hidden = key("", Hidden)
    password_file: Path | None = key("", PathKey)
    protocol: str = key("auto", choice("auto", "original", "oagw"))
    users: Mapping[str, str] = key("", _users)
    timeout: float = key("60s", duration)
    heartbeat: float = key("10s", duration)
    reconnect: float = key("30s", duration)
    plant: Path | None = key("", PathKey)
    dpl: tuple[Path, ...] = key("", PathsKey)


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """``[bridge]``: where bridges connect to."""

    listen: tuple[str, ...] = key("", lines)
