"""Why a file cannot be used, in an administrator's words, and what to do about it."""

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
#: Errors of reading a file that was damaged.
_NOT_WRITTEN = (
    sqlite3.Error,
    msgspec.DecodeError,
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
)
#: A directory with less free space counts as full: SQLite may report a full disk as
#: "disk I/O error".
_FULL = 1 << 16
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_FULL_CODES = (sqlite3.SQLITE_FULL,)
_READONLY_CODES = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
#: SQLITE_ERROR too: our statements are right, so the tables of the file are damaged.
_DAMAGED_CODES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


@contextmanager
def explained(
    path: Path, kind: Callable[[str], Exception] = StorageError
) -> Iterator[None]:
    """Translate errors of reading or writing a database to one that names the file.

    :param kind: the error to raise, given the reason.
    :raises StorageError: an error occurred.
    """
    try:
        yield
    except _NOT_WRITTEN as error:
        raise kind(reason_of(path, error)) from error


def reason_of(path: Path, error: BaseException | None) -> str:
    """Why a file cannot be read or written, and what to do.

    :param path: the file.
    :param error: raised by SQLite, the operating system, or a decoder.
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
    # An error of decoding has no code.
    is_whole = code not in _DAMAGED_CODES and "decode" not in str(error)
    if not isinstance(error, _NOT_WRITTEN):
        return str(error)
    if isinstance(error, sqlite3.Error) and is_whole:
        return f"{path}: {error}"
    return f"{path} is damaged: {error}; {way_out(path)}"


def full_directory(error: Exception, directory: Path | None) -> str:
    """A message if an error means that the disk is full; empty for other errors.

    :param directory: the directory that was written to, if the error does not name it.
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
    """What to do about a damaged file of a state directory."""
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
    """Check the pages of a database, but not the values in its rows.

    :raises ValueError: some pages are damaged; the text says which.
    """
    found = [text for [text] in connection.execute("PRAGMA quick_check(5)")]
    if found != ["ok"]:
        raise ValueError("; ".join(" ".join(one.split()) for one in found))
