"""``oagw user``: the users who may connect."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path

from oagw.auth.passwords import PasswordFile, UserError
from oagw.cli.clierrors import CommandError
from oagw.cli.options import add_places
from oagw.cli.places import new_or_used_state, used_state
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
        ("passwd", _for_users(_passwd), "give a user another password; asks for it"),
        ("remove", _for_users(_remove), "remove a user"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("name")
        add_places(action)
        action.set_defaults(run=run)
    action = actions.add_parser("list", help="list the users")
    add_places(action)
    action.set_defaults(run=_for_users(_list))


def _for_users(
    run: Callable[[PasswordFile, argparse.Namespace], int],
) -> Callable[[Settings, argparse.Namespace], int]:
    """A command about users that a gateway has already."""
    return lambda settings, options: run(PasswordFile(_users_file(settings)), options)


def _users_file(settings: Settings) -> Path:
    """The password file of a gateway that has run, or that users were added for.

    :raises CommandError: there is none.
    """
    path = settings.auth.users
    if path is None:
        return used_state(settings, USERS) / USERS
    if not path.exists():
        raise CommandError(f"[auth] users = {path}: there is no such file yet")
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
            f"oagw: {passwords.path.parent} is new: start the gateway with it as the user "
            f"{owner_of(passwords.path)}, or give it to the gateway's: chown -R USER: "
            f"{passwords.path.parent}",
            file=sys.stderr,
        )
    return 0


def _old_or_new_users_file(settings: Settings, options: argparse.Namespace) -> Path:
    """The password file, or where it is to be.

    :raises CommandError: no gateway would look there.
    """
    path = settings.auth.users
    if path is None:
        return new_or_used_state(settings, options, USERS) / USERS
    if not path.parent.is_dir():
        raise CommandError(f"[auth] users = {path}: there is no directory {path.parent}")
    return path


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
