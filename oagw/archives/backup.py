"""Copies of an archive while a gateway uses it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from oagw.storage.sqlite import connect


def backup(state: Path, target: Path, tell: Callable[[str], None]) -> list[Path]:
    """Copy the archive and the datapoints that it belongs to; returns the files.

    Each file is of one moment. What is hot is copied first: if it is sealed meanwhile, the
    month that has it too says so, and nothing is doubled or lost.

    :param state: the state directory.
    :param target: a directory that is empty or not there yet.
    :raises FileExistsError: there is something in it.
    """
    if target.exists() and any(target.iterdir()):
        raise FileExistsError(
            17, "it is not empty; a backup needs a new directory", str(target)
        )
    archive = state / "archive"
    (target / "archive").mkdir(mode=0o700, parents=True)
    copied = [_copy(archive / "hot.sqlite", target / "archive", tell)]
    for path in sorted(archive.glob("*-*.sqlite")):
        copied.append(_copy(path, target / "archive", tell))
    copied.append(_copy(state / "system.sqlite", target, tell))
    return copied


def _copy(path: Path, directory: Path, tell: Callable[[str], None]) -> Path:
    tell(f"copying {path.name}")
    target = directory / path.name
    source, copy = connect(path), sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        source.close()
        copy.close()
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return target
