"""Runs a command of ``oagw`` and turns what ends it into a line and an exit code."""

from __future__ import annotations

import argparse
import sys

from oagw.auth.passwords import UserError
from oagw.cli.clierrors import CommandError
from oagw.cli.output import flush_output, give_up_output
from oagw.config.settings import (
    ConfigError,
    Settings,
)
from oagw.storage.configfile import find_config, read_file


def run(options: argparse.Namespace) -> int:
    """Run what was asked for; returns the exit code."""
    try:
        overrides = [f"server.state={options.state}"] if options.state else []
        settings = read_file(find_config(options.config), overrides)
        code = _carry_out(settings, options)
        flush_output()
        return code
    except (UserError, CommandError, ConfigError) as error:
        print(f"oagw: {error}", file=sys.stderr)
    except OSError as error:
        is_output = give_up_output()
        # As with "| head": whoever reads has enough.
        if not isinstance(error, BrokenPipeError):
            named = error.filename or ("standard output" if is_output else None)
            place = "oagw" if named is None else f"oagw: {named}"
            print(f"{place}: {error.strerror or error}", file=sys.stderr)
    return 1


def _carry_out(settings: Settings, options: argparse.Namespace) -> int:
    try:
        return int(options.run(settings, options))
    except ConfigError as error:
        raise CommandError(settings.located(error)) from error
