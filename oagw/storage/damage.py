"""What is wrong with a file, in words of those who look after it, and what to do."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec


class StorageError(Exception):
    """A file cannot be used; the text says why and what to do."""


_SYSTEM = "system.sqlite"
#: What reading a file fails with that is not what was written.
_NOT_WRITTEN = (
    sqlite3.Error,
    msgspec.DecodeError,
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
)
#: A directory with less free space is full: SQLite says "disk I/O error" of some failures.
_FULL = 1 << 16
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_FULL_CODES = (sqlite3.SQLITE_FULL,)
_READONLY_CODES = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
#: An error in our statements is one in the file's idea of its tables.
_DAMAGED_CODES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


@contextmanager
def explained(
    path: Path, kind: Callable[[str], Exception] = StorageError
) -> Iterator[None]:
    """What goes wrong with a database, or with reading what is in it, names the file.

    :param kind: what is raised then.
    :raises StorageError: something does.
    """
    try:
        yield
    except _NOT_WRITTEN as error:
        raise kind(reason_of(path, error)) from error


def reason_of(path: Path, error: BaseException | None) -> str:
    """Why a file cannot be read or written, and the way out.

    :param path: the file.
    :param error: of SQLite, of the system, or of what reads the file's content.
    """
    if isinstance(error, StorageError):
        return str(error)
    if _is_full(path, error):
        return f"no space left on {path.parent}, so that {path.name} cannot be written"
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _READONLY_CODES:
        return (
            f"{path} cannot be opened or written ({error}): the directory and the files in "
            "it must belong to the user that oagw runs as"
        )
    # What cannot be decoded has no code.
    is_whole = code not in _DAMAGED_CODES and "decode" not in str(error)
    if not isinstance(error, _NOT_WRITTEN):
        return str(error)
    if isinstance(error, sqlite3.Error) and is_whole:
        return f"{path}: {error}"
    return f"{path} is damaged: {error}; {way_out(path)}"


def full_directory(error: Exception, directory: Path | None) -> str:
    """What to say if the system has said that a disk is full; empty if it has not.

    :param directory: the one that was written to, where the error does not say it.
    """
    if not isinstance(error, OSError) or error.errno not in _NO_SPACE:
        return ""
    return (
        f"no space left on {Path(error.filename).parent if error.filename else directory}"
    )


def _is_full(path: Path, error: BaseException | None) -> bool:
    if isinstance(error, OSError):
        return error.errno in _NO_SPACE
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _FULL_CODES:
        return True
    if code not in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        return False
    directory = path.parent
    return directory.is_dir() and shutil.disk_usage(directory).free < _FULL


def way_out(path: Path) -> str:
    """What to do about a file of a state directory that is damaged."""
    state = path.parent
    if path.name != _SYSTEM:
        # A month may be in the directory of a group.
        state = state.parent if state.name == "archive" else state.parent.parent
    if state.parent.name == "systems":
        state = state.parent.parent
    return (
        f"'oagw archive repair --state {state}' keeps what is intact, or restore a backup "
        f"with 'oagw archive restore DIR --state {state}'"
    )


def check_structure(connection: sqlite3.Connection) -> None:
    """Find out whether pages of a database are damaged, without what is in its rows.

    :raises ValueError: some are; the text says which.
    """
    found = [text for [text] in connection.execute("PRAGMA quick_check(5)")]
    if found != ["ok"]:
        raise ValueError("; ".join(" ".join(one.split()) for one in found))
