"""``oagw``: the command for administrators, and the parser of its options.

The modules of a topic are imported only when the topic is given, so that ``oagw --version``
and ``oagw --help`` are fast.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from oagw.cli.options import add_parser, add_places

#: Each has a module here, such as ``archivecommand``, that adds its actions.
_TOPICS: Mapping[str, str] = {
    "status": "show what the gateway is doing now",
    "dpl": "import and export DPL files",
    "archive": "check, back up, restore, export and change archives",
    "bridge": "check the system behind a bridge or a websocket",
    "opcua": "show names and certificates of OPC UA servers",
    "user": "add, change, remove and list users",
}
#: The exit code after Ctrl-C, as in shells.
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        options = _parser(given).parse_args(given)
        return int(import_module("oagw.cli.runner").run(options))
    except KeyboardInterrupt:
        print("oagw: interrupted", file=sys.stderr)
        return _INTERRUPTED


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """A parser of all topics, and of the actions of the topic that is given."""
    chosen = next((one for one in arguments if one in _TOPICS), None)
    parser = argparse.ArgumentParser(
        prog="oagw", description="Administers oagw, the open gateway for WinCC OA."
    )
    parser.add_argument(
        "--version", action=_Version, nargs=0, help="print the version and exit"
    )
    add_places(parser, default=None)
    topics = parser.add_subparsers(required=True, metavar="TOPIC")
    for name, text in _TOPICS.items():
        topic = add_parser(topics, name, text)
        if name == chosen:
            import_module(f"oagw.cli.{name}command").add_actions(topic)
    return parser


class _Version(argparse.Action):
    """Prints the version and exits."""

    def __call__(self, parser: argparse.ArgumentParser, *others: Any) -> None:
        from importlib.metadata import version

        print(f"oagw {version('oagw')}")
        parser.exit()
