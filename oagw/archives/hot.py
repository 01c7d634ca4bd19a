"""The hot store: what has arrived lately, durable in a row for each group commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import TypeAlias

import msgspec
import numpy as np

from oagw.archives.chunks import Chunk, Lists, chunk, merged
from oagw.archives.grouping import Grouping
from oagw.model.samples import Sample
from oagw.storage.sqlite import open_database, transaction

_SCHEMA = "oagw.archives.schema.hot"
#: So many samples wait in lists before they become a chunk; and chunks of about one size
#: become one until they have so many.
_YOUNG = 4096
_LARGE = 1 << 16
#: Batches that are deleted in one transaction, so that no commit waits for long.
_DELETED_AT_ONCE = 500

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(type=Lists).decode

#: Samples with the series that they are of.
Entries: TypeAlias = Sequence[tuple[int, Sample]]


class HotStore:
    """Keeps batches on the disk and their samples in memory, until they are sealed.

    One thread commits and forgets; any thread may look.

    :raises StorageError: the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._connection = open_database(path, _SCHEMA)
        self._lock = Lock()
        self._young: Lists = ([], [], [], [], [])
        self._chunks: list[Chunk] = []
        self._sealing: list[Chunk] = []
        self._sealing_last = 0
        self._last = 0
        self.grouping = Grouping(self._connection)

    def load(self, is_sealed: Callable[[int, Chunk], Sequence[bool] | None]) -> None:
        """Read what is on the disk.

        :param is_sealed: of a batch's number and samples, which of them are sealed
            already; ``None`` is none of them.
        """
        # What was being sealed when the process ended is sealed by itself.
        self._sealing_last = self.grouping.decided
        rows = self._connection.execute("SELECT id, samples FROM batch ORDER BY id")
        for number, data in rows:
            found = decode_batch(data)
            sealed = is_sealed(number, found)
            if sealed is not None:
                found = found.part(np.flatnonzero(~np.asarray(sealed)))
            if len(found) and number <= self._sealing_last:
                self._sealing.append(found)
            elif len(found):
                self._add(found)
            self._last = number

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
        with transaction(self._connection):
            cursor = self._connection.execute(
                "INSERT INTO batch (samples) VALUES (?)", (_encode(lists),)
            )
        assert cursor.lastrowid is not None
        with self._lock:
            self._last = cursor.lastrowid
            _extend(self._young, lists)
            if len(self._young[0]) >= _YOUNG:
                self._freeze()

    def _freeze(self) -> None:
        if self._young[0]:
            young, self._young = self._young, ([], [], [], [], [])
            self._add(chunk(young))

    def _add(self, new: Chunk) -> None:
        """Add a chunk; chunks of about one size become one, so that there are few."""
        chunks = self._chunks
        chunks.append(new)
        while len(chunks) > 1:
            size = len(chunks[-1]) + len(chunks[-2])
            if len(chunks[-2]) > 2 * len(chunks[-1]) or size > _LARGE:
                return
            chunks[-2:] = [merged(chunks[-2:])]

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
        return sum(map(len, self._chunks)) + len(self._young[0])

    def chunks(self) -> list[Chunk]:
        """All samples, in the order of their arrival."""
        with self._lock:
            self._freeze()
            return self._sealing + self._chunks

    def begin_sealing(self) -> tuple[list[Chunk], int]:
        """The samples to be sealed, and the last batch that they are of.

        They are the same until :meth:`sealed`, for a part of them may be sealed already.
        """
        with self._lock:
            if not self._sealing:
                self._freeze()
                self._sealing, self._chunks = self._chunks, []
                self._sealing_last = self._last
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
        lists: Lists = _decode(data)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error
    return lists


def _extend(young: Lists, more: Lists) -> None:
    for column, new in zip(young, more, strict=True):
        column += new  # type: ignore[operator]
