"""Chunks: samples of many series in memory, before they become blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from oagw.archives.blocks.blockcodec import FULL, Block
from oagw.archives.blocks.months import months
from oagw.model.columns import Bits, Columns, Kind, Numbers, Order, Times, Words, pack

_Number = TypeVar("_Number", np.int64, np.uint64)
_KINDS = {float: Kind.FLOAT, int: Kind.INT, bool: Kind.BOOL}

#: A list for each column: series, source times (ns), values, status, users.
Lists: TypeAlias = tuple[list[int], list[int], list[object], list[int], list[int]]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Samples ordered by series and time, and equal times by arrival.

    :ivar stime: source times in ns.
    :ivar kinds: the :class:`Kind` of each value.
    :ivar bits: the bits of each value, or its index in ``others``.
    :ivar others: values that are not numbers.
    """

    series: Numbers
    stime: Times
    kinds: npt.NDArray[np.uint8]
    bits: Bits
    status: Words
    user: Numbers
    others: list[object]

    def __len__(self) -> int:
        return len(self.series)

    @property
    def numbers(self) -> Numbers:
        """The series that have samples, ascending."""
        return self.series[_starts(self.series)]

    @property
    def lengths(self) -> Numbers:
        """The number of samples of each series."""
        return np.diff(np.append(_starts(self.series), len(self)))

    def of(self, series: int) -> Columns | None:
        """The samples of one series; ``None`` if the chunk has none."""
        first = int(np.searchsorted(self.series, series))
        last = int(np.searchsorted(self.series, series, "right"))
        return self._columns(slice(first, last)) if first < last else None

    def part(self, rows: Order) -> Chunk:
        """Some of the samples, in the order of the given rows."""
        return Chunk(
            self.series[rows],
            self.stime[rows],
            self.kinds[rows],
            self.bits[rows],
            self.status[rows],
            self.user[rows],
            self.others,
        )

    def _columns(self, rows: Order) -> Columns:
        """Samples as columns of one kind, whatever series they are of."""
        kinds, bits = self.kinds[rows], self.bits[rows]
        stime, status, user = self.stime[rows], self.status[rows], self.user[rows]
        kind = Kind(int(kinds[0]))
        if kind is Kind.OTHER or (kinds != kind).any():
            kind, bits, others = pack(self._values(kinds, bits))
            return Columns(kind, stime, bits, status, user, others)
        return Columns(kind, stime, bits, status, user)

    def _values(self, kinds: npt.NDArray[np.uint8], bits: Bits) -> list[object]:
        values: list[object] = [None] * len(kinds)
        for kind in map(Kind, np.unique(kinds).tolist()):
            rows = np.flatnonzero(kinds == kind)
            chosen: Sequence[object]
            if kind is Kind.OTHER:
                chosen = [self.others[number] for number in bits[rows].tolist()]
            else:
                same = np.zeros(len(rows), np.int64)
                chosen = Columns(
                    kind, same, bits[rows], same.view(np.uint64), same
                ).values()
            for number, value in zip(rows.tolist(), chosen, strict=True):
                values[number] = value
        return values

    def by_month(self) -> Iterator[tuple[int, Chunk]]:
        """The samples of each month, with the months as :func:`months` counts them."""
        first, last = months(np.array([self.stime.min(), self.stime.max()])).tolist()
        if first == last:
            # The common case: nothing is copied.
            yield first, self
            return
        of_samples = months(self.stime)
        for month in np.unique(of_samples).tolist():
            yield month, self.part(np.flatnonzero(of_samples == month))

    def blocks(self) -> Iterator[Block]:
        """The samples as blocks of one kind each.

        All samples of a series are in blocks of the same kind. Series with few samples
        share a block.
        """
        starts = _starts(self.series)
        low = np.minimum.reduceat(self.kinds, starts)
        high = np.maximum.reduceat(self.kinds, starts)
        of_series = np.where(low == high, low, np.uint8(Kind.OTHER))
        kinds = np.unique(of_series).tolist()
        if len(kinds) == 1:
            yield from self._cut(Kind(kinds[0]))
            return
        of_rows = np.repeat(of_series, self.lengths)
        for kind in kinds:
            part = self.part(np.flatnonzero(of_rows == kind))
            yield from part._cut(Kind(kind))  # noqa: SLF001

    def _cut(self, kind: Kind) -> Iterator[Block]:
        """Blocks of the samples, all of one kind."""
        starts = _starts(self.series)
        ends = np.append(starts[1:], len(self))
        begin = 0
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            if end - begin <= FULL:
                continue
            if begin < start:
                yield self._block(begin, start, kind)
            for full in range(start, end - FULL + 1, FULL):
                yield self._block(full, full + FULL, kind)
            begin = end - (end - start) % FULL
        if begin < len(self):
            yield self._block(begin, len(self), kind)

    def _block(self, begin: int, end: int, kind: Kind) -> Block:
        rows = slice(begin, end)
        series = self.series[rows]
        starts = _starts(series)
        columns = self._columns(rows)
        if kind is Kind.OTHER:
            columns = columns.unpacked()
        return Block(series[starts], starts, columns)


