"""The codec of blocks: samples of one or several series to bytes, and back.

A block has up to a few thousand samples of one kind, ordered by series and time. All
engines store the same blocks. A block with good numbers of one series has a summary too,
for charts: first time, minimum and maximum of each :data:`SUB_BLOCK` samples.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np

from oagw.archives.blocks.integers import (
    ByteReader,
    Integers,
    Words,
    read_above,
    read_bytes,
    read_differences,
    read_smaller,
    write_above,
    write_bytes,
    write_differences,
    write_smaller,
)
from oagw.model.columns import Columns, Kind
from oagw.model.decimals import NO_DECIMALS, as_decimals
from oagw.model.status import BAD

#: Samples for each row of a summary.
SUB_BLOCK = 64
#: Samples of a full block.
FULL = 4096

#: Version, kind, unit of the times, decimals of the values, samples, series.
_HEAD = struct.Struct("<BBBbII")
_CHECK = struct.Struct("<I")
_COUNT = struct.Struct("<I")
_VERSION = 1
#: Units of times, in ns.
_UNITS = (1_000_000_000, 1_000_000, 1_000, 1)
#: Added to the number of decimals if some values are stored separately.
_WITH_OTHERS = 16
_BAD = np.uint64(BAD)
#: Whole numbers below this are floats without loss.
_EXACT = 2.0**53

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode

#: First time, minimum and maximum of a sub-block.
SUMMARY = np.dtype([("first", "<i8"), ("low", "<f8"), ("high", "<f8")])


@dataclass(frozen=True, slots=True)
class Block:
    """The samples of some series.

    :ivar series: their numbers, ascending.
    :ivar starts: the row at which each series begins.
    :ivar columns: the samples, by series and time.
    """

    series: Integers
    starts: Integers
    columns: Columns

    def of(self, series: int) -> Columns | None:
        """The samples of one series; ``None`` if the block has none."""
        at = int(np.searchsorted(self.series, series))
        if at == len(self.series) or self.series[at] != series:
            return None
        if len(self.series) == 1:
            return self.columns
        end = self.starts[at + 1] if at + 1 < len(self.starts) else len(self.columns)
        return self.columns.part(slice(int(self.starts[at]), int(end)))

    def each(self) -> Iterator[tuple[int, Columns]]:
        """The samples of each series."""
        starts = self.starts.tolist()
        ends = [*starts[1:], len(self.columns)]
        for series, start, end in zip(self.series.tolist(), starts, ends, strict=True):
            yield series, self.columns.part(slice(start, end))


def encode(block: Block) -> bytes:
    """The bytes of a block."""
    columns, starts = block.columns, block.starts
    unit = next(one for one in _UNITS if not (columns.stime % one).any())
    decimals, values = _write_values(columns, starts)
    body = [
        _HEAD.pack(
            _VERSION,
            columns.kind,
            _UNITS.index(unit),
            decimals,
            len(columns),
            len(starts),
        ),
        write_above(block.series),
        write_above(starts),
        write_differences(columns.stime // unit, starts),
        values,
        _write_few(columns.status),
        _write_few(columns.user.view(np.uint64)),
    ]
    data = b"".join(body)
    return _CHECK.pack(zlib.crc32(data)) + data


def decode(data: bytes, values_only: bool = False) -> Block:
    """Decode a block.

    :param values_only: skip status and users; both are 0 in the result.
    :raises ValueError: the bytes are damaged.
    """
    reader, kind, unit, decimals, count, width = _begun(data)
    numbers = read_above(reader, width)
    starts = read_above(reader, width)
    stime = read_differences(reader, count, starts)
    if _UNITS[unit] != 1:
        stime = stime * _UNITS[unit]
    bits, others = _read_values(reader, Kind(kind), count, starts)
    if decimals >= _WITH_OTHERS:
        bits = _put_others(reader, bits, decimals - _WITH_OTHERS)
        decimals = NO_DECIMALS
    if values_only:
        status = np.zeros(count, np.uint64)
        user = status.view(np.int64)
    else:
        status = _read_few(reader, count)
        user = _read_few(reader, count).view(np.int64)
    digits = None if decimals == NO_DECIMALS else decimals
    return Block(
        numbers, starts, Columns(Kind(kind), stime, bits, status, user, others, digits)
    )


def has_summary(columns: Columns) -> bool:
    """Whether all values are good numbers that are exact as floats."""
    if columns.kind in (Kind.OTHER, Kind.UINT) or (columns.status & _BAD).any():
        return False
    if columns.kind is Kind.INT:
        return bool((np.abs(columns.bits + 0.0) < _EXACT).all())
    return bool(np.isfinite(columns.floats()).all())


def series_of(data: bytes) -> Integers:
    """The series of a block, without decoding its samples.

    :raises ValueError: the bytes are damaged.
    """
    reader, *_, width = _begun(data)
    return read_above(reader, width)


def _begun(data: bytes) -> tuple[ByteReader, int, int, int, int, int]:
    """A reader positioned behind the head, and the fields of the head."""
    reader = ByteReader(data)
    [check] = reader.unpack(_CHECK)
    if check != zlib.crc32(memoryview(data)[_CHECK.size :]):
        raise ValueError("the block is damaged: its checksum does not match")
    version, *head = reader.unpack(_HEAD)
    if version != _VERSION:
        raise ValueError(f"the block has version {version}, written by a later oagw")
    kind, unit, decimals, count, width = head
    return reader, kind, unit, decimals, count, width


def summary(columns: Columns) -> bytes | None:
    """The summary of samples with its checksum; ``None`` if they have none.

    Few samples have none, because reading them is as fast.
    """
    if len(columns) < SUB_BLOCK or not has_summary(columns):
        return None
    values = columns.floats()
    starts = np.arange(0, len(values), SUB_BLOCK)
    rows = np.empty(len(starts), SUMMARY)
    rows["first"] = columns.stime[starts]
    rows["low"] = np.minimum.reduceat(values, starts)
    rows["high"] = np.maximum.reduceat(values, starts)
    data = rows.tobytes()
    return data + _CHECK.pack(zlib.crc32(data))


def read_summary(data: bytes) -> bytes:
    """The rows of a summary.

    :raises ValueError: it is damaged.
    """
    rest = len(data) % SUMMARY.itemsize
    # Summaries written before December 2026 have no checksum.
    if not rest:
        return data
    rows = data[:-rest]
    if rest != _CHECK.size or _CHECK.pack(zlib.crc32(rows)) != data[-rest:]:
        raise ValueError("the summary is damaged: its checksum does not match")
    return rows


def _write_values(columns: Columns, starts: Integers) -> tuple[int, bytes]:
    if columns.others is not None:
        return NO_DECIMALS, write_bytes(_encode(columns.others))
    if columns.kind is Kind.BOOL:
        return NO_DECIMALS, write_bytes(
            np.packbits(columns.bits.astype(np.bool_)).tobytes()
        )
    if columns.kind is not Kind.FLOAT:
        return NO_DECIMALS, write_smaller(columns.bits, starts)
    if columns.digits is not None:
        return columns.digits, write_smaller(columns.bits, starts)
    digits, numbers, others = as_decimals(columns.bits.view(np.float64))
    written = write_smaller(numbers, starts)
    if not len(others):
        return digits, written
    places = write_above(others) + write_above(columns.bits[others])
    return digits + _WITH_OTHERS, written + _COUNT.pack(len(others)) + places


def _read_values(
    reader: ByteReader, kind: Kind, count: int, starts: Integers
) -> tuple[Integers, list[object] | None]:
    if kind is Kind.OTHER:
        others = _decode(read_bytes(reader))
        if len(others) != count:
            raise ValueError("the block is damaged: values are missing")
        return np.empty(0, np.int64), others
    if kind is Kind.BOOL:
        packed = np.frombuffer(read_bytes(reader), np.uint8)
        return np.unpackbits(packed, count=count).astype(np.int64), None
    return read_smaller(reader, count, starts), None


def _put_others(reader: ByteReader, numbers: Integers, digits: int) -> Integers:
    """The bits of the floats, including those that are stored separately."""
    [count] = reader.unpack(_COUNT)
    places = read_above(reader, count)
    bits = (numbers / 10.0**digits).view(np.int64)
    bits[places] = read_above(reader, count)
    return bits


def _write_few(words: Words) -> bytes:
    """Encode a column that has few different words."""
    if (words == words[0]).all():
        return _COUNT.pack(1) + write_above(words[:1].view(np.int64))
    different, which = np.unique(words, return_inverse=True)
    return b"".join(
        (
            _COUNT.pack(len(different)),
            write_above(different.view(np.int64)),
            write_above(which.astype(np.int64)),
        )
    )


def _read_few(reader: ByteReader, count: int) -> Words:
    [number] = reader.unpack(_COUNT)
    different = read_above(reader, number).view(np.uint64)
    if number == 1:
        return np.full(count, different[0])
    return different[read_above(reader, count)]
