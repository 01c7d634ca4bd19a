"""``oagw user``: the users as which clients log in."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path

from oagw.auth.passwords import PasswordFile, UserError
from oagw.cli.clierrors import CommandError
from oagw.cli.options import add_parser, add_places
from oagw.cli.usedstate import new_or_used_state, used_state
from oagw.config.settings import Settings
from oagw.storage.ownership import owner_of

#: The password file in a state directory.
USERS = "users"


def add_actions(user: argparse.ArgumentParser) -> None:
    """Add the actions of the topic."""
    add_places(user)
    actions = user.add_subparsers(required=True, metavar="ACTION")
    for name, run, text in (
        ("add", _add, "add a user; asks for the password"),
        ("passwd", _for_users(_passwd), "change the password of a user; asks for it"),
        ("remove", _for_users(_remove), "remove a user"),
    ):
        action = add_parser(actions, name, text)
        action.add_argument("name", metavar="NAME", help="the name of the user")
        add_places(action)
        action.set_defaults(run=run)
    action = add_parser(actions, "list", "list the users")
    add_places(action)
    action.set_defaults(run=_for_users(_list))


def _for_users(
    run: Callable[[PasswordFile, argparse.Namespace], int],
) -> Callable[[Settings, argparse.Namespace], int]:
    """An action for users that exist."""
    return lambda settings, options: run(PasswordFile(_users_file(settings)), options)


def _users_file(settings: Settings) -> Path:
    """The password file of a gateway that has run, or that users were added for.

    :raises CommandError: the file does not exist.
    """
    path = settings.auth.users
    if path is None:
        return used_state(settings, USERS) / USERS
    if not path.exists():
        raise CommandError(
            f"[auth] users = {path}: the file does not exist; 'oagw user add' creates it"
        )
    return path


def _add(settings: Settings, options: argparse.Namespace) -> int:
    passwords = PasswordFile(_old_or_new_users_file(settings, options))
    if options.name in passwords.names():
        raise UserError(
            f"the user {options.name} exists; use passwd to change the password"
        )
    is_new = not passwords.path.parent.exists()
    passwords.add(options.name, _ask_password(options.name))
    print(f"added {options.name} to {passwords.path}")
    if is_new:
        print(
            f"oagw: {passwords.path.parent} was created: run the gateway as the user "
            f"{owner_of(passwords.path)}, or give the directory to the gateway's user: "
            f"chown -R USER: {passwords.path.parent}",
            file=sys.stderr,
        )
    return 0


def _old_or_new_users_file(settings: Settings, options: argparse.Namespace) -> Path:
    """The path of the password file, which may not exist yet.

    :raises CommandError: no gateway would read it there.
    """
    path = settings.auth.users
    if path is None:
        return new_or_used_state(settings, options, USERS) / USERS
    if not path.parent.is_dir():
        raise CommandError(
            f"[auth] users = {path}: the directory {path.parent} does not exist"
        )
    return path


def _passwd(passwords: PasswordFile, options: argparse.Namespace) -> int:
    if options.name not in passwords.names():
        raise UserError(f"{passwords.path} has no user {options.name}")
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
    """Ask twice without echo, or read a line of standard input if it is not a terminal."""
    if not os.isatty(sys.stdin.fileno()):
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass(f"password of {name}: ")
    if getpass.getpass("again: ") != first:
        raise UserError("the two passwords differ; the password was not changed")
    return first
