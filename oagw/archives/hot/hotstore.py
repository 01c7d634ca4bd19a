"""The hot store: unsealed samples, durable in one row for each group commit."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import TypeAlias

import msgspec
import numpy as np

from oagw.archives.blocks.chunks import Chunk, Lists, chunk, merged
from oagw.archives.blocks.integers import compress, decompress
from oagw.archives.hot.grouping import Grouping
from oagw.archives.hot.roster import Roster
from oagw.model.dptypes import MAX_ELEMENTS
from oagw.model.samples import Sample
from oagw.storage.damage import StorageError, check_structure, explained, way_out
from oagw.storage.sqlite import connect_to_read, open_marked, read_transaction, transaction
from oagw.storage.storeidentity import HighestNumbers

_SCHEMA = "oagw.archives.hot.schema"
#: Samples that gather in lists before they become a chunk; and the upper limit of samples
#: in a chunk that is merged from smaller ones, which takes some milliseconds.
_YOUNG = 4096
_LARGE = 1 << 14
#: Batches that are deleted in one transaction; more would delay commits.
_DELETED_AT_ONCE = 100

#: The version of a batch, and a checksum of the compressed bytes that follow.
_HEAD = struct.Struct("<BI")
_COMPRESSED = 1

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(type=Lists).decode

#: Samples with their series.
Entries: TypeAlias = Sequence[tuple[int, Sample]]


class _Pile:
    """Chunks in order of arrival, each with the number of its last batch."""

    def __init__(self) -> None:
        self._items: list[tuple[int, Chunk]] = []

    def __len__(self) -> int:
        """The number of samples."""
        return sum(len(chunk) for _, chunk in self._items)

    @property
    def chunks(self) -> list[Chunk]:
        """The chunks."""
        return [chunk for _, chunk in self._items]

    def add(self, batch: int, new: Chunk) -> None:
        """Add a chunk; chunks of about the same size are merged, so that they stay few."""
        items = self._items
        items.append((batch, new))
        while len(items) > 1:
            (_, former), (_, latter) = items[-2:]
            size = len(former) + len(latter)
            if len(former) > 2 * len(latter) or size > _LARGE:
                return
            items[-2:] = [(batch, merged([former, latter]))]

    def add_all(self, other: _Pile) -> None:
        """Add chunks that arrived later."""
        for batch, one in other._items:
            self.add(batch, one)

    def take(self, most: int) -> tuple[list[Chunk], int]:
        """Remove and return the first chunks, with the number of their last batch.

        :param most: the number of samples; the last chunk may exceed it.
        """
        count = taken = last = 0
        while taken < len(self._items) and count < most:
            last, chunk = self._items[taken]
            count += len(chunk)
            taken += 1
        chunks = self.chunks[:taken]
        del self._items[:taken]
        return chunks, last


class HotStore:
    """Keeps batches on the disk and their samples in memory, until they are sealed.

    One thread commits and deletes; any thread may read.

    :ivar last: the number of the last batch.
    :ivar identity: a unique text that the numbers of batches and elements belong to.
    :param now: seconds since the epoch. Batches are numbered from this time (in µs) on, so
        that no number is used twice after the file was lost or restored from a backup.
    :raises StorageError: the file cannot be used.
    """

    def __init__(self, path: Path, now: float = 0) -> None:
        self.path = path
        self._connection = open_marked(path, _SCHEMA)
        with explained(path):
            check_structure(self._connection)
            self._begin(int(now * 1e6))

    def _begin(self, after: int) -> None:
        self._lock = Lock()
        self._young: Lists = ([], [], [], [], [])
        self._pile = _Pile()
        self._unsettled = _Pile()
        [last] = self._connection.execute("SELECT max(id) FROM batch").fetchone()
        self._unsettled_last: int = last or 0
        self._sealing: list[Chunk] = []
        self._sealing_last = 0
        self._begin_numbers(after)
        self.grouping = Grouping(self._connection)
        self.identity: str
        [self.identity] = self._connection.execute("SELECT id FROM identity").fetchone()
        self.roster = Roster(self._connection, self.identity)
        used = self._connection.execute("SELECT * FROM used").fetchone()
        self._used = HighestNumbers(*used)

    def _begin_numbers(self, after: int) -> None:
        with transaction(self._connection):
            sequence = "sqlite_sequence WHERE name = 'batch'"
            found = self._connection.execute(f"SELECT seq FROM {sequence}").fetchone()
            self.last = max(after, found[0] if found else 0)
            self._connection.execute(f"DELETE FROM {sequence}")
            self._connection.execute(
                "INSERT INTO sqlite_sequence VALUES ('batch', ?)", (self.last,)
            )

    def begin(self, token: str, used: HighestNumbers) -> None:
        """Write the token of a start.

        :param used: the highest numbers used so far. They count at the first start only:
            from then on the hot store itself notes the numbers of what is sealed.
        """
        [is_known] = self._connection.execute(
            "SELECT EXISTS (SELECT 1 FROM start)"
        ).fetchone()
        if not is_known:
            self.note_used(used)
        with transaction(self._connection) as connection:
            connection.execute("INSERT INTO start (token) VALUES (?)", (token,))

    def become(self, identity: str) -> None:
        """Replace a hot store that was lost, by taking its identity."""
        with transaction(self._connection) as connection:
            connection.execute("UPDATE identity SET id = ?", (identity,))
        self.identity = identity

    def adopt(self, used: HighestNumbers) -> None:
        """Make the next start adopt the partitions that it finds.

        :param used: the highest numbers of everything in the archive.
        """
        self.note_used(used)
        self._connection.execute("UPDATE identity SET adopting = 1")

    def numbers(self) -> HighestNumbers:
        """The highest numbers of all samples ever kept, sealed or not."""
        found = self._used
        for one in self.chunks():
            found = found.joined(used_by(one))
        return found

    def note_used(self, used: HighestNumbers) -> None:
        """Note the numbers of samples that are about to be sealed."""
        joined = self._used.joined(used)
        if joined != self._used:
            with transaction(self._connection) as connection:
                connection.execute(
                    "UPDATE used SET datapoint = ?, element = ?, user = ?",
                    (joined.datapoint, joined.element, joined.user),
                )
            self._used = joined

    def load(self) -> None:
        """Read the batches on the disk while the store is unavailable.

        Some of them may be sealed already; :meth:`settle` leaves these out later.

        :raises StorageError: a batch is damaged.
        """
        for number, found in self._batches(self._unsettled_last):
            self._unsettled.add(number, found)

    def settle(self, is_sealed: Callable[[int, Chunk], Sequence[bool] | None]) -> None:
        """Leave out samples that are sealed, now that the store is available.

        These may be samples that were on the disk at the start, or that were being sealed
        when the store became unavailable. Called in the thread that commits.

        :param is_sealed: which samples are sealed, given a batch's number and samples;
            ``None`` stands for none of them.
        :raises StorageError: a batch is damaged.
        """
        sealing_last, sealing, pile = self._sealing_last, self._sealing, _Pile()
        batches = self._batches(self._unsettled_last)
        if self._unsettled_last:
            # Samples that were being sealed when the process ended are sealed separately.
            sealing_last = self.grouping.decided
        else:
            batches = iter([(sealing_last, one) for one in sealing])
        sealing = []
        for number, batch in batches:
            sealed = is_sealed(number, batch)
            found = batch
            if sealed is not None:
                found = batch.part(np.flatnonzero(~np.asarray(sealed)))
            if len(found) and number <= sealing_last:
                sealing.append(found)
            elif len(found):
                pile.add(number, found)
        with self._lock:
            pile.add_all(self._pile)
            self._pile, self._unsettled, self._unsettled_last = pile, _Pile(), 0
            self._sealing, self._sealing_last = sealing, sealing_last

    def _batches(self, last: int) -> Iterator[tuple[int, Chunk]]:
        rows = self._connection.execute(
            "SELECT id, samples FROM batch WHERE id <= ? ORDER BY id", (last,)
        )
        for number, data in rows:
            try:
                yield number, decode_batch(data)
            except ValueError as error:
                place = f"{self.path}, batch {number}: {error}"
                raise StorageError(f"{place}; {way_out(self.path)}") from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def commit(self, entries: Entries) -> None:
        """Make samples durable and visible to readers."""
        samples = [sample for _, sample in entries]
        lists: Lists = (
            [series for series, _ in entries],
            [one.stime for one in samples],
            [one.value for one in samples],
            [one.status for one in samples],
            [one.user for one in samples],
        )
        # A single statement is a transaction, and takes the interpreter's lock only once.
        cursor = self._connection.execute(
            "INSERT INTO batch (samples) VALUES (?)", (encode_batch(lists),)
        )
        assert cursor.lastrowid is not None
        with self._lock:
            self.last = cursor.lastrowid
            _extend(self._young, lists)
            if len(self._young[0]) >= _YOUNG:
                self._freeze()

    def _freeze(self) -> None:
        if self._young[0]:
            young, self._young = self._young, ([], [], [], [], [])
            self._pile.add(self.last, chunk(young))

    @property
    def is_sealing(self) -> bool:
        """Whether sealing has begun and not ended."""
        return bool(self._sealing)

    @property
    def all_count(self) -> int:
        """The number of all samples here."""
        return self.count + sum(map(len, self._sealing))

    @property
    def count(self) -> int:
        """The number of samples that are not being sealed."""
        return len(self._unsettled) + len(self._pile) + len(self._young[0])

    def chunks(self) -> list[Chunk]:
        """All samples, in order of arrival."""
        with self._lock:
            self._freeze()
            return self._sealing + self._unsettled.chunks + self._pile.chunks

    def begin_sealing(self, most: int) -> tuple[list[Chunk], int]:
        """The samples to seal, and the number of their last batch.

        The same samples are returned until :meth:`sealed` is called: after a failure, some
        of them are sealed already.

        :param most: the number of samples; the last chunk may exceed it.
        """
        with self._lock:
            if not self._sealing:
                self._freeze()
                self._sealing, self._sealing_last = self._pile.take(most)
            return list(self._sealing), self._sealing_last

    def sealed(self) -> None:
        """Forget the samples that were being sealed: the partitions have them now."""
        with self._lock:
            self._sealing = []

    def delete(self, last: int) -> bool:
        """Delete some batches up to this one from the disk; return whether any are left."""
        with transaction(self._connection):
            [first] = self._connection.execute("SELECT min(id) FROM batch").fetchone()
            if first is None or first > last:
                return False
            until = min(int(first) + _DELETED_AT_ONCE, last)
            self._connection.execute("DELETE FROM batch WHERE id <= ?", (until,))
        return until < last


def used_by(samples: Chunk) -> HighestNumbers:
    """The highest numbers of at least one sample."""
    users = HighestNumbers(user=int(samples.user.max()))
    return numbers_of(samples.numbers.tolist()).joined(users)


def numbers_of(series: Collection[int]) -> HighestNumbers:
    """The highest numbers that at least one series is made of."""
    return HighestNumbers(
        max(series) // MAX_ELEMENTS, max(number % MAX_ELEMENTS for number in series)
    )


def adopt_next(path: Path) -> None:
    """Make the next start adopt the partitions that it finds."""
    # Opening it upgrades a file of an earlier version.
    with closing(open_marked(path, _SCHEMA)) as connection:
        connection.execute("UPDATE identity SET adopting = 1")


def identity_of(path: Path) -> str:
    """The identity of a hot store, which another process may use."""
    with read_transaction(connect_to_read(path)) as connection:
        found: str
        [found] = connection.execute("SELECT id FROM identity").fetchone()
    return found


def encode_batch(lists: Lists) -> bytes:
    """A batch as it is on the disk.

    Compressing takes longer than writing the bytes once, but they are written three times:
    to the log, to the file, and as free pages when the batch is deleted.
    """
    data = compress(_encode(lists))
    return _HEAD.pack(_COMPRESSED, zlib.crc32(data)) + data


def decode_batch(data: bytes) -> Chunk:
    """The samples of a batch on the disk, by series and time.

    :raises ValueError: it is damaged.
    """
    return chunk(decode_lists(data))


def decode_lists(data: bytes) -> Lists:
    """The samples of a batch on the disk, in order of arrival.

    :raises ValueError: it is damaged.
    """
    try:
        lists: Lists = _decode(_plain(data))
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error
    return lists


def _plain(data: bytes) -> bytes:
    # Before version 4 of the schema a batch was plain msgpack, with another first byte.
    if data[:1] != bytes([_COMPRESSED]):
        return data
    if len(data) < _HEAD.size:
        raise ValueError("the batch ends too soon")
    packed = data[_HEAD.size :]
    if _HEAD.unpack_from(data)[1] != zlib.crc32(packed):
        raise ValueError("the batch is damaged: its checksum does not match")
    return decompress(packed)


def _extend(young: Lists, more: Lists) -> None:
    for column, new in zip(young, more, strict=True):
        column += new  # type: ignore[operator]
