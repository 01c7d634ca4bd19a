"""The options that say which gateway is meant; they may stand anywhere in the line."""

from __future__ import annotations

import argparse
from typing import Any


def add_places(parser: argparse.ArgumentParser, default: Any = argparse.SUPPRESS) -> None:
    """Let ``--config`` and ``--state`` stand here.

    :param default: of both. By default, what an earlier part of the line says stays.
    """
    parser.add_argument(
        "--config",
        metavar="FILE",
        default=default,
        help="the configuration (default: etc/oagw.ini, /etc/oagw/oagw.ini)",
    )
    parser.add_argument(
        "--state",
        metavar="DIR",
        default=default,
        help="the state directory, instead of the configured one",
    )
