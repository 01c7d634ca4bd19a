"""``oagw``: the command for administrators."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

from oagw.auth.passwords import UserError
from oagw.cli.errors import CommandError
from oagw.config import ConfigError
from oagw.storage.configfile import find_config, read_file

#: Each is a module here.
_TOPICS = ("dpl", "archive", "bridge", "opcua", "user")
#: The exit code of what Ctrl-C has ended, as shells have it.
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        options = _parser(given).parse_args(given)
        overrides = [f"server.state={options.state}"] if options.state else []
        settings = read_file(find_config(options.config), overrides)
        return int(options.run(settings, options))
    except (UserError, CommandError, ConfigError) as error:
        print(f"oagw: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("oagw: interrupted", file=sys.stderr)
        return _INTERRUPTED
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        print(f"oagw: {named}{error.strerror or error}", file=sys.stderr)
        return 1


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The topic that comes first, or all of them: to load a topic takes its time."""
    parser = argparse.ArgumentParser(
        prog="oagw", description="Administers oagw, the open gateway for WinCC OA."
    )
    parser.add_argument("--version", action="version", version=f"oagw {version('oagw')}")
    topics = parser.add_subparsers(required=True, metavar="TOPIC")
    for name in [one for one in arguments[:1] if one in _TOPICS] or _TOPICS:
        import_module(f"oagw.cli.{name}").add_parser(topics)
    return parser
