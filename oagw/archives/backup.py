"""Copies of an archive while a gateway uses it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from oagw.archives.directory import files
from oagw.storage.sqlite import connect, transaction


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
    for key, path in files(archive):
        directory = target / "archive" / key.group
        directory.mkdir(mode=0o700, exist_ok=True)
        copied.append(_copy(path, directory, tell))
    _copy_groups(archive / "hot.sqlite", target / "archive" / "hot.sqlite")
    copied.append(_copy(state / "system.sqlite", target, tell))
    return copied


def _copy_groups(path: Path, target: Path) -> None:
    """What was decided after the hot store was copied says what of it the months have."""
    source, copy = connect(path), connect(target)
    try:
        source.execute("BEGIN")
        decided = source.execute("SELECT batch FROM decided").fetchone()
        rows = source.execute("SELECT series, batch, name FROM archive_group").fetchall()
        with transaction(copy):
            copy.execute("UPDATE decided SET batch = ?", decided)
            copy.executemany("INSERT OR REPLACE INTO archive_group VALUES (?, ?, ?)", rows)
    finally:
        source.close()
        copy.close()


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
