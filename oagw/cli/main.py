"""``oagw``: the command for administrators, up to its options.

What a topic needs is imported only when that topic is asked for: ``oagw --version`` and
``oagw --help`` start nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from oagw.cli.options import add_places

#: Each has a module here, such as ``archivecommand``, that adds its actions.
_TOPICS: Mapping[str, str] = {
    "status": "what the gateway is doing now",
    "dpl": "project exports (DPL files)",
    "archive": "archived values",
    "bridge": "systems behind bridges and websockets",
    "opcua": "OPC UA servers as systems",
    "user": "the users who may connect",
}
#: The exit code of what Ctrl-C has ended, as shells have it.
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
    """The names of all topics, and the actions of the one that is asked for."""
    chosen = next((one for one in arguments if one in _TOPICS), None)
    parser = argparse.ArgumentParser(
        prog="oagw", description="Administers oagw, the open gateway for WinCC OA."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    add_places(parser, default=None)
    topics = parser.add_subparsers(required=True, metavar="TOPIC")
    for name, text in _TOPICS.items():
        topic = topics.add_parser(name, help=text)
        if name == chosen:
            import_module(f"oagw.cli.{name}command").add_actions(topic)
    return parser


class _Version(argparse.Action):
    """Prints the version and ends."""

    def __call__(self, parser: argparse.ArgumentParser, *others: Any) -> None:
        from importlib.metadata import version

        print(f"oagw {version('oagw')}")
        parser.exit()
