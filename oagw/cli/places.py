"""The options that say which gateway is meant."""

from __future__ import annotations

import argparse
from typing import Any


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
