"""A partition in a file: the sealed samples of one month and archive group, in blocks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson

from oagw.archives.blocks.blockcodec import Block, encode, summary
from oagw.archives.blocks.chunks import Chunk
from oagw.archives.sealed.blockpartition import BlockPartition
from oagw.archives.sealed.partitions import Content, Run, StoredBlock
from oagw.errors import DataManagerError
from oagw.model.columns import Kind
from oagw.storage.connections import Connections
from oagw.storage.damage import StorageError, explained
from oagw.storage.sqlite import open_database, transaction

_SCHEMA = "oagw.archives.files.schema"
_PLACES = (
    "SELECT id, first_series, last_series, first, last, samples FROM block "
    "WHERE run = ? AND kind = ? AND last_series >= ? ORDER BY last_series, place"
)
_ANY = "SELECT EXISTS (SELECT 1 FROM block WHERE run = ? AND first <= ? AND last >= ?)"
_SUMMARIES = (
    "SELECT block, data FROM summary WHERE block IN (SELECT value FROM json_each(?))"
)
_DATA = "SELECT id, data FROM block WHERE id IN (SELECT value FROM json_each(?))"
_SEALED = "SELECT batch, owner FROM sealed"
_INSERT = (
    "INSERT INTO block (run, kind, place, first_series, last_series, first, last, samples, "
    "data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class FilePartition(BlockPartition):
    """The file of a partition; see :class:`BlockPartition`.

    :param start: the first time (ns) of its month; ``end`` is that of the next one.
    :param identity: of the hot store that fills a new partition.
    :raises StorageError: the file cannot be used.
    """

    def __init__(
        self,
        path: Path,
        start: int,
        end: int,
        connections: Connections,
        identity: str = "",
    ) -> None:
        super().__init__(start, end)
        self.path = path
        self._connections = connections
        connections.give(path, open_database(path, _SCHEMA))
        try:
            with self.reading() as connection:
                self.sealed, owner = connection.execute(_SEALED).fetchone()
            self.runs = self._stored_runs()
            self.replaced = self._stored_runs(replaced=True)
        except DataManagerError as error:
            raise StorageError(error.message) from error
        # A partition without samples belongs to the archive that created it.
        self.owner = owner or ("" if self.runs else identity)

    def _stored_runs(self, replaced: bool = False) -> tuple[Run, ...]:
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT id, position, samples FROM run WHERE replaced = ? "
                "ORDER BY position",
                (replaced,),
            ).fetchall()
        return tuple(Run(*row) for row in rows)

    def last_run(self) -> Run:
        """The run that was sealed last."""
        return self._stored_runs()[-1]

    def close(self) -> None:
        """Close the file; nothing may read it any longer."""
        self._connections.close(self.path)

    @property
    def name(self) -> str:
        """Its name in the log: the path."""
        return str(self.path)

    @property
    def size(self) -> int:
        """Bytes on the disk, the write-ahead log included."""
        return sum(path.stat().st_size for path in self._files() if path.exists())

    def remove(self) -> None:
        """Close and remove the file; nothing may read it any longer."""
        self.close()
        for path in self._files():
            path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        ends = ("", "-wal", "-shm")
        return [self.path.with_name(f"{self.path.name}{end}") for end in ends]

    def seal(self, samples: Chunk, batch: int) -> Run:
        """Write the samples as the last run.

        :param batch: the last batch of the hot store that the samples belong to.
        """
        position = self.runs[-1].position + 1 if self.runs else 0
        with self._writing() as connection:
            run = _write(connection, samples.blocks(), position)
            connection.execute(
                "UPDATE sealed SET batch = ?, owner = ?", (batch, self.owner)
            )
        self.sealed = batch
        return run

    def adopt(self, owner: str) -> None:
        """Make it belong to a hot store, given by its identity."""
        with self._writing() as connection:
            connection.execute("UPDATE sealed SET owner = ?", (owner,))
        self.owner = owner

    def replace(self, replaced: Sequence[Run], contents: Iterable[Content]) -> Run:
        """Write one run that replaces several; those stay readable until removed."""
        with self._writing() as connection:
            run = _write(connection, contents, replaced[0].position)
            connection.executemany(
                "UPDATE run SET replaced = 1 WHERE id = ?", [(one.id,) for one in replaced]
            )
        return run

    def remove_replaced(self, runs: Sequence[Run]) -> None:
        """Remove replaced runs that nothing reads any longer."""
        numbers = [(run.id,) for run in runs]
        with self._writing() as connection:
            connection.executemany(
                "DELETE FROM summary WHERE block IN (SELECT id FROM block WHERE run = ?)",
                numbers,
            )
            connection.executemany("DELETE FROM block WHERE run = ?", numbers)
            connection.executemany("DELETE FROM run WHERE id = ? AND replaced", numbers)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction."""
        with self.reading() as connection, transaction(connection):
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for the calling thread.

        :raises DataManagerError: the file cannot be read or written.
        """
        connections = self._connections
        with explained(self.path, DataManagerError), connections.of(self.path) as one:
            yield one

    def places(
        self, run: Run, series: int, first: int, last: int
    ) -> list[list[StoredBlock]]:
        """See :meth:`BlockPartition.places`."""
        all_found = []
        with self.reading() as connection:
            for kind in Kind:
                found: list[StoredBlock] = []
                places = connection.execute(_PLACES, (run.id, kind, series))
                for number, low, high, begin, end, samples in places:
                    if low > series:
                        break
                    if begin <= last and end >= first:
                        shared = low != high
                        found.append(
                            StoredBlock(
                                self, number, kind, series, begin, end, samples, shared
                            )
                        )
                places.close()
                if found:
                    all_found.append(found)
        return all_found

    def has_any(self, run: Run, first: int, last: int) -> bool:
        """Whether a run may have samples of any series in a period."""
        with self.reading() as connection:
            [found] = connection.execute(_ANY, (run.id, last, first)).fetchone()
        return bool(found)

    def all_places(self, run: Run, kind: Kind) -> Iterator[StoredBlock]:
        """All blocks of a kind; of a shared one the series is its first."""
        with self.reading() as connection:
            places = connection.execute(_PLACES, (run.id, kind, -1)).fetchall()
        for number, low, high, begin, end, samples in places:
            yield StoredBlock(self, number, kind, low, begin, end, samples, low != high)

    def stored_summaries(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """The summaries of those of some blocks that have one, as they are stored."""
        with self.reading() as connection:
            return dict(connection.execute(_SUMMARIES, (orjson.dumps(numbers),)))

    def data(self, numbers: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """The bytes of some blocks, with their numbers."""
        with self.reading() as connection:
            yield from connection.execute(_DATA, (orjson.dumps(numbers),))


def _write(
    connection: sqlite3.Connection, contents: Iterable[Content], position: int
) -> Run:
    cursor = connection.execute(
        "INSERT INTO run (position, samples) VALUES (?, 0)", (position,)
    )
    number = cursor.lastrowid
    assert number is not None
    samples = 0
    for place, content in enumerate(contents):
        if isinstance(content, StoredBlock):
            _copy(connection, content, number, place)
            samples += content.samples
        else:
            _insert(connection, content, number, place)
            samples += len(content.columns)
    connection.execute("UPDATE run SET samples = ? WHERE id = ?", (samples, number))
    return Run(number, position, samples)


def _copy(
    connection: sqlite3.Connection, stored: StoredBlock, run: int, place: int
) -> None:
    """Copy a block unchanged; the run that has it is still read."""
    cursor = connection.execute(
        "INSERT INTO block (run, kind, place, first_series, last_series, first, last, "
        "samples, data) SELECT ?, kind, ?, first_series, last_series, first, last, "
        "samples, data FROM block WHERE id = ?",
        (run, place, stored.id),
    )
    connection.execute(
        "INSERT INTO summary SELECT ?, data FROM summary WHERE block = ?",
        (cursor.lastrowid, stored.id),
    )


def _insert(connection: sqlite3.Connection, block: Block, run: int, place: int) -> None:
    columns = block.columns
    alone = len(block.series) == 1
    row = (
        run,
        columns.kind,
        place,
        int(block.series[0]),
        int(block.series[-1]),
        int(columns.stime[0] if alone else columns.stime.min()),
        int(columns.stime[-1] if alone else columns.stime.max()),
        len(columns),
        encode(block),
    )
    number = connection.execute(_INSERT, row).lastrowid
    found = summary(columns) if alone else None
    if found is not None:
        connection.execute("INSERT INTO summary VALUES (?, ?)", (number, found))
