"""Samples in memory on their way to blocks: many series, a column for each part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from oagw.archives.blocks import FULL, Block
from oagw.model.columns import Bits, Columns, Kind, Numbers, Order, Times, Words, pack

_KINDS = {float: Kind.FLOAT, int: Kind.INT, bool: Kind.BOOL}

#: A column each: series, source times, values, status, users.
Lists: TypeAlias = tuple[list[int], list[int], list[object], list[int], list[int]]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Samples ordered by series and time; of equal times by arrival.

    :ivar kinds: the :class:`Kind` of each value.
    :ivar bits: the values' bits, or their places in ``others``.
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

    def of(self, series: int) -> Columns | None:
        """The samples of one series, or ``None`` if it has none here."""
        first = int(np.searchsorted(self.series, series))
        last = int(np.searchsorted(self.series, series, "right"))
        return self._columns(slice(first, last)) if first < last else None

    def part(self, rows: Order) -> Chunk:
        """Some of the samples, in the order that is given."""
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

    def blocks(self) -> Iterator[Block]:
        """The samples in blocks of one kind each, those of a series always in one kind.

        Series of few samples share a block.
        """
        starts = _starts(self.series)
        low = np.minimum.reduceat(self.kinds, starts)
        high = np.maximum.reduceat(self.kinds, starts)
        of_series = np.where(low == high, low, np.uint8(Kind.OTHER))
        of_rows = np.repeat(of_series, np.diff(np.append(starts, len(self))))
        for kind in np.unique(of_series).tolist():
            rows = np.flatnonzero(of_rows == kind)
            yield from self.part(rows)._cut(Kind(kind))

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
    """Where each series begins."""
    return np.flatnonzero(np.concatenate([[True], series[1:] != series[:-1]]))


def chunk(lists: Lists) -> Chunk:
    """A chunk of samples in the order of their arrival."""
    return ordered(unordered(lists))


def unordered(lists: Lists) -> Chunk:
    """The same before it is ordered: what may be read only after :func:`ordered`."""
    series, stime, values, status, user = lists
    kinds, bits, others = _packed(values)
    return Chunk(
        np.array(series, np.int64),
        np.array(stime, np.int64),
        kinds,
        bits,
        np.array(status, np.uint64),
        np.array(user, np.int64),
        others,
    )


def _packed(values: list[object]) -> tuple[npt.NDArray[np.uint8], Bits, list[object]]:
    # Mostly there is one type only, which is found out faster.
    types = set(map(type, values))
    if len(types) == 1:
        kinds = np.full(len(values), _KINDS.get(types.pop(), Kind.OTHER), np.uint8)
    else:
        found = [_KINDS.get(type(value), Kind.OTHER) for value in values]
        kinds = np.array(found, np.uint8)
    bits = np.empty(len(values), np.int64)
    others: list[object] = []
    for kind in np.unique(kinds).tolist():
        rows = np.flatnonzero(kinds == kind)
        alone = len(rows) == len(values)
        chosen = values if alone else [values[number] for number in rows.tolist()]
        held, packed, unpacked = pack(chosen)
        if unpacked is not None:
            packed = np.arange(len(others), len(others) + len(unpacked))
            others += unpacked
        kinds[rows] = held
        bits[rows] = packed
    return kinds, bits, others


def of_series(pieces: Sequence[tuple[int, Columns]]) -> Chunk:
    """A chunk of columns with the series that they are of, by series and time."""
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
    """One chunk of several, given in the order of their arrival."""
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
    """By series and time; what is equal stays in its order."""
    series, stime = given.series, given.stime
    later = (series[1:] > series[:-1]) | (
        (series[1:] == series[:-1]) & (stime[1:] >= stime[:-1])
    )
    if later.all():
        return given
    order = np.argsort(stime, kind="stable")
    return given.part(order[np.argsort(series[order], kind="stable")])
