"""Settings of a system whose datapoints are the variables of an OPC UA server."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from oagw.config.quantities import duration
from oagw.config.settingkeys import PathKey, choice, key, lines, positive_duration
from oagw.config.systemsettings import RemoteSystemSettings

#: The security policies of OPC UA that are not obsolete.
SECURITY_POLICIES = ("Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss")
#: The largest number of values that a server can be asked to queue for an element.
_LONGEST_QUEUE = 1_000_000


@dataclass(frozen=True, slots=True)
class DeadbandSetting:
    """The largest change of a number that the server does not report.

    :ivar size: in the unit of the value, or in percent of its range.
    :ivar is_percent: whether it is in percent.
    """

    size: float = 0.0
    is_percent: bool = False

    def __str__(self) -> str:
        return f"{self.size:g}{'%' if self.is_percent else ''}"


def _deadband(text: str) -> DeadbandSetting:
    number = text.strip().removesuffix("%")
    try:
        size = float(number)
    except ValueError:
        size = -1.0
    if not 0 <= size < math.inf:
        raise ValueError("must be a number such as 0.5, or such as 2% of a value's range")
    return DeadbandSetting(size, number != text.strip())


def _queue(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _LONGEST_QUEUE:
        raise ValueError(f"must be a whole number from 1 to {_LONGEST_QUEUE}")
    return int(text)


@dataclass(frozen=True, slots=True)
class OpcuaSettings(RemoteSystemSettings):
    """``[system:NAME]`` with ``backend = opcua``.

    :ivar reconnect: seconds between two attempts to connect, at most.
    :ivar sampling: seconds between two samples; ``publishing``: between two reports.
    :ivar queue: values that the server keeps for an element until its next report.
    """

    url: str = key("", str)
    ca: Path | None = key("", PathKey)
    reconnect: float = key("30s", positive_duration)
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
    publishing: float = key("100ms", positive_duration)
    deadband: DeadbandSetting = key("0", _deadband)
    queue: int = key("100", _queue)
