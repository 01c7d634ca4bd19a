"""Runs a command of ``oagw`` and turns what ends it into a line and an exit code."""

from __future__ import annotations

import argparse
import sys

from oagw.auth.passwords import UserError
from oagw.cli.errors import CommandError
from oagw.config import ConfigError
from oagw.storage.configfile import find_config, read_file


def run(options: argparse.Namespace) -> int:
    """Run what was asked for; returns the exit code."""
    try:
        overrides = [f"server.state={options.state}"] if options.state else []
        settings = read_file(find_config(options.config), overrides)
        return int(options.run(settings, options))
    except (UserError, CommandError, ConfigError) as error:
        print(f"oagw: {error}", file=sys.stderr)
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        print(f"oagw: {named}{error.strerror or error}", file=sys.stderr)
    return 1
