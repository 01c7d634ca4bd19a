"""The options that say which gateway is meant."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from oagw.config import ConfigError, Settings

#: The file of a system's datapoints, beside its archive.
STORE = "system.sqlite"


def add_places(topic: argparse.ArgumentParser) -> None:
    """Let ``--config`` and ``--state`` stand before the action."""
    _add(topic)


def add_places_of_action(action: argparse.ArgumentParser) -> None:
    """Let them stand after it as well; what is not given here stays as it is there."""
    _add(action, default=argparse.SUPPRESS)


def _add(parser: argparse.ArgumentParser, **options: Any) -> None:
    parser.add_argument(
        "--config",
        help="the configuration (default: etc/oagw.ini, /etc/oagw/oagw.ini)",
        **options,
    )
    parser.add_argument(
        "--state", help="the state directory, instead of the configured one", **options
    )


def state_of(settings: Settings) -> Path:
    """The state directory.

    :raises ConfigError: none is configured.
    """
    if settings.server.state is None:
        raise ConfigError(f"{settings.source}: [server] state: must name a directory")
    return settings.server.state
