"""The SQLite archive: needs no server, a row for each sample."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec
from twisted.internet.defer import Deferred, DeferredSemaphore, succeed
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from oagw.errors import DataManagerError
from oagw.interfaces import IArchive
from oagw.model.samples import Sample
from oagw.storage.groupcommit import GroupCommit
from oagw.storage.sqlite import connect, open_database, transaction

_READERS = 2
_SIGN_BIT = 1 << 63
_WORD = 1 << 64

_encode = msgspec.msgpack.Encoder().encode

_Row: TypeAlias = tuple[bytes, int, int, int]

_INSERT = "INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?)"
_COLUMNS = "SELECT value, stime, status, user FROM sample WHERE series = ? AND "
_WITHIN = _COLUMNS + "stime BETWEEN ? AND ? ORDER BY stime, arrival LIMIT ?"
_BEFORE = _COLUMNS + "stime < ? ORDER BY stime DESC, arrival DESC LIMIT ?"
_AFTER = _COLUMNS + "stime > ? ORDER BY stime, arrival LIMIT ?"


@implementer(IArchive)
class SqliteArchive:
    """Keeps samples in one file.

    :param write: runs a function in the one thread that writes.
    :param read: runs a function in one of the threads that read.
    :raises StorageError: the file cannot be used.
    """

    def __init__(
        self,
        path: Path,
        clock: IReactorTime,
        write: Callable[[Callable[[], None]], Deferred[None]],
        read: Callable[[Callable[[], list[Sample]]], Deferred[list[Sample]]],
    ) -> None:
        self._writer = open_database(path, "oagw.archives.schema")
        self._readers = [connect(path) for _ in range(_READERS)]
        self._turns = DeferredSemaphore(_READERS)
        self._read_in_thread = read
        self._stopping = False
        self._commits: GroupCommit[tuple[int, Sample]] = GroupCommit(
            "the archive", self._commit, write, clock
        )

    def start(self) -> Deferred[None]:
        """Nothing is left to do: the file is open."""
        return succeed(None)

    async def _stop(self) -> None:
        self._stopping = True
        for _ in range(_READERS):
            await self._turns.acquire()
        try:
            await self._commits.flushed()
        finally:
            self._commits.close()
            for connection in (self._writer, *self._readers):
                connection.close()
            # Who waits for a turn finds the archive closed.
            for _ in range(_READERS):
                self._turns.release()

    def stop(self) -> Deferred[None]:
        """Write what is left and close the file."""
        return Deferred.fromCoroutine(self._stop())

    def _check_open(self) -> None:
        if self._stopping:
            raise DataManagerError("the archive is closed: the gateway stops")

    def check_room(self) -> None:
        """Refuse before a set takes effect, rather than after.

        :raises DataManagerError: the disk has not kept up or fails.
        """
        self._commits.check_room()

    def append(self, samples: Sequence[tuple[int, Sample]], wait: bool) -> Deferred[None]:
        """Keep samples; see :class:`oagw.interfaces.IArchive`."""
        self._commits.add(samples)
        return self._commits.flushed() if wait else succeed(None)

    def read(
        self, series: int, first: int, last: int, bonus: int, limit: int
    ) -> Deferred[list[Sample]]:
        """Read samples; see :class:`oagw.interfaces.IArchive`."""
        return Deferred.fromCoroutine(self._read(series, first, last, bonus, limit))

    async def _read(
        self, series: int, first: int, last: int, bonus: int, limit: int
    ) -> list[Sample]:
        self._check_open()
        await self._commits.flushed()
        await self._turns.acquire()
        try:
            self._check_open()
            connection = self._readers.pop()
            try:
                return await self._read_in_thread(
                    lambda: _select(connection, series, first, last, bonus, limit)
                )
            finally:
                self._readers.append(connection)
        finally:
            self._turns.release()

    def _commit(self, batch: Sequence[tuple[int, Sample]]) -> None:
        with transaction(self._writer) as connection:
            [arrival] = connection.execute("SELECT next FROM arrival").fetchone()
            connection.executemany(_INSERT, _rows(batch, arrival))
            connection.execute("UPDATE arrival SET next = ?", (arrival + len(batch),))


def _select(
    connection: sqlite3.Connection,
    series: int,
    first: int,
    last: int,
    bonus: int,
    limit: int,
) -> list[Sample]:
    bonus = min(bonus, limit)
    # One transaction, so that the three parts fit together.
    connection.execute("BEGIN")
    try:
        rows = connection.execute(_BEFORE, (series, first, bonus)).fetchall()
        rows.reverse()
        rows += connection.execute(_WITHIN, (series, first, last, limit))
        rows += connection.execute(_AFTER, (series, last, bonus))
    finally:
        connection.execute("COMMIT")
    return _samples(rows[:limit])


def _rows(
    batch: Sequence[tuple[int, Sample]], arrival: int
) -> Iterator[tuple[int, int, int, int, int, bytes]]:
    for number, (series, sample) in enumerate(batch, start=arrival):
        status = sample.status
        if status >= _SIGN_BIT:
            status -= _WORD
        yield series, sample.stime, number, status, sample.user, _encode(sample.value)


def _samples(rows: Sequence[_Row]) -> list[Sample]:
    decode = msgspec.msgpack.Decoder().decode
    return [
        Sample(decode(value), stime, status % _WORD, user)
        for value, stime, status, user in rows
    ]
