"""``--config`` and ``--state``, which may be anywhere in the command line."""

from __future__ import annotations

import argparse
from typing import Any


def add_places(parser: argparse.ArgumentParser, default: Any = argparse.SUPPRESS) -> None:
    """Add both options to a parser.

    :param default: the value of both without the option. By default the value that an
        earlier part of the command line has set is kept.
    """
    parser.add_argument(
        "--config",
        metavar="FILE",
        default=default,
        help="the configuration file (default: etc/oagw.ini, then /etc/oagw/oagw.ini)",
    )
    parser.add_argument(
        "--state",
        metavar="DIR",
        default=default,
        help="the state directory (default: as configured)",
    )
