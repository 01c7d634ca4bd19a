"""Parsers of topics and actions, and the options that may be anywhere in the line."""

from __future__ import annotations

import argparse
from typing import Any


def add_parser(actions: Any, name: str, text: str) -> argparse.ArgumentParser:
    """Add the parser of a topic or an action.

    :param actions: what ``add_subparsers`` has returned.
    :param text: what it does, for the help of the parser above and its own.
    """
    whole = f"{text[0].upper()}{text[1:]}."
    parser: argparse.ArgumentParser = actions.add_parser(name, help=text, description=whole)
    return parser


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
