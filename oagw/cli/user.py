"""``oagw user``: the users who may connect."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path

from oagw.auth.passwords import PasswordFile, UserError
from oagw.cli.places import add_places, add_places_of_action
from oagw.config import ConfigError, Settings


def add_parser(topics: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the topic to the command line."""
    user = topics.add_parser("user", help="the users who may connect")
    add_places(user)
    actions = user.add_subparsers(required=True, metavar="ACTION")
    for name, run, text in (
        ("add", _add, "add a user; asks for the password"),
        ("passwd", _passwd, "give a user another password; asks for it"),
        ("remove", _remove, "remove a user"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("name")
        add_places_of_action(action)
        action.set_defaults(run=_for_users(run))
    action = actions.add_parser("list", help="list the users")
    add_places_of_action(action)
    action.set_defaults(run=_for_users(_list))


def _for_users(
    run: Callable[[PasswordFile, argparse.Namespace], int],
) -> Callable[[Settings, argparse.Namespace], int]:
    """A command that needs nothing but the password file."""
    return lambda settings, options: run(PasswordFile(_users_file(settings)), options)


def _users_file(settings: Settings) -> Path:
    if settings.auth.users is not None:
        return settings.auth.users
    if settings.server.state is None:
        raise ConfigError(f"{settings.source}: [server] state: must name a directory")
    return settings.server.state / "users"


def _add(passwords: PasswordFile, options: argparse.Namespace) -> int:
    if options.name in passwords.names():
        raise UserError(
            f"the user {options.name} exists; use passwd to change the password"
        )
    passwords.add(options.name, _ask_password(options.name))
    print(f"added {options.name} to {passwords.path}")
    return 0


def _passwd(passwords: PasswordFile, options: argparse.Namespace) -> int:
    if options.name not in passwords.names():
        raise UserError(f"there is no user {options.name} in {passwords.path}")
    passwords.change(options.name, _ask_password(options.name))
    print(f"changed the password of {options.name}")
    return 0


def _remove(passwords: PasswordFile, options: argparse.Namespace) -> int:
    passwords.remove(options.name)
    print(f"removed {options.name}")
    return 0


def _list(passwords: PasswordFile, options: argparse.Namespace) -> int:
    for name in passwords.names():
        print(name)
    return 0


def _ask_password(name: str) -> str:
    """Ask twice without echo; a script may give it as one line of standard input."""
    if not os.isatty(sys.stdin.fileno()):
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass(f"password of {name}: ")
    if getpass.getpass("again: ") != first:
        raise UserError("the two passwords differ; nothing was changed")
    return first
