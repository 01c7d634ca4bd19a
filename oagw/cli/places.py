"""The state directory that a command is about, and whether a gateway has run with it."""

from __future__ import annotations

import argparse
from pathlib import Path

from oagw.cli.clierrors import (
    CommandError,
    NoGateway,
)
from oagw.config.settings import (
    ConfigError,
    Settings,
)
from oagw.storage.damage import StorageError
from oagw.storage.ownership import owner_of
from oagw.storage.statedir import RESTORING, check_whole

#: The file of a system's datapoints, beside its archive.
STORE = "system.sqlite"
#: What a gateway has made in its state directory once it has run.
_MADE = (STORE, "archive", RESTORING)


def used_state(settings: Settings, *others: str) -> Path:
    """The state directory of a gateway that has run; makes nothing.

    :param others: files that will do as well.
    :raises ConfigError: none is configured.
    :raises NoGateway: no gateway has run with it.
    :raises CommandError: it is another user's, or a restore of it was interrupted.
    """
    state = _used_state(settings, *others)
    try:
        check_whole(state)
    except StorageError as error:
        raise CommandError(str(error)) from error
    return state


def _used_state(settings: Settings, *others: str) -> Path:
    state = _configured(settings)
    if not _has(state, *_MADE, *others):
        raise NoGateway(
            f"{state} is no state directory of a gateway that has run; name the "
            f"gateway's with --state, or its configuration instead of {settings.source} "
            "with --config"
        )
    return state


def new_or_used_state(
    settings: Settings, options: argparse.Namespace, *others: str
) -> Path:
    """The same, or a directory for the first start to find, if ``--state`` names it.

    What only the configuration names is not made: it may be the wrong configuration, and
    no gateway would ever look there.

    :raises ConfigError: none is configured.
    :raises NoGateway: no gateway has run with what is configured.
    :raises CommandError: it is another user's.
    """
    state = _configured(settings)
    try:
        return _used_state(settings, *others)
    except NoGateway as error:
        if options.state is None:
            raise NoGateway(
                f"{error}; to begin before the first start, say --state {state}"
            ) from error
    return state


def _configured(settings: Settings) -> Path:
    if settings.server.state is None:
        raise ConfigError("[server] state: must name a directory")
    return settings.server.state


def _has(state: Path, *names: str) -> bool:
    try:
        return any((state / name).exists() for name in names)
    except PermissionError as error:
        owner = owner_of(state)
        raise CommandError(
            f"{state} belongs to the user {owner}; run this as that user: "
            f"sudo -u {owner} oagw ..."
        ) from error
