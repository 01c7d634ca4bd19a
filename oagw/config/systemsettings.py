"""``[system:NAME]`` of the configuration: one more system, and what holds it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from oagw.config.quantities import duration
from oagw.config.secret import Hidden
from oagw.config.settingkeys import (
    PathKey,
    PathsKey,
    boolean,
    choice,
    key,
    lines,
    patterns,
    system_name,
)

#: The security policies of OPC UA that are not obsolete.
SECURITY_POLICIES = ("Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss")


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
class Deadband:
    """Changes that are no larger are not told.

    :ivar is_percent: the size is a part of the value's range.
    """

    size: float = 0.0
    is_percent: bool = False


def _deadband(text: str) -> Deadband:
    number = text.strip().removesuffix("%")
    try:
        size = float(number)
    except ValueError:
        size = -1.0
    if not 0 <= size < math.inf:
        raise ValueError("must be a number such as 0.5, or as 2% of a value's range")
    return Deadband(size, number != text.strip())


def _some_time(text: str) -> float:
    seconds = duration(text)
    if seconds <= 0:
        raise ValueError("must be more than 0")
    return seconds


def _queue(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise ValueError("must be a whole number from 1 to 1000000")
    return int(text)


@dataclass(frozen=True, slots=True)
class NamedSystemSettings:
    """``[system:NAME]``; which keys count depends on the backend."""

    backend: str = key("oa4j-wss", choice("embedded", "oa4j-wss", "opcua", "winccoa"))
    own: bool = key("no", boolean)
    remote_name: str = key("", _name_or_none)
    url: str = key("", str)
    ca: Path | None = key("", PathKey)
    user: str = key("", str)
    password: Hidden = key("", Hidden)
    password_file: Path | None = key("", PathKey)
    protocol: str = key("auto", choice("auto", "original", "oagw"))
    users: Mapping[str, str] = key("", _users)
    timeout: float = key("60s", _some_time)
    heartbeat: float = key("10s", _some_time)
    reconnect: float = key("30s", _some_time)
    archive: tuple[str, ...] = key("", patterns)
    plant: Path | None = key("", PathKey)
    dpl: tuple[Path, ...] = key("", PathsKey)
    security: str = key("none", choice("none", *SECURITY_POLICIES))
    mode: str = key("sign_and_encrypt", choice("sign_and_encrypt", "sign"))
    certificate: Path | None = key("", PathKey)
    private_key: Path | None = key("", PathKey)
    user_certificate: Path | None = key("", PathKey)
    user_private_key: Path | None = key("", PathKey)
    roots: tuple[str, ...] = key("i=85", lines)
    nodes: tuple[str, ...] = key("", lines)
    table: Path | None = key("", PathKey)
    sampling: float = key("100ms", duration)
    publishing: float = key("100ms", _some_time)
    deadband: Deadband = key("0", _deadband)
    queue: int = key("100", _queue)


_FOR_ALL = frozenset({"backend", "own"})
_ELSEWHERE = _FOR_ALL | {"archive", "timeout", "heartbeat"}
_LOGIN = frozenset({"user", "password", "password_file"})
_DIALLED = frozenset({"url", "ca", "reconnect"})
_SERVER = frozenset(
    {"security", "mode", "certificate", "private_key", "user_certificate"}
    | {"user_private_key", "roots", "nodes", "table"}
    | {"sampling", "publishing", "deadband", "queue"}
)
#: The keys that mean something, by backend.
KEYS_OF: Mapping[str, frozenset[str]] = {
    "embedded": _FOR_ALL | {"plant", "dpl", "archive"},
    "oa4j-wss": _ELSEWHERE | _LOGIN | _DIALLED | {"remote_name", "protocol", "users"},
    "opcua": _ELSEWHERE | _LOGIN | _DIALLED | _SERVER,
    "winccoa": _ELSEWHERE | _LOGIN | {"remote_name", "users"},
}


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """``[bridge]``: where bridges connect to."""

    listen: tuple[str, ...] = key("", lines)
