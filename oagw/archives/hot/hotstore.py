"""The hot store: what has arrived lately, durable in a row for each group commit."""

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
from oagw.storage.storepair import HighestNumbers

_SCHEMA = "oagw.archives.hot.schema"
#: So many samples wait in lists before they become a chunk; and chunks of about one size
#: become one until they have so many, which takes some milliseconds.
_YOUNG = 4096
_LARGE = 1 << 14
#: Batches that are deleted in one transaction, so that no commit waits for long.
_DELETED_AT_ONCE = 100

#: The version of what is written, and a checksum of the compressed bytes that follow.
_HEAD = struct.Struct("<BI")
_COMPRESSED = 1

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(type=Lists).decode

#: Samples with the series that they are of.
Entries: TypeAlias = Sequence[tuple[int, Sample]]


class _Pile:
    """Chunks in the order of arrival, each with the number of its last batch."""

    def __init__(self) -> None:
        self._items: list[tuple[int, Chunk]] = []

    def __len__(self) -> int:
        """How many samples there are."""
        return sum(len(chunk) for _, chunk in self._items)

    @property
    def chunks(self) -> list[Chunk]:
        """The chunks."""
        return [chunk for _, chunk in self._items]

    def add(self, batch: int, new: Chunk) -> None:
        """Add a chunk; chunks of about one size become one, so that there are few."""
        items = self._items
        items.append((batch, new))
        while len(items) > 1:
            (_, former), (_, latter) = items[-2:]
            size = len(former) + len(latter)
            if len(former) > 2 * len(latter) or size > _LARGE:
                return
            items[-2:] = [(batch, merged([former, latter]))]

    def add_all(self, other: _Pile) -> None:
        """Add what has arrived later."""
        for batch, one in other._items:
            self.add(batch, one)

    def take(self, most: int) -> tuple[list[Chunk], int]:
        """Take out the first chunks, not many more samples; gives their last batch too."""
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

    One thread commits and forgets; any thread may look.

    :ivar last: the number of the last batch.
    :ivar identity: to what the numbers of batches and of elements belong.
    :param now: seconds since the epoch. Numbers of batches begin at it, in µs: so none is
        given again that a file had given which was lost, or put back from a backup.
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
        """Keep the token of a start.

        :param used: the highest numbers used before it. They count at the first start only:
            after it there is nothing that was sealed unseen.
        """
        [is_known] = self._connection.execute(
            "SELECT EXISTS (SELECT 1 FROM start)"
        ).fetchone()
        if not is_known:
            self.note_used(used)
        with transaction(self._connection) as connection:
            connection.execute("INSERT INTO start (token) VALUES (?)", (token,))

    def become(self, identity: str) -> None:
        """Take the place of a hot store that was lost."""
        with transaction(self._connection) as connection:
            connection.execute("UPDATE identity SET id = ?", (identity,))
        self.identity = identity

    def adopt(self, used: HighestNumbers) -> None:
        """Have the next start take the partitions for its own that are there then.

        :param used: the highest numbers of all that is there.
        """
        self.note_used(used)
        self._connection.execute("UPDATE identity SET adopting = 1")

    def numbers(self) -> HighestNumbers:
        """The highest numbers of what there was ever, sealed or not."""
        found = self._used
        for one in self.chunks():
            found = found.joined(used_by(one))
        return found

    def note_used(self, used: HighestNumbers) -> None:
        """Numbers are used by what is about to be sealed."""
        joined = self._used.joined(used)
        if joined != self._used:
            with transaction(self._connection) as connection:
                connection.execute(
                    "UPDATE used SET datapoint = ?, element = ?, user = ?",
                    (joined.datapoint, joined.element, joined.user),
                )
            self._used = joined

    def load(self) -> None:
        """Read what is on the disk while it is not known what of it is sealed already."""
        for number, found in self._batches(self._unsettled_last):
            self._unsettled.add(number, found)

    def settle(self, is_sealed: Callable[[int, Chunk], Sequence[bool] | None]) -> None:
        """Leave out what is sealed, now that this is known.

        Of what was on the disk at the start, and of what was being sealed when the store
        went away. In the thread that commits.

        :param is_sealed: of a batch's number and samples, which of them are sealed
            already; ``None`` is none of them.
        """
        sealing_last, sealing, pile = self._sealing_last, self._sealing, _Pile()
        batches = self._batches(self._unsettled_last)
        if self._unsettled_last:
            # What was being sealed when the process ended is sealed by itself.
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
        """Make samples durable, and have them found."""
        samples = [sample for _, sample in entries]
        lists: Lists = (
            [series for series, _ in entries],
            [one.stime for one in samples],
            [one.value for one in samples],
            [one.status for one in samples],
            [one.user for one in samples],
        )
        # One statement is a transaction by itself, and asks for the interpreter once.
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
        """Whether samples that were to be sealed are not yet."""
        return bool(self._sealing)

    @property
    def all_count(self) -> int:
        """All samples that are found here."""
        return self.count + sum(map(len, self._sealing))

    @property
    def count(self) -> int:
        """Samples that are not being sealed."""
        return len(self._unsettled) + len(self._pile) + len(self._young[0])

    def chunks(self) -> list[Chunk]:
        """All samples, in the order of their arrival."""
        with self._lock:
            self._freeze()
            return self._sealing + self._unsettled.chunks + self._pile.chunks

    def begin_sealing(self, most: int) -> tuple[list[Chunk], int]:
        """Samples to be sealed, and the last batch that they are of.

        They are the same until :meth:`sealed`, for a part of them may be sealed already.

        :param most: not many more than this.
        """
        with self._lock:
            if not self._sealing:
                self._freeze()
                self._sealing, self._sealing_last = self._pile.take(most)
            return list(self._sealing), self._sealing_last

    def sealed(self) -> None:
        """What was being sealed is found elsewhere now."""
        with self._lock:
            self._sealing = []

    def delete(self, last: int) -> bool:
        """Delete some batches up to this one from the disk; whether there are more."""
        with transaction(self._connection):
            [first] = self._connection.execute("SELECT min(id) FROM batch").fetchone()
            if first is None or first > last:
                return False
            until = min(int(first) + _DELETED_AT_ONCE, last)
            self._connection.execute("DELETE FROM batch WHERE id <= ?", (until,))
        return until < last


