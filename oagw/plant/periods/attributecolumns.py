"""Columns of samples to the values of one attribute, many at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from oagw.aggregates.pieces import Flags, Piece
from oagw.model import status
from oagw.model.columns import Columns, Kind, Words, pack
from oagw.model.configs.valueconfigs import ORIGINAL
from oagw.model.dptypes import ElementType
from oagw.model.times import NS_PER_MS
from oagw.model.values import WireValue
from oagw.plant.cells import Cell
from oagw.plant.pastelement import PastState
from oagw.wire.series import Numbers

_VALUE = ORIGINAL.attributes["_value"].read
_STIME = ORIGINAL.attributes["_stime"].read
_NUMBERS = {
    ElementType.CHAR,
    ElementType.UINT,
    ElementType.INT,
    ElementType.FLOAT,
    ElementType.BOOL,
    ElementType.BIT32,
    ElementType.BIT64,
    ElementType.LONG,
    ElementType.ULONG,
    ElementType.TIME,
}
_BAD = np.uint64(status.BAD)
_DEFAULT = np.uint64(status.DEFAULT)
_DEFAULT_BAD = np.uint64(status.DEFAULT_BAD)


def has_numbers(cell: Cell) -> bool:
    """Whether the attribute's values are numbers on the wire."""
    return cell.kind in _NUMBERS


def is_kept_number(cell: Cell) -> bool:
    """Whether the attribute's values are the numbers that are archived."""
    return cell.attribute.read is _VALUE and cell.encode is None and has_numbers(cell)


def numbers(cell: Cell, columns: Columns) -> Numbers | None:
    """The values as numbers as they are kept, if they are kept so."""
    read = cell.attribute.read
    if read is _STIME:
        return Numbers(columns.stime // NS_PER_MS)
    if read is not _VALUE or columns.kind is Kind.OTHER:
        return None
    if cell.kind is ElementType.TIME:
        return Numbers(columns.bits // NS_PER_MS)
    if cell.encode is not None:
        return None
    if columns.digits is not None:
        return Numbers(columns.bits, columns.digits)
    return Numbers(columns.array())


def values(cell: Cell, columns: Columns) -> list[WireValue]:
    """The values one by one; a thousand take about a millisecond."""
    read, encode, element = cell.attribute.read, cell.encode, cell.element
    states = [PastState(sample, element) for sample in columns.samples()]
    if encode is None:
        return [read(state) for state in states]  # type: ignore[misc]
    # What has a history always has a value.
    return [encode(read(state)) for state in states]  # type: ignore[arg-type]


def piece(cell: Cell, columns: Columns) -> Piece:
    """The samples as aggregates take them."""
    found = _array(cell, columns)
    good = _are_good(cell, columns.status)
    if not isinstance(found, list) and found.dtype == np.float64:
        good &= np.isfinite(found)
    return Piece(columns.stime, found, good)


def _array(cell: Cell, columns: Columns) -> npt.NDArray[np.generic] | list[object]:
    kept = numbers(cell, columns)
    if kept is not None:
        return kept.array if kept.digits is None else columns.floats()
    kind, bits, others = pack(list(values(cell, columns)))
    if others is not None:
        return others
    return Columns(kind, columns.stime, bits, columns.status, columns.user).array()


def _are_good(cell: Cell, words: Words) -> Flags:
    """Whether each value may be used; what is told of a value is always good."""
    if cell.attribute.name != "_value":
        return np.ones(len(words), np.bool_)
    bad = words & _BAD
    if cell.config.name == "_online":
        bad = np.where(words & _DEFAULT, words & _DEFAULT_BAD, bad)
    good: Flags = bad == 0
    return good
