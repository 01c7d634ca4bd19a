"""Settings of a system behind a websocket: a WinCC OA manager, or another oagw."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from oagw.config.settingkeys import PathKey, choice, key, positive_duration
from oagw.config.systemsettings import PeerSettings


@dataclass(frozen=True, slots=True)
class WebsocketSettings(PeerSettings):
    """``[system:NAME]`` with ``backend = oa4j-wss``.

    :ivar reconnect: seconds between two attempts to connect, at most.
    """

    url: str = key("", str)
    ca: Path | None = key("", PathKey)
    reconnect: float = key("30s", positive_duration)
    protocol: str = key("auto", choice("auto", "original", "oagw"))
