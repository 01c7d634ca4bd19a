"""Repairing damaged files of a system by copying their intact rows."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from oagw.archives.blocks.blockcodec import read_summary
from oagw.archives.files.filecheck import check_file
from oagw.archives.files.filestore import partition_files
from oagw.archives.hot.hotstore import decode_batch
from oagw.archives.sealed.blockcheck import CheckReport, is_block
from oagw.plant.usernumbers import ROOT
from oagw.storage.damage import StorageError
from oagw.storage.salvage import has_schema, padded, rebuild
from oagw.storage.sqlite import connect, transaction
from oagw.storage.storeidentity import ARCHIVE, HOT, SYSTEM
from oagw.storage.writelog import mend_log
from oagw.systems.embedded.rowchecks import (
    faults,
    insert,
    install,
    whole_rows,
)
from oagw.systems.embedded.storedtypes import lost_types

SYSTEM_SCHEMA = "oagw.systems.embedded.schema"
HOT_SCHEMA = "oagw.archives.hot.schema"
MONTH_SCHEMA = "oagw.archives.files.schema"


def repair(directory: Path, kept: Path) -> Iterator[str]:
    """Replace each damaged file of a system by one with its intact rows.

    Yields a sentence for each loss. The gateway must not run.

    :param directory: of both stores.
    :param kept: the directory that receives the damaged files; created if needed.
    """
    archive = directory / ARCHIVE
    system = directory / SYSTEM
    hot = archive / HOT
    months = {path: kept / ARCHIVE / key.group for key, path in partition_files(archive)}
    for path, aside in {system: kept, hot: kept / ARCHIVE, **months}.items():
        if path.exists() and (lost := mend_log(path, aside)):
            yield lost
    if system.exists() and _system_is_damaged(system):
        yield from _replaced(system, kept, _repair_system)
    if hot.exists() and _is_damaged(hot, HOT_SCHEMA):
        yield from _replaced(hot, kept / ARCHIVE, _repair_hot)
    for path, aside in months.items():
        if _is_damaged(path, MONTH_SCHEMA):
            yield from _replaced(path, aside, _repair_month)


def _is_damaged(path: Path, schema_package: str) -> bool:
    """Whether a hot store or a month file is damaged."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            if not has_schema(connection, schema_package):
                return True
    except (sqlite3.Error, ValueError):
        return True
    return bool(check_file(path, CheckReport(), _ignore))


def _ignore(size: int) -> None:
    """Progress is not shown."""


def _replaced(
    path: Path, kept: Path, work: Callable[[Path], tuple[Path, list[str]]]
) -> Iterator[str]:
    """Move a file away and put its repaired copy in its place, if there is one."""
    try:
        new, lost = work(path)
    except StorageError as error:
        ways = "restore a backup, or continue without it with 'oagw archive adopt'"
        new, lost = None, [f"{error}; {ways}"]
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    for part in path.parent.glob(f"{path.name}-*"):
        part.rename(kept / part.name)
    if new is None:
        path.rename(kept / path.name)
    else:
        # The file is never missing: a start would create an empty one.
        (kept / path.name).unlink(missing_ok=True)
        os.link(path, kept / path.name)
        new.rename(path)
    yield f"{path} was damaged and is in {kept}"
    yield from lost


def _system_is_damaged(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchall()
            if found != [("ok",)] or not has_schema(connection, SYSTEM_SCHEMA):
                return True
            install(connection)
            return any(faults(connection))
    except (sqlite3.Error, ValueError, TypeError):
        return True


def _repair_system(path: Path) -> tuple[Path, list[str]]:
    try:
        with padded(path) as whole, closing(sqlite3.connect(whole)) as connection:
            [(identity,)] = connection.execute(
                "SELECT CAST(id AS TEXT) FROM file WHERE id IS NOT NULL"
            ).fetchall()
    except (sqlite3.Error, ValueError) as error:
        raise StorageError(f"{path} is lost: {error}") from error
    needed = ("archive", "file")
    new, lost = rebuild(path, SYSTEM_SCHEMA, whole_rows(identity), needed)
    with _writing(new) as connection:
        install(connection)
        connection.execute(insert("user", "INSERT OR IGNORE"), (0, ROOT))
        # Datapoints of a lost type are useless.
        types = lost_types(connection)
        connection.executemany(
            "DELETE FROM dp_type WHERE name = ?", [(name,) for name in types]
        )
        names = connection.execute(
            "DELETE FROM datapoint WHERE dp_type NOT IN (SELECT name FROM dp_type) "
            "RETURNING name"
        ).fetchall()
    lost += [f"{path}: type '{name}': {fault}" for name, fault in types.items()]
    lost += [f"{path}: the type of datapoint '{name}' is lost" for [name] in names]
    return new, lost


def _repair_hot(path: Path) -> tuple[Path, list[str]]:
    return rebuild(path, HOT_SCHEMA, _is_whole_batch, ("identity", "decided", "used"))


def _is_whole_batch(table: str, row: Mapping[str, Any]) -> bool:
    return table != "batch" or _can(decode_batch, row["samples"])


def _repair_month(path: Path) -> tuple[Path, list[str]]:
    new, lost = rebuild(path, MONTH_SCHEMA, _is_whole_block, ("sealed",))
    with _writing(new) as connection:
        connection.execute("DELETE FROM block WHERE run NOT IN (SELECT id FROM run)")
        connection.execute("DELETE FROM summary WHERE block NOT IN (SELECT id FROM block)")
        connection.execute(
            "UPDATE run SET samples = (SELECT coalesce(sum(block.samples), 0) "
            "FROM block WHERE block.run = run.id)"
        )
    return new, lost


@contextmanager
def _writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection in a transaction."""
    with closing(connect(path)) as connection, transaction(connection):
        yield connection


def _is_whole_block(table: str, row: Mapping[str, Any]) -> bool:
    if table == "summary":
        return _can(read_summary, row["data"])
    return table != "block" or is_block(row)


def _can(read: Callable[[bytes], object], data: object) -> bool:
    """Whether bytes can be decoded."""
    if not isinstance(data, bytes):
        return False
    try:
        read(data)
    except ValueError:
        return False
    return True
