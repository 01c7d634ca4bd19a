"""Checking the write-ahead log beside a SQLite file: is it complete, and the file's own?

SQLite treats a log that is cut off, damaged or missing like one whose last transaction was
not finished, and the log of another file like the file's own. Acknowledged changes would be
lost silently. Three facts reveal it:

- The index (``-shm``) has the number of committed frames. It is written after they are on
  the disk, so the log has at least as many, wherever the process or the machine ended.
- A transaction is written after the previous one is on the disk. So in and behind a damaged
  frame there may be the end of one transaction, but not of two.
- An open file has a mark: the number that the first *salt* of its logs counts from. In the
  log the page has another mark, which the file gets when SQLite copies the log to it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt

from oagw.storage.damage import StorageError, way_out

#: The head of a log: a number for the byte order of checksums, the size of a page, the
#: salts, and the checksum of all this.
_HEADER = struct.Struct(">I4xI4x8sII")
_BIG, _LITTLE = 0x377F0683, 0x377F0682
#: The head of a frame: page number, pages of the file (0 within a transaction), salts,
#: checksum.
_FRAME = struct.Struct(">II8sII")
#: The head of an index: version, whether it is in use, committed frames, salts.
_INDEX = struct.Struct("=I8xBxxxI12x8s8x")
_INDEX_VERSION = 3007000
#: Where the index has the number of frames that are copied to the file.
_BACKFILLED = struct.Struct("=96xI")
#: Where a file has its mark (its application id).
_MARK = struct.Struct(">68xI")
_SIGNED, _UNSIGNED = struct.Struct(">i"), struct.Struct(">I")
#: Upper limit of how often a log starts again while the file is open.
_FAR = 1 << 20
#: The bit of a mark that says that the log was copied to the file.
_UP_TO_DATE = 1
#: Frames that are read together.
_AT_ONCE = 256
_MASK = 0xFFFFFFFF
_Sums: TypeAlias = tuple[int, int]
_Matrix: TypeAlias = tuple[_Sums, _Sums]


@dataclass(frozen=True, slots=True)
class _Index:
    """The index of a log: salts, and numbers of committed and copied frames."""

    salts: bytes
    committed: int
    backfilled: int


@dataclass(frozen=True, slots=True)
class _Log:
    """The state of a log.

    :ivar committed: the number of intact frames of finished transactions.
    :ivar size: the bytes up to the end of these.
    :ivar mark: the mark in the last of these frames for the first page; if there is none,
        :data:`_UP_TO_DATE`.
    :ivar is_cut_off: whether acknowledged frames follow the damage.
    """

    salts: bytes
    committed: int
    size: int
    mark: int
    is_cut_off: bool


def check_log(path: Path) -> None:
    """Check that opening a database would not lose acknowledged changes.

    :param path: of the database; it need not exist.
    :raises StorageError: changes would be lost.
    """
    if fault := log_fault(path):
        raise StorageError(f"{fault}; {way_out(path)}")


def log_fault(path: Path) -> str:
    """What would be lost by opening a file, as text; empty if nothing."""
    return _examine(path)[0]


def mend_log(path: Path, kept: Path) -> str:
    """Cut a log to the part that belongs to its file and is intact.

    Returns what is lost, or an empty text if nothing is wrong.

    :param kept: the directory that receives the log as it was; created if needed.
    """
    fault, size = _examine(path)
    if not fault:
        return ""
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    log, index = _log_of(path), _index_of(path)
    if log.exists():
        shutil.copy2(log, kept)
    if index.exists():
        index.rename(kept / index.name)
    mark = _read_mark(path)
    if mark:
        with open(path, "r+b", buffering=0) as file:
            _write_mark(file, mark | _UP_TO_DATE)
    if log.exists():
        os.truncate(log, size)
    return f"{fault}; the former log is in {kept}"


def mark_log(connection: sqlite3.Connection, path: Path) -> BinaryIO:
    """Mark an open file with its log, before anything else is written.

    Returns the file, which must be closed after the connection: closing a file releases all
    locks of the process on it.

    :param connection: the only one that writes.
    """
    # A log has salts only after a write. A file without a mark is not checked.
    _set_mark(connection, 0)
    with open(_log_of(path), "rb") as log:
        first = _first(_HEADER.unpack(log.read(_HEADER.size))[2])
    # Not through SQLite, which reads the page from the log. There it has the other mark,
    # which the file gets when SQLite copies the log.
    file = open(path, "r+b", buffering=0)  # noqa: SIM115 - kept open
    _write_mark(file, first & ~_UP_TO_DATE)
    os.fsync(file.fileno())
    _set_mark(connection, first | _UP_TO_DATE)
    return file


def mark_copy(connection: sqlite3.Connection) -> None:
    """Mark a copy of a file so that it needs no log, and no log is its own."""
    _set_mark(connection, secrets.randbits(32) | _UP_TO_DATE)


def _set_mark(connection: sqlite3.Connection, mark: int) -> None:
    [signed] = _SIGNED.unpack(_UNSIGNED.pack(mark))
    connection.execute(f"PRAGMA application_id = {signed}")


def _examine(path: Path) -> tuple[str, int]:
    """The fault of a log, as text, and the number of bytes that can be used."""
    log_path = _log_of(path)
    index, log, mark = _read_index(path), _read_log(log_path), _read_mark(path)
    if index != _read_index(path):
        # A process is writing, and has checked the log.
        return "", 0
    fault = f"{log_path} is damaged, missing or of another time"
    lost = f"{fault}, and what was written to {path} last is lost"
    if log is None or not log.committed:
        needs_log = mark and not mark & _UP_TO_DATE
        is_cut = log is not None and log.is_cut_off
        is_behind = index is not None and index.committed > index.backfilled
        return (lost if needs_log or is_cut or is_behind else ""), 0
    is_marked = mark and log.mark & _UP_TO_DATE
    if is_marked and _distance(mark & ~_UP_TO_DATE, log.salts) >= _FAR:
        return f"{log_path} does not belong to {path}", 0
    if log.is_cut_off:
        return lost, log.size
    if index is None or index.committed <= index.backfilled:
        return "", 0
    if index.salts == log.salts:
        return (lost if index.committed > log.committed else ""), log.size
    # The index need not be on the disk when the machine stops; then it is older.
    return (lost if _distance(_first(index.salts), log.salts) >= _FAR else ""), log.size


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _index_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-shm")


def _first(salts: bytes) -> int:
    return int(_UNSIGNED.unpack(salts[: _UNSIGNED.size])[0])


def _distance(first: int, salts: bytes) -> int:
    return (_first(salts) - first) & _MASK


def _read(path: Path, size: int = -1) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(size)
    except FileNotFoundError:
        return b""


def _read_mark(path: Path) -> int:
    """The mark of a file; 0 if it has none."""
    data = _read(path, _MARK.size)
    return int(_MARK.unpack(data)[0]) if len(data) == _MARK.size else 0


def _write_mark(file: BinaryIO, mark: int) -> None:
    file.seek(_MARK.size - _UNSIGNED.size)
    file.write(_UNSIGNED.pack(mark))


def _read_index(path: Path) -> _Index | None:
    """``None`` if there is none that can be relied upon."""
    data = _read(_index_of(path), _BACKFILLED.size)
    if len(data) < _BACKFILLED.size:
        return None
    size = _INDEX.size
    version, is_used, committed, salts = _INDEX.unpack_from(data)
    if version != _INDEX_VERSION or not is_used or data[:size] != data[size : 2 * size]:
        return None
    return _Index(salts, committed, _BACKFILLED.unpack(data)[0])


def _read_log(path: Path) -> _Log | None:
    """``None`` if there is none, or nothing that SQLite would take for one."""
    try:
        with open(path, "rb") as file:
            return _scanned(file)
    except FileNotFoundError:
        return None


def _scanned(file: BinaryIO) -> _Log | None:
    head = file.read(_HEADER.size)
    if len(head) < _HEADER.size:
        return None
    magic, page, salts, *check = _HEADER.unpack(head)
    if magic not in (_BIG, _LITTLE) or not 512 <= page <= 1 << 16 or page & (page - 1):
        return None
    words = np.dtype(">u4" if magic == _BIG else "<u4")
    first = np.frombuffer(head, words, 6)[None]
    if _sums(first).tolist() != [check]:
        return None
    scan = _FrameScan(salts, words, page, (check[0], check[1]))
    while data := file.read(scan.frame * _AT_ONCE):
        scan.add(data)
    size = _HEADER.size + scan.committed * scan.frame
    # Two ends: another transaction follows the damaged one.
    return _Log(salts, scan.committed, size, scan.mark, scan.ends_behind > 1)


class _FrameScan:
    """Checks the frames of a log in order.

    :param words: the byte order of checksums.
    :param page: the size of a page.
    :param check: the checksum of the head.
    :ivar frame: the size of a frame.
    :ivar committed: the number of intact frames of finished transactions.
    :ivar mark: see :class:`_Log`.
    :ivar ends_behind: the number of ends of transactions of this log in or behind a damaged
        frame.
    """

    def __init__(
        self, salts: bytes, words: np.dtype[np.uint32], page: int, check: _Sums
    ) -> None:
        self._salts = salts
        self._words = words
        self._check = check
        self._whole = 0
        self._is_whole = True
        self._mark = self.mark = _UP_TO_DATE
        self._power = _power((8 + page) // 8)
        self.frame = _FRAME.size + page
        self.committed = 0
        self.ends_behind = 0

    def add(self, data: bytes) -> None:
        """Check the next frames; an incomplete one at the end is ignored."""
        count = len(data) // self.frame
        sums: list[list[int]] = [[0, 0]] * count
        if self._is_whole and count:
            frames = np.frombuffer(data, np.uint8, count * self.frame).reshape(count, -1)
            summed = np.concatenate([frames[:, :8], frames[:, _FRAME.size :]], axis=1)
            sums = _sums(summed.view(self._words)).tolist()
        for at, (added, other) in enumerate(sums):
            found = _FRAME.unpack_from(data, at * self.frame)
            self._add(found, (added, other))
            if self._is_whole and found[0] == 1:
                [self._mark] = _MARK.unpack_from(data, at * self.frame + _FRAME.size)
            if self._is_whole and found[1]:
                self.committed, self.mark = self._whole, self._mark

    def _add(self, frame: tuple[int, int, bytes, int, int], sums: _Sums) -> None:
        page, ends, salts, *check = frame
        is_ours = salts == self._salts and page > 0
        if self._is_whole:
            (a, b), (c, d) = self._power
            one, other = self._check
            self._check = (
                (a * one + b * other + sums[0]) & _MASK,
                (c * one + d * other + sums[1]) & _MASK,
            )
            self._is_whole = is_ours and self._check == tuple(check)
        if self._is_whole:
            self._whole += 1
        elif is_ours and ends:
            self.ends_behind += 1


def _sums(words: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """The checksums of rows of words, each starting from 0.

    For each pair of words ``x, y``, ``s`` becomes ``s + t + x`` and then ``t`` becomes
    ``s + t + y``. This is linear: the result is a weighted sum of the words.
    """
    weights = []
    power: _Matrix = ((1, 0), (0, 1))
    for _ in range(words.shape[1] // 2):
        (a, b), (c, d) = power
        weights += [(b, d), ((a + b) & _MASK, (c + d) & _MASK)]
        power = _next(power)
    counts = np.array(weights[::-1], np.uint32)
    sums: npt.NDArray[np.uint32] = np.matmul(words.astype(np.uint32), counts)
    return sums


def _next(power: _Matrix) -> _Matrix:
    """The next power of ``((1, 1), (1, 2))``, the effect of two words on the sums."""
    (a, b), (c, d) = power
    return ((a + b) & _MASK, (a + 2 * b) & _MASK), ((c + d) & _MASK, (c + 2 * d) & _MASK)


@cache
def _power(exponent: int) -> _Matrix:
    power: _Matrix = ((1, 0), (0, 1))
    for _ in range(exponent):
        power = _next(power)
    return power
