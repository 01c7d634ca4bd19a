"""Columns: many samples of one series, a column for each of their parts.

What an archive reads and what is made of it (text, aggregates) has millions of samples;
a :class:`~oagw.model.samples.Sample` for each would cost more than all the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from oagw.model.samples import Sample

Times: TypeAlias = npt.NDArray[np.int64]
Words: TypeAlias = npt.NDArray[np.uint64]
Numbers: TypeAlias = npt.NDArray[np.int64]
Order: TypeAlias = npt.NDArray[np.intp] | slice


class Kind(IntEnum):
    """How the values of a column are held."""

    FLOAT = 0
    #: Whole numbers and times that a signed word of 64 bits holds.
    INT = 1
    #: Whole numbers of which some need the word's highest bit.
    UINT = 2
    BOOL = 3
    #: Texts, lists, blobs, or values of several kinds.
    OTHER = 4


#: An array of 64 bits each: floats, or whole numbers; bools and unsigned ones as such too.
Bits: TypeAlias = npt.NDArray[np.int64]
_SIGNED = 1 << 63


@dataclass(frozen=True, slots=True)
class Columns:
    """Samples of one series, in order.

    :ivar stime: source times in ns since the epoch.
    :ivar bits: the values' 64 bits each, by ``kind``; empty for ``OTHER``.
    :ivar others: the values themselves, only for ``OTHER``.
    :ivar digits: of floats: ``bits`` are whole numbers, and the values they divided by ten
        to the power of ``digits``. ``None``: ``bits`` are those of the floats.
    """

    kind: Kind
    stime: Times
    bits: Bits
    status: Words
    user: Numbers
    others: list[object] | None = None
    digits: int | None = None

    def __len__(self) -> int:
        return len(self.stime)

    def part(self, chosen: Order) -> Columns:
        """Some of the samples, in the order that is given."""
        others = self.others
        if others is not None:
            if isinstance(chosen, slice):
                others = others[chosen]
            else:
                others = [others[number] for number in chosen.tolist()]
        bits = self.bits if self.others is not None else self.bits[chosen]
        return Columns(
            self.kind,
            self.stime[chosen],
            bits,
            self.status[chosen],
            self.user[chosen],
            others,
            self.digits,
        )

    def plain(self) -> Columns:
        """The same with the floats' own bits."""
        if self.digits is None:
            return self
        bits = self.floats().view(np.int64)
        return Columns(Kind.FLOAT, self.stime, bits, self.status, self.user)

    def floats(self) -> npt.NDArray[np.float64]:
        """The values as floats; those of ``OTHER`` have none.

        :raises ValueError: the values are no numbers.
        """
        if self.kind is Kind.FLOAT and self.digits is not None:
            return self.bits / 10.0**self.digits
        if self.kind is Kind.FLOAT:
            return self.bits.view(np.float64)
        if self.kind is Kind.OTHER:
            raise ValueError("texts and lists are not numbers")
        if self.kind is Kind.UINT:
            return self.bits.view(np.uint64).astype(np.float64)
        return self.bits.astype(np.float64)

    def values(self) -> list[object]:
        """The values as Python has them."""
        if self.others is not None:
            return self.others
        values: list[object] = self.array().tolist()
        return values

    def array(self) -> npt.NDArray[np.generic]:
        """The values as an array of their own type; there is none for ``OTHER``."""
        if self.kind is Kind.FLOAT:
            return self.floats()
        if self.kind is Kind.UINT:
            return self.bits.view(np.uint64)
        return self.bits.astype(np.bool_) if self.kind is Kind.BOOL else self.bits

    def unpacked(self) -> Columns:
        """The same with the values themselves, whatever their kind."""
        if self.others is not None:
            return self
        nothing = np.empty(0, np.int64)
        return Columns(
            Kind.OTHER, self.stime, nothing, self.status, self.user, self.values()
        )

    def samples(self) -> list[Sample]:
        """A sample for each row."""
        rows = zip(
            self.values(),
            self.stime.tolist(),
            self.status.tolist(),
            self.user.tolist(),
            strict=True,
        )
        return [Sample(*row) for row in rows]


def empty() -> Columns:
    """No samples at all."""
    nothing = np.empty(0, np.int64)
    return Columns(Kind.FLOAT, nothing, nothing, nothing.view(np.uint64), nothing)


def columns(samples: Sequence[Sample]) -> Columns:
    """Columns of samples, in their order."""
    kind, bits, others = pack([one.value for one in samples])
    return Columns(
        kind,
        np.array([one.stime for one in samples], np.int64),
        bits,
        np.array([one.status for one in samples], np.uint64),
        np.array([one.user for one in samples], np.int64),
        others,
    )


def pack(values: list[object]) -> tuple[Kind, Bits, list[object] | None]:
    """Kind, bits and others of a column of values."""
    kind = kind_of(values)
    if kind is Kind.OTHER:
        return kind, np.empty(0, np.int64), values
    if kind is Kind.FLOAT:
        return kind, np.array(values, np.float64).view(np.int64), None
    if kind is Kind.UINT:
        return kind, np.array(values, np.uint64).view(np.int64), None
    return kind, np.array(values, np.int64), None


def kind_of(values: Sequence[object]) -> Kind:
    """The kind that holds all of the values as they are."""
    types = set(map(type, values))
    if len(types) != 1:
        return Kind.OTHER
    [one] = types
    if one is float:
        return Kind.FLOAT
    if one is bool:
        return Kind.BOOL
    if one is not int:
        return Kind.OTHER
    low, high = min(values), max(values)  # type: ignore[type-var]
    assert isinstance(low, int)
    assert isinstance(high, int)
    if high < _SIGNED:
        return Kind.INT
    return Kind.UINT if low >= 0 else Kind.OTHER


def joined(parts: Sequence[Columns]) -> Columns:
    """Several columns, one after the other."""
    if not parts:
        return empty()
    if len(parts) == 1:
        return parts[0]
    kind = parts[0].kind
    digits = parts[0].digits
    if any(one.kind is not kind for one in parts):
        return _joined_others(parts)
    if any(one.digits != digits for one in parts):
        parts = [one.plain() for one in parts]
        digits = None
    others: list[object] | None = None
    if kind is Kind.OTHER:
        others = [value for one in parts for value in one.values()]
    return Columns(kind, *_joined(parts), others, digits)


def _joined(parts: Sequence[Columns]) -> tuple[Times, Bits, Words, Numbers]:
    return (
        np.concatenate([one.stime for one in parts]),
        np.concatenate([one.bits for one in parts]),
        np.concatenate([one.status for one in parts]),
        np.concatenate([one.user for one in parts]),
    )


def _joined_others(parts: Sequence[Columns]) -> Columns:
    """Of several kinds: as one kind if one holds them all, else the values themselves."""
    kind, bits, others = pack([value for one in parts for value in one.values()])
    stime, _, status, user = _joined(parts)
    return Columns(kind, stime, bits, status, user, others)


def in_order(parts: Sequence[Columns]) -> Columns:
    """Several columns as one by time; of equal times those of an earlier part first."""
    filled = [one for one in parts if len(one)]
    whole = joined(filled)
    if all(one.stime[-1] <= other.stime[0] for one, other in pairwise(filled)):
        return whole
    return whole.part(np.argsort(whole.stime, kind="stable"))


def cut(given: Columns, first: int, last: int) -> Columns:
    """What is in a period (both ends included) of columns that are ordered by time."""
    begin = int(np.searchsorted(given.stime, first))
    end = int(np.searchsorted(given.stime, last, "right"))
    whole = begin == 0 and end == len(given)
    return given if whole else given.part(slice(begin, end))
