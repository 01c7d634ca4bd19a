"""Files of a state directory besides databases: users, certificates, tables of nodes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from oagw.cli.archiveplaces import SYSTEMS
from oagw.config.settings import Settings
from oagw.storage.statedir import RESTORING

#: Files that belong to the running process.
_OF_THE_PROCESS = (
    "lock",
    "control",
    "listening",
    "listening.new",
    RESTORING,
    f"{RESTORING}.new",
)
#: Files that only their owner may read, whatever their mode was.
_SECRET = ("users", "private_key.pem")


def other_files(state: Path) -> list[Path]:
    """These files, relative to the state directory."""
    directories = [state, *sorted((state / SYSTEMS).glob("*"))]
    return [
        path.relative_to(state)
        for directory in directories
        if directory.is_dir()
        for path in sorted(directory.iterdir())
        if path.is_file()
        and path.name not in _OF_THE_PROCESS
        and ".sqlite" not in path.name
    ]


def copy_file(source: Path, target: Path) -> None:
    """Copy a file with its mode; other users cannot read a secret one at any time."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if source.name in _SECRET:
        target.touch(mode=0o600)
        shutil.copyfile(source, target)
    else:
        shutil.copy2(source, target)


def copy_others(state: Path, target: Path) -> list[Path]:
    """Copy these files to a backup; returns the copies."""
    copies = [(state / one, target / one) for one in other_files(state)]
    for source, copy in copies:
        copy_file(source, copy)
    return [copy for _, copy in copies]


def replace_others(source: Path, state: Path, kept: Path) -> None:
    """Replace these files by those of a backup, completely or not at all.

    :param kept: the directory that receives the replaced files.
    """
    done: list[Path] = []
    try:
        for one in other_files(source):
            if (state / one).exists():
                (kept / one).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                (state / one).rename(kept / one)
            done.append(one)
            copy_file(source / one, state / one)
    except BaseException:
        # Also on Ctrl-C.
        for one in done:
            (state / one).unlink(missing_ok=True)
            if (kept / one).exists():
                (kept / one).rename(state / one)
        raise


def elsewhere(settings: Settings, state: Path) -> Iterator[Path]:
    """Files of users, certificates and keys that are outside of the state directory."""
    server = settings.server
    for path in (settings.auth.users, server.certificate, server.private_key):
        if path is not None and not path.resolve().is_relative_to(state.resolve()):
            yield path
