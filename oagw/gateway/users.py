"""The users that a start finds, makes, shows, or refuses to start with."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from oagw.auth.passwords import PasswordFile
from oagw.config.settings import (
    ConfigError,
    Settings,
)
from oagw.server.listeners import Listener
from oagw.storage.configfile import command_line

_DEMO = "demo"


def make_demo_user(passwords: PasswordFile) -> None:
    """Have a user to begin with, unless there is a password file."""
    if not passwords.path.exists():
        passwords.add(_DEMO, _DEMO, allow_well_known=True)


def check_users(
    passwords: PasswordFile, settings: Settings, reachable: Sequence[Listener]
) -> None:
    """Find out whether a gateway may start with its users.

    :param reachable: those listeners that other machines reach.
    :raises UserError: the password file is damaged, or none.
    :raises ConfigError: anybody on those machines would guess a password.
    """
    if passwords.path.exists():
        passwords.check_ours()
    names = passwords.names()
    if not reachable:
        return
    for name in names:
        if passwords.has_well_known_password(name):
            change = command_line(settings, f"user passwd {shlex.quote(name)}")
            remove = command_line(settings, f"user remove {shlex.quote(name)}")
            raise ConfigError(
                f"[server] listen {reachable[0].text} is reachable from other machines, "
                f"but the user {name} has a well-known password; change it with "
                f"'{change}' or remove it with '{remove}' (file {passwords.path})"
            )


def users_shown(passwords: PasswordFile, settings: Settings) -> str:
    """Who may connect, or how to add somebody; passwords are shown of the demo alone."""
    names = passwords.names()
    if names == [_DEMO] and passwords.check(_DEMO, _DEMO):
        return f"{_DEMO}, password {_DEMO}"
    add = command_line(settings, "user add NAME")
    return ", ".join(names) or f"none yet; add one with: {add}"
