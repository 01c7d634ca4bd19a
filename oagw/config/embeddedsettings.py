"""Settings of a system whose datapoints the gateway itself keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from oagw.config.settingkeys import PathKey, PathsKey, key
from oagw.config.systemsettings import NamedSystemSettings


@dataclass(frozen=True, slots=True)
class EmbeddedSettings(NamedSystemSettings):
    """``[system:NAME]`` with ``backend = embedded``."""

    hints: ClassVar[Mapping[str, str]] = {
        "archive": "an embedded system has an archive of its own; name the archived "
        "elements in its plant file, under [archive]"
    }

    plant: Path | None = key("", PathKey)
    dpl: tuple[Path, ...] = key("", PathsKey)
