"""A month of an archive at one moment, for who reads past the gateway that uses it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from oagw.archives.blocks.parts import Part
from oagw.archives.files.filestore import files
from oagw.archives.sealed.blockviews import PLACE, BlockMoment, Places
from oagw.archives.sealed.partitions import Key
from oagw.errors import DataManagerError
from oagw.model.columns import Numbers
from oagw.storage.damage import explained
from oagw.storage.sqlite import connect_to_read, moment

#: The version of a partition's schema that began to have owners.
_OWNED = 3
_RUNS = "SELECT id FROM run WHERE NOT replaced ORDER BY position"
_KINDS = "SELECT DISTINCT kind FROM block WHERE run = ?"
_PLACES = (
    "SELECT id, first_series, last_series, first, last, samples FROM block "
    "WHERE run = ? AND kind = ? ORDER BY last_series, place"
)


class Entry(NamedTuple):
    """A partition that is there.

    :ivar owner: the identity of the hot store that it is filled from; empty is not known.
    :ivar sealed: what the hot store has up to this batch, and belongs here, is here.
    """

    name: str
    owner: str
    sealed: int


class Moment(Protocol):
    """The sealed samples of a partition at one moment.

    :ivar group: the archive group.
    :ivar sealed: what the hot store has up to this batch, and belongs here, is here.
    """

    @property
    def group(self) -> str:
        """The archive group."""

    @property
    def sealed(self) -> int:
        """What the hot store has up to this batch, and belongs here, is here."""

    def series(self, first: int, last: int) -> set[int]:
        """The series that may have samples in a period."""

    def sources(
        self, series: Numbers, first: int, last: int
    ) -> Iterator[Callable[[int], Iterable[Part]]]:
        """What finds the parts of a series by its place in these.

        In the order of arrival: of equal times those of an earlier one are the earlier.
        :raises DataManagerError: when they are read, if something is damaged.
        """


class Source(Protocol):
    """Where the sealed samples of an archive are."""

    def months(self) -> set[int]:
        """The months of which there is something."""

    def size(self, month: int) -> int:
        """About how many bytes a month has."""

    def entries(self) -> dict[Key, Entry]:
        """All partitions."""

    def month(self, month: int) -> AbstractContextManager[Sequence[Moment]]:
        """The partitions of a month, each at one moment."""


class FileSource:
    """The files of an archive.

    :param directory: the archive's.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def months(self) -> set[int]:
        """The months of which there is a file."""
        return {key.month for key, _ in files(self._directory)}

    def size(self, month: int) -> int:
        """The bytes of a month's files."""
        paths = [path for _, path in self._partitions(month)]
        return sum(path.stat().st_size for path in paths if path.exists())

    def entries(self) -> dict[Key, Entry]:
        """All files of months."""
        found = {}
        for key, path in files(self._directory):
            try:
                connection = connect_to_read(path)
            except FileNotFoundError:
                # It need not be kept any more.
                continue
            with explained(path, DataManagerError), moment(connection):
                version = _version(connection)
                if not version:
                    continue
                owner = "owner" if version >= _OWNED else "''"
                batch, whose, is_used = connection.execute(
                    f"SELECT batch, {owner}, EXISTS (SELECT 1 FROM run) FROM sealed"
                ).fetchone()
            # What was only begun is nobody's yet.
            if whose or is_used:
                found[key] = Entry(str(path), whose, batch)
        return found

    def _partitions(self, month: int) -> list[tuple[str, Path]]:
        found = files(self._directory)
        return [(key.group, path) for key, path in found if key.month == month]

    @contextmanager
    def month(self, month: int) -> Iterator[list[BlockMoment]]:
        """The partitions of a month, each at one moment."""
        with ExitStack() as opened:
            found = []
            for group, path in self._partitions(month):
                try:
                    connection = connect_to_read(path)
                except FileNotFoundError:
                    # It need not be kept any more.
                    continue
                opened.enter_context(moment(connection))
                select = connection.execute
                with explained(path, DataManagerError):
                    if not _version(connection):
                        continue
                    [sealed] = select("SELECT batch FROM sealed").fetchone()
                    places: list[Places] = [
                        np.fromiter(select(_PLACES, (run, kind)), PLACE)
                        for [run] in select(_RUNS).fetchall()
                        for [kind] in select(_KINDS, (run,)).fetchall()
                    ]
                read = _reader(path, connection)
                found.append(BlockMoment(str(path), group, sealed, places, read))
            yield found


def _version(connection: sqlite3.Connection) -> int:
    """The version of a partition's schema.

    It is 0 of a file that was made when the process ended, and has nothing yet.
    """
    [version] = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _reader(path: Path, connection: sqlite3.Connection) -> Callable[[int], bytes]:
    def read(number: int) -> bytes:
        with explained(path, DataManagerError):
            rows = connection.execute("SELECT data FROM block WHERE id = ?", (number,))
            data: bytes
            [data] = rows.fetchone()
        return data

    return read
