"""Encoding columns of whole numbers: as offsets or differences, shuffled and compressed.

A column is written as the offsets of its numbers from the smallest number, or as the
offsets of the differences of neighbours from the smallest difference. Each takes as many
bytes as the largest one needs. All first bytes come first, then all second bytes, and so
on, which zstd compresses better.
"""

from __future__ import annotations

import struct
import threading
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

#: The encoding of a column, the bytes of each number, and the length of what follows.
_HEAD = struct.Struct("<BBI")
_BASE = struct.Struct("<q")
_HEAD_AND_BASE = struct.Struct("<BBIq")
_HOW = struct.Struct("<B")
_ABOVE, _DIFFERENCES, _PACKED = 0, 1, 2
_RAW = 0x80
_WIDTHS = (0, 1, 2, 4, 4, 8, 8, 8, 8)

Words = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]

# Two threads must not use a compressor at the same time: the result would be wrong.
_own = threading.local()


def compress(data: bytes) -> bytes:
    """Compress; may be called in any thread."""
    compressor = getattr(_own, "compressor", None)
    if compressor is None:
        compressor = _own.compressor = zstandard.ZstdCompressor(
            level=1, write_checksum=False, write_content_size=True
        )
    packed: bytes = compressor.compress(data)
    return packed


def decompress(data: bytes) -> bytes:
    """Decompress; may be called in any thread.

    :raises ValueError: the bytes are not compressed data.
    """
    decompressor = getattr(_own, "decompressor", None)
    if decompressor is None:
        decompressor = _own.decompressor = zstandard.ZstdDecompressor()
    try:
        plain: bytes = decompressor.decompress(data)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error
    return plain


class ByteReader:
    """Reads the bytes of a block, piece by piece.

    :ivar at: the position of the next byte.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, length: int) -> bytes:
        """The next bytes.

        :raises ValueError: there are fewer.
        """
        start, self.at = self.at, self.at + length
        if self.at > len(self.data):
            raise ValueError("the block ends too soon")
        return self.data[start : self.at]

    def unpack(self, form: struct.Struct) -> tuple[Any, ...]:
        """The next numbers.

        :raises ValueError: there are fewer bytes.
        """
        start, self.at = self.at, self.at + form.size
        if self.at > len(self.data):
            raise ValueError("the block ends too soon")
        return form.unpack_from(self.data, start)


def write_bytes(data: bytes) -> bytes:
    """Bytes with their length, compressed if that is shorter."""
    packed = compress(data)
    if len(packed) < len(data):
        return _HEAD.pack(_PACKED, 1, len(packed)) + packed
    return _HEAD.pack(_PACKED | _RAW, 1, len(data)) + data


def read_bytes(reader: ByteReader) -> bytes:
    """Read what :func:`write_bytes` wrote.

    :raises ValueError: it is damaged.
    """
    mode, _, length = reader.unpack(_HEAD)
    data = reader.take(length)
    return data if mode & _RAW else decompress(data)


def write_above(numbers: Integers) -> bytes:
    """A column as offsets from its smallest number."""
    base = int(numbers.min()) if len(numbers) else 0
    return _write(_ABOVE, base, numbers.view(np.uint64) - np.uint64(base % 2**64))


def write_differences(numbers: Integers, starts: Integers) -> bytes:
    """A column as differences of neighbours, starting again at each of ``starts``."""
    words = numbers.view(np.uint64)
    steps = np.empty_like(words)
    steps[1:] = words[1:] - words[:-1]
    within = np.ones(len(words), np.bool_)
    within[starts] = False
    signed = steps.view(np.int64)
    base = int(signed[within].min()) if len(starts) < len(words) else 0
    steps[starts] = np.uint64(base % 2**64)
    return write_above(numbers[starts]) + _write(
        _DIFFERENCES, base, steps - np.uint64(base % 2**64)
    )


def write_smaller(numbers: Integers, starts: Integers) -> bytes:
    """A column as offsets or differences, whichever is shorter; the first byte tells."""
    above, differences = write_above(numbers), write_differences(numbers, starts)
    if len(above) <= len(differences):
        return bytes([_ABOVE]) + above
    return bytes([_DIFFERENCES]) + differences


def read_smaller(reader: ByteReader, count: int, starts: Integers) -> Integers:
    """Read what :func:`write_smaller` wrote.

    :raises ValueError: it is damaged.
    """
    [how] = reader.unpack(_HOW)
    if how == _ABOVE:
        return read_above(reader, count)
    return read_differences(reader, count, starts)


def read_above(reader: ByteReader, count: int) -> Integers:
    """Read what :func:`write_above` wrote.

    :raises ValueError: it is damaged.
    """
    base, words = _read(reader, count, _ABOVE)
    if words is None:
        return np.full(count, base, np.int64)
    return (words + np.uint64(base % 2**64)).view(np.int64)


def read_differences(reader: ByteReader, count: int, starts: Integers) -> Integers:
    """Read what :func:`write_differences` wrote.

    :raises ValueError: it is damaged.
    """
    firsts = read_above(reader, len(starts)).view(np.uint64)
    base, above = _read(reader, count, _DIFFERENCES)
    if above is None:
        steps = np.full(count, np.uint64(base % 2**64))
    else:
        steps = above + np.uint64(base % 2**64)
    if len(starts) == 1:
        steps[0] = firsts[0]
        return np.cumsum(steps, dtype=np.uint64).view(np.int64)
    steps[starts] = 0
    sums = np.cumsum(steps, dtype=np.uint64)
    lengths = np.diff(np.append(starts, count))
    return (sums + np.repeat(firsts - sums[starts], lengths)).view(np.int64)


def _write(mode: int, base: int, words: Words) -> bytes:
    width = _WIDTHS[(int(words.max()).bit_length() + 7) // 8] if len(words) else 0
    if width == 0:
        data = b""
    elif width == 1:
        data = words.astype(np.uint8).tobytes()
    else:
        narrow = words.astype(f"<u{width}")
        data = narrow.view(np.uint8).reshape(-1, width).T.tobytes()
    packed = compress(data) if data else data
    if len(packed) < len(data):
        return _HEAD.pack(mode, width, len(packed)) + _BASE.pack(base) + packed
    return _HEAD.pack(mode | _RAW, width, len(data)) + _BASE.pack(base) + data


def _read(reader: ByteReader, count: int, mode: int) -> tuple[int, Words | None]:
    """The smallest number of a column, and the offsets; ``None`` if all are 0."""
    written, width, length, base = reader.unpack(_HEAD_AND_BASE)
    if written & ~_RAW != mode or width not in _WIDTHS:
        raise ValueError("the block is damaged: a column has another encoding")
    data = reader.take(length)
    if width == 0:
        return base, None
    plain = data if written & _RAW else decompress(data)
    if len(plain) != count * width:
        raise ValueError("the block is damaged: a column has another length")
    if width == 1:
        return base, np.frombuffer(plain, np.uint8).astype(np.uint64)
    shuffled = np.frombuffer(plain, np.uint8).reshape(width, count)
    narrow = np.ascontiguousarray(shuffled.T).view(f"<u{width}")
    return base, narrow.reshape(-1).astype(np.uint64)