def _starts(series: Numbers) -> Numbers:
    """The row at which each series begins."""
    return np.flatnonzero(np.concatenate([[True], series[1:] != series[:-1]]))


def chunk(lists: Lists) -> Chunk:
    """A chunk of samples that are in order of arrival."""
    return ordered(unordered(lists))


def unordered(lists: Lists) -> Chunk:
    """The same without ordering it; :func:`ordered` must be called before it is read."""
    series, stime, values, status, user = lists
    kinds, bits, others = _packed(values)
    return Chunk(
        _column(series, np.int64),
        np.array(stime, np.int64),
        kinds,
        bits,
        _column(status, np.uint64),
        _column(user, np.int64),
        others,
    )


def _column(numbers: list[int], dtype: type[_Number]) -> npt.NDArray[_Number]:
    # Often all numbers are equal, and filling is faster than converting.
    if numbers and numbers == [numbers[0]] * len(numbers):
        return np.full(len(numbers), numbers[0], dtype)
    return np.array(numbers, dtype)


def _packed(values: list[object]) -> tuple[npt.NDArray[np.uint8], Bits, list[object]]:
    kind, bits, unpacked = pack(values)
    if unpacked is not None:
        return _packed_by_kind(values)
    return np.full(len(values), kind, np.uint8), bits, []


def _packed_by_kind(
    values: list[object],
) -> tuple[npt.NDArray[np.uint8], Bits, list[object]]:
    found = [_KINDS.get(type(value), Kind.OTHER) for value in values]
    kinds = np.array(found, np.uint8)
    bits = np.empty(len(values), np.int64)
    others: list[object] = []
    for kind in np.unique(kinds).tolist():
        rows = np.flatnonzero(kinds == kind)
        held, packed, unpacked = pack([values[number] for number in rows.tolist()])
        if unpacked is not None:
            packed = np.arange(len(others), len(others) + len(unpacked))
            others += unpacked
        kinds[rows] = held
        bits[rows] = packed
    return kinds, bits, others


def of_series(pieces: Sequence[tuple[int, Columns]]) -> Chunk:
    """A chunk of columns, each with its series; by series and time."""
    chunks = []
    for series, columns in pieces:
        plain = columns.plain()
        others = plain.others
        numbers = np.full(len(plain), series, np.int64)
        if others is None:
            kinds, bits = np.full(len(plain), plain.kind, np.uint8), plain.bits
        else:
            kinds, bits, others = _packed(others)
        chunks.append(
            Chunk(numbers, plain.stime, kinds, bits, plain.status, plain.user, others or [])
        )
    return merged(chunks)


def merged(chunks: Sequence[Chunk]) -> Chunk:
    """Merge chunks, given in order of arrival."""
    if len(chunks) == 1:
        return chunks[0]
    others: list[object] = []
    all_bits = []
    for one in chunks:
        bits = one.bits
        if others:
            bits = np.where(one.kinds == Kind.OTHER, bits + len(others), bits)
        all_bits.append(bits)
        others = others + one.others
    return ordered(
        Chunk(
            np.concatenate([one.series for one in chunks]),
            np.concatenate([one.stime for one in chunks]),
            np.concatenate([one.kinds for one in chunks]),
            np.concatenate(all_bits),
            np.concatenate([one.status for one in chunks]),
            np.concatenate([one.user for one in chunks]),
            others,
        )
    )


def ordered(given: Chunk) -> Chunk:
    """Sort a chunk by series and time; equal samples keep their order."""
    series, stime = given.series, given.stime
    later = (series[1:] > series[:-1]) | (
        (series[1:] == series[:-1]) & (stime[1:] >= stime[:-1])
    )
    if later.all():
        return given
    order = np.argsort(stime, kind="stable")
    return given.part(order[np.argsort(series[order], kind="stable")])
