"""``oagw archive``: checking, saving and restoring archived values."""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path

from oagw.archives.backup import backup
from oagw.archives.checking import check
from oagw.cli.errors import CommandError
from oagw.cli.places import add_places, add_places_of_action, state_of
from oagw.cli.progress import shown_progress
from oagw.config import Settings
from oagw.storage.sqlite import StorageError
from oagw.storage.statedir import StateDirectory

_PARTS = ("archive", "system.sqlite")


def add_parser(topics: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the topic to the command line."""
    archive = topics.add_parser("archive", help="archived values")
    add_places(archive)
    actions = archive.add_subparsers(required=True, metavar="ACTION")
    checking = actions.add_parser("check", help="read and verify every block")
    checking.set_defaults(run=_check)
    saving = actions.add_parser("backup", help="copy the archive and the datapoints")
    saving.add_argument("directory", metavar="DIR", help="an empty or a new directory")
    saving.set_defaults(run=_backup)
    restoring = actions.add_parser(
        "restore", help="take a backup in the place of what is there; the gateway stopped"
    )
    restoring.add_argument("directory", metavar="DIR", help="what 'backup' has made")
    restoring.set_defaults(run=_restore)
    for action in (checking, saving, restoring):
        add_places_of_action(action)


def _archive_of(state: Path) -> Path:
    directory = state / "archive"
    if not directory.is_dir():
        raise CommandError(f"{state} is no state directory of a gateway that has run")
    return directory


def _check(settings: Settings, options: argparse.Namespace) -> int:
    directory = _archive_of(state_of(settings))
    with shown_progress("checking") as progress:
        report = check(directory, progress.tell)
    print(f"{report.files} files, {report.blocks} blocks, {report.samples} values")
    for fault in report.faults:
        print(fault)
    if report.faults:
        raise CommandError(f"the archive has {len(report.faults)} faults")
    print("no fault")
    return 0


def _backup(settings: Settings, options: argparse.Namespace) -> int:
    state = state_of(settings)
    _archive_of(state)
    with shown_progress("copying") as progress:
        files = backup(state, Path(options.directory), progress.tell)
    size = sum(path.stat().st_size for path in files)
    print(f"{len(files)} files, {size / 2**20:.1f} MiB in {options.directory}")
    return 0


def _restore(settings: Settings, options: argparse.Namespace) -> int:
    source, state = Path(options.directory), state_of(settings)
    missing = [name for name in _PARTS if not (source / name).exists()]
    if missing:
        raise CommandError(f"{source} is no backup: {', '.join(missing)} is not there")
    try:
        # Kept for its lock.
        directory = StateDirectory(state)
    except StorageError as error:
        raise CommandError(f"{error}; stop the gateway to restore a backup") from error
    kept = state / time.strftime("replaced-%Y%m%d-%H%M%S")
    try:
        _put_aside(state, kept)
        with shown_progress("restoring"):
            shutil.copytree(source / "archive", state / "archive")
            shutil.copy2(source / "system.sqlite", state / "system.sqlite")
    finally:
        directory.close()
    print(f"restored; what was there is in {kept}")
    return 0


def _put_aside(state: Path, kept: Path) -> None:
    kept.mkdir(mode=0o700)
    for path in (state / "archive", *state.glob("system.sqlite*")):
        if path.exists():
            path.rename(kept / path.name)
