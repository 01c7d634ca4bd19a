"""Sections ``[system:NAME]``: the keys that several backends have in common.

Each backend has a class of its own, with its keys, in a module beside this one;
:mod:`oagw.config.backendsettings` lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from oagw.config.secret import Hidden
from oagw.config.settingkeys import (
    PathKey,
    boolean,
    key,
    lines,
    patterns,
    positive_duration,
    system_name,
)

#: The backend of a section that does not name one.
DEFAULT_BACKEND = "oa4j-wss"


@dataclass(frozen=True, slots=True)
class NamedSystemSettings:
    """The keys of every ``[system:NAME]``, whatever its backend.

    :cvar hints: by key that this backend does not have: what to use instead.
    """

    hints: ClassVar[Mapping[str, str]] = {}

    backend: str = key(DEFAULT_BACKEND, str)
    own: bool = key("no", boolean)


@dataclass(frozen=True, slots=True)
class RemoteSystemSettings(NamedSystemSettings):
    """The keys of every backend whose datapoints are in another program."""

    user: str = key("", str)
    password: Hidden = key("", Hidden)
    password_file: Path | None = key("", PathKey)
    timeout: float = key("60s", positive_duration)
    heartbeat: float = key("10s", positive_duration)
    archive: tuple[str, ...] = key("", patterns)


def _name_or_none(text: str) -> str:
    return system_name(text) if text else ""


def _users(text: str) -> Mapping[str, str]:
    """User of the other system by user of the gateway.

    On the left ``*`` is every user without a line; on the right it is the same name.
    """
    users: dict[str, str] = {}
    for line in lines(text):
        here, arrow, there = (part.strip() for part in line.partition("="))
        if not arrow or not here or not there:
            raise ValueError("must be lines such as: anna = operator")
        users[here] = there
    return users


@dataclass(frozen=True, slots=True)
class PeerSettings(RemoteSystemSettings):
    """The keys of backends that speak the gateway's own protocol.

    :ivar remote_name: the system's name in the other program; empty: the same name.
    :ivar users: user there by user here; see ``etc/oagw.ini``.
    """

    remote_name: str = key("", _name_or_none)
    users: Mapping[str, str] = key("", _users)
