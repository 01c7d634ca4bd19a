"""The users of a gateway at its start: created, checked, and shown."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from oagw.auth.passwords import PasswordFile
from oagw.config.configerror import ConfigError
from oagw.config.settings import Settings
from oagw.server.listeners import Listener
from oagw.storage.configfile import command_line

_DEMO = "demo"


def users_at_start(
    settings: Settings, state: Path, listeners: Sequence[Listener]
) -> PasswordFile:
    """The password file, with the demo user if that is configured and nobody else can
    reach the gateway.

    :param state: the state directory.
    :raises UserError: the password file is damaged, or it is another file.
    :raises ConfigError: other machines reach a listener, and a password is well known.
    """
    passwords = PasswordFile(settings.auth.users or state / "users")
    reachable = [one for one in listeners if one.reachable]
    if settings.auth.demo_user and not reachable and not passwords.path.exists():
        passwords.add(_DEMO, _DEMO, allow_well_known=True)
    check_users(passwords, settings, reachable)
    return passwords


def check_users(
    passwords: PasswordFile, settings: Settings, reachable: Sequence[Listener]
) -> None:
    """Check that a gateway may start with its users.

    :param reachable: the listeners that other machines reach.
    :raises UserError: the password file is damaged, or it is another file.
    :raises ConfigError: other machines reach a listener, and a password is well known.
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
    """The names of the users, or how to add one; of passwords only the demo's is shown."""
    names = passwords.names()
    if names == [_DEMO] and passwords.check(_DEMO, _DEMO):
        return f"{_DEMO}, password {_DEMO}"
    add = command_line(settings, "user add NAME")
    return ", ".join(names) or f"none yet; add one with: {add}"
