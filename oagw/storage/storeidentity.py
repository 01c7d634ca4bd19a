"""Whether an archive and the file of the datapoints belong together.

The archive identifies elements by numbers; their meaning is in the file of the datapoints.
So each start writes an owner token to both, and the archive keeps all of its tokens: an
archive that has the token of the datapoints' last start belongs to them, and is as old as
that start or newer. The archive also keeps the highest numbers ever used, so that
datapoints that were restored from an older copy do not use them again.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from oagw.storage.damage import StorageError, explained
from oagw.storage.sqlite import connect_to_read, read_transaction
from oagw.storage.writelog import check_log

#: The file of the datapoints, and the archive beside it with its hot store.
SYSTEM, ARCHIVE, HOT = "system.sqlite", "archive", "hot.sqlite"
#: The names of month files.
_MONTH = re.compile(r"-?\d{4}-\d\d\.sqlite")


@dataclass(frozen=True, slots=True)
class HighestNumbers:
    """The highest numbers that were ever used.

    :ivar datapoint: of datapoints.
    :ivar element: of elements, within their types.
    :ivar user: of users.
    """

    datapoint: int = 0
    element: int = 0
    user: int = 0

    def joined(self, other: HighestNumbers) -> HighestNumbers:
        """The higher one of each."""
        return HighestNumbers(
            max(self.datapoint, other.datapoint),
            max(self.element, other.element),
            max(self.user, other.user),
        )


class PairedDatapoints(Protocol):
    """The store of the datapoints, as far as pairing needs it."""

    def numbers(self) -> HighestNumbers:
        """The highest numbers that it may have used."""

    def leave_out(self, used: HighestNumbers) -> None:
        """Do not use these numbers, nor lower ones, for anything new."""

    def expect(self, identity: str, token: str) -> None:
        """Write a token that the archive is about to write too.

        :param identity: of the archive's hot store.
        """

    def confirm(self, token: str) -> None:
        """Note that the archive has written the token."""


class PairedArchive(Protocol):
    """The archive, as far as pairing needs it."""

    @property
    def identity(self) -> str:
        """The identity of its hot store."""

    def numbers(self) -> HighestNumbers:
        """The highest numbers of all samples that it has ever kept."""

    def begin(self, token: str, used: HighestNumbers) -> None:
        """Write the token of a start.

        :param used: the highest numbers used so far; see :meth:`HotStore.begin`.
        """


def pair(datapoints: PairedDatapoints, archive: PairedArchive) -> None:
    """Write a new token to both stores; :func:`check_pair` must be called before.

    If the process ends in the middle, the next start accepts the stores.
    """
    token = secrets.token_hex(8)
    datapoints.leave_out(archive.numbers())
    datapoints.expect(archive.identity, token)
    archive.begin(token, datapoints.numbers())
    datapoints.confirm(token)


class MismatchError(StorageError):
    """Stores do not belong together.

    :ivar adoptable: whether the meaning of the archive's numbers is known nevertheless.
    """

    def __init__(self, fault: str, directory: Path, adoptable: bool = True) -> None:
        super().__init__(f"{fault}; {ways_out(directory, adoptable)}")
        self.adoptable = adoptable


@dataclass(frozen=True, slots=True)
class _SystemState:
    """The state of the file of the datapoints.

    :ivar identity: of its archive; empty if it has none.
    :ivar tokens: those of all starts, the latest one last.
    :ivar confirmed: whether the archive is known to have the latest one.
    """

    identity: str
    tokens: tuple[str, ...]
    confirmed: bool


@dataclass(frozen=True, slots=True)
class _HotState:
    """The state of the hot store.

    :ivar tokens: those of all starts, the latest one last.
    :ivar is_used: whether the archive has ever held a value.
    """

    identity: str
    tokens: tuple[str, ...]
    is_used: bool


def check_pair(directory: Path) -> None:
    """Check that both stores belong together, before anything is written.

    Stores of earlier versions have no tokens, and are accepted.

    :param directory: has both stores.
    :raises MismatchError: they do not belong together; the text says what to do.
    :raises StorageError: a file cannot be read.
    """
    system_path, hot_path = directory / SYSTEM, directory / ARCHIVE / HOT
    for path in (system_path, hot_path):
        check_log(path)
    system, hot = _system(system_path), _hot(hot_path)
    if hot is None and _has_months(directory / ARCHIVE):
        fault = "is missing or empty, and there are months that belong to it"
        raise MismatchError(f"{hot_path} {fault}", directory)
    if system is None:
        if hot is not None and (hot.tokens or hot.is_used):
            fault = f"is missing or empty, and {hot_path.parent} belongs to it"
            raise MismatchError(f"{system_path} {fault}", directory)
        return
    if hot is None:
        if system.identity:
            fault = f"is missing or empty, and belongs to {system_path}"
            raise MismatchError(f"{hot_path} {fault}", directory)
        return
    if system.identity or hot.tokens:
        _check_tokens(directory, system, hot)


def _check_tokens(directory: Path, system: _SystemState, hot: _HotState) -> None:
    """Compare the tokens of stores of which at least one has any.

    :raises MismatchError: they do not belong together.
    """
    system_path, hot_path = directory / SYSTEM, directory / ARCHIVE / HOT
    if not system.tokens or not hot.tokens:
        if not hot.tokens and hot.identity == system.identity:
            fault = f"is an older copy than {system_path}: values are missing"
            raise MismatchError(f"{hot_path} {fault}", directory)
        fault = f"{system_path} and {hot_path} do not belong together"
        raise MismatchError(fault, directory, adoptable=False)
    last = system.tokens[-1]
    if hot.tokens[-1] == last or (
        not system.confirmed and hot.tokens[-1] == system.tokens[-2:][0]
    ):
        return
    if last in hot.tokens:
        fault = (
            f"{system_path} is an older copy than {hot_path}: values and what was created "
            "since then are missing"
        )
        raise MismatchError(fault, directory)
    if hot.tokens[-1] in system.tokens:
        fault = f"is an older copy than {system_path}: values are missing"
        raise MismatchError(f"{hot_path} {fault}", directory)
    fault = f"{system_path} and {hot_path} are of different gateways"
    raise MismatchError(fault, directory, adoptable=False)


def ways_out(directory: Path, adoptable: bool = True) -> str:
    """What to do if stores do not belong together, as text.

    :param directory: has both stores.
    :param adoptable: see :class:`MismatchError`.
    """
    is_other = directory.parent.name == "systems"
    state = f"--state {directory.parent.parent if is_other else directory}"
    ways = [f"restore both from one backup ('oagw archive restore DIR {state}')"]
    if adoptable:
        ways.append(f"continue with these files ('oagw archive adopt {state}')")
    ways.append(f"or start with an empty archive ('oagw archive discard {state}')")
    return ", ".join(ways)


def has_run(directory: Path) -> bool:
    """Whether a directory has a file of datapoints that a gateway has used.

    :raises StorageError: it cannot be read.
    """
    return _system(directory / SYSTEM) is not None


def _has_months(archive: Path) -> bool:
    found = [*archive.glob("*-*.sqlite"), *archive.glob("*/*-*.sqlite")]
    return any(_MONTH.fullmatch(path.name) for path in found)


def _system(path: Path) -> _SystemState | None:
    """The state of a file; ``None`` if it is missing or no gateway has used it."""
    if not _is_there(path):
        return None
    with explained(path), read_transaction(connect_to_read(path)) as connection:
        tables = _tables(connection)
        if "datapoint" not in tables or not _is_used(connection, "datapoint"):
            return None
        if "start" not in tables:
            return _SystemState("", (), True)
        [(identity,)] = connection.execute("SELECT identity FROM archive")
        rows = connection.execute("SELECT token, confirmed FROM start ORDER BY number")
        starts = rows.fetchall()
        tokens = tuple(token for token, _ in starts)
        if not tokens and not connection.execute("SELECT 1 FROM dp_type").fetchone():
            # An adoption that was killed created the file.
            return None
        return _SystemState(identity, tokens, bool(not starts or starts[-1][1]))


def _hot(path: Path) -> _HotState | None:
    """The state of a file; ``None`` if it is missing."""
    if not _is_there(path):
        return None
    with explained(path), read_transaction(connect_to_read(path)) as connection:
        tables = _tables(connection)
        if "batch" not in tables:
            return None
        identity, tokens = "", ()
        if "identity" in tables:
            [(identity,)] = connection.execute("SELECT id FROM identity")
        if "start" in tables:
            rows = connection.execute("SELECT token FROM start ORDER BY number")
            tokens = tuple(token for [token] in rows)
        held = "EXISTS (SELECT 1 FROM batch)"
        if "decided" in tables:
            held += " OR EXISTS (SELECT 1 FROM decided WHERE batch > 0)"
        [(is_used,)] = connection.execute(f"SELECT {held}")
        is_used = is_used or _has_months(path.parent)
        return _HotState(identity, tokens, bool(is_used))


def _is_there(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    return {name for [name] in rows}


def _is_used(connection: sqlite3.Connection, table: str) -> bool:
    """Whether a table has ever held a row."""
    rows = connection.execute("SELECT 1 FROM sqlite_sequence WHERE name = ?", (table,))
    return rows.fetchone() is not None