def used_by(samples: Chunk) -> HighestNumbers:
    """The highest numbers that samples have, of which there is at least one."""
    users = HighestNumbers(user=int(samples.user.max()))
    return numbers_of(samples.numbers.tolist()).joined(users)


def numbers_of(series: Collection[int]) -> HighestNumbers:
    """The highest numbers that series are made of, of which there is at least one."""
    return HighestNumbers(
        max(series) // MAX_ELEMENTS, max(number % MAX_ELEMENTS for number in series)
    )


def adopt_next(path: Path) -> None:
    """Have the next start take the partitions for its own that are there then."""
    # It may be of an earlier version, and is upgraded here.
    with closing(open_marked(path, _SCHEMA)) as connection:
        connection.execute("UPDATE identity SET adopting = 1")


def identity_of(path: Path) -> str:
    """The identity of a hot store that another process may use."""
    with read_transaction(connect_to_read(path)) as connection:
        found: str
        [found] = connection.execute("SELECT id FROM identity").fetchone()
    return found


def encode_batch(lists: Lists) -> bytes:
    """A batch as it is on the disk.

    Compressed, though that takes longer than to write as many bytes: the disk is written to
    three times (the log, the file, and what is free when it is deleted).
    """
    data = compress(_encode(lists))
    return _HEAD.pack(_COMPRESSED, zlib.crc32(data)) + data


def decode_batch(data: bytes) -> Chunk:
    """The samples of a batch on the disk.

    :raises ValueError: it is damaged.
    """
    return chunk(decode_lists(data))


def decode_lists(data: bytes) -> Lists:
    """The same in the order of their arrival.

    :raises ValueError: it is damaged.
    """
    try:
        lists: Lists = _decode(_plain(data))
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error
    return lists


def _plain(data: bytes) -> bytes:
    # Before version 4 of the schema it was msgpack alone, which begins with another byte.
    if data[:1] != bytes([_COMPRESSED]):
        return data
    if len(data) < _HEAD.size:
        raise ValueError("the batch ends too soon")
    packed = data[_HEAD.size :]
    if _HEAD.unpack_from(data)[1] != zlib.crc32(packed):
        raise ValueError("the batch is damaged: its checksum is another")
    return decompress(packed)


def _extend(young: Lists, more: Lists) -> None:
    for column, new in zip(young, more, strict=True):
        column += new  # type: ignore[operator]
