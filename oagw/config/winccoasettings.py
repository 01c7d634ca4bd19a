"""Settings of a WinCC OA system, whose bridge connects to the gateway."""

from __future__ import annotations

from dataclasses import dataclass

from oagw.config.settingkeys import key, lines
from oagw.config.systemsettings import PeerSettings


@dataclass(frozen=True, slots=True)
class WinccoaSettings(PeerSettings):
    """``[system:NAME]`` with ``backend = winccoa``."""


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """``[bridge]``: the listeners that bridges connect to."""

    listen: tuple[str, ...] = key("", lines)
