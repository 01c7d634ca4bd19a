"""``oagw bridge``: is WinCC OA, or another system, what the gateway takes it for?"""

from __future__ import annotations

import argparse

from oagw.cli.clierrors import CommandError
from oagw.cli.controlclient import (
    NotRunning,
    ask,
)
from oagw.cli.options import add_places
from oagw.cli.places import used_state
from oagw.config.settings import Settings


def add_actions(bridge: argparse.ArgumentParser) -> None:
    """Add the actions of the topic."""
    add_places(bridge)
    actions = bridge.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser(
        "check", help="try each function of a system, while the gateway runs"
    )
    check.add_argument("system", metavar="SYSTEM", help="as in [system:SYSTEM]")
    check.add_argument(
        "--write",
        action="store_true",
        help="also make a type and a datapoint, set its values, and remove both",
    )
    check.set_defaults(run=_check)
    add_places(check)


def _check(settings: Settings, options: argparse.Namespace) -> int:
    state = used_state(settings)
    given = {"system": options.system, "write": options.write}
    try:
        answer = ask(state, "bridge check", given, [], print)
    except NotRunning as error:
        raise CommandError(
            f"no gateway runs with {state}; start it, or name another's with --state"
        ) from error
    for line in answer.lines:
        print(line)
    return int(answer.content == b"failed")
