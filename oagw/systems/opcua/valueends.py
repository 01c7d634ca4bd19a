"""Finds the end of values that the library cannot read (OPC 10000-6, Binary)."""

from __future__ import annotations

import struct

from asyncua import ua

#: The exceptions of the library for bytes that it cannot read.
UNREADABLE = (
    struct.error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    ua.UaError,
)
_LENGTH = struct.Struct("<i")
#: The sizes in bytes of built-in types with a fixed size, by their numbers.
_SIZES = {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 4, 8: 8, 9: 8, 10: 4, 11: 8, 13: 8}
_SIZES |= {14: 16, 19: 4}
_NODE_ID, _EXPANDED, _QUALIFIED, _LOCALIZED, _EXTENSION, _DATA, _VARIANT = (
    17,
    18,
    20,
    21,
    22,
    23,
    24,
)
_DIAGNOSTIC = 25
#: Bytes of node ids after the first one, by encoding; other encodings have a length.
_NODE_IDS = {0: 1, 1: 3, 2: 6, 4: 18}
#: Upper limit of variants within variants.
_DEPTH = 10


def skip_variant(body: bytes, at: int, depth: int = 0) -> int:
    """Return the end of the variant that begins at a position.

    :raises ValueError: the bytes are not a variant.
    :raises IndexError: there are too few bytes.
    """
    if depth > _DEPTH:
        raise ValueError("variants within variants")
    form, at = body[at], at + 1
    kind = form & 0x3F
    count = 1
    if form & 0x80:
        count, at = _length(body, at)
    size = _SIZES.get(kind, 0) if kind else 0
    if size or not kind:
        at += size * count
    else:
        for _ in range(count):
            at = _skip(body, at, kind, depth)
    if form & 0x40:
        count, at = _length(body, at)
        at += count * _LENGTH.size
    if at > len(body):
        raise IndexError(at)
    return at


def _length(body: bytes, at: int) -> tuple[int, int]:
    """Read a length (-1 is none), and where it ends."""
    (count,) = _LENGTH.unpack_from(body, at)
    return max(count, 0), at + _LENGTH.size


def _skip_bytes(body: bytes, at: int) -> int:
    count, at = _length(body, at)
    return at + count


def _skip(body: bytes, at: int, kind: int, depth: int) -> int:
    """Return the end of a value of a built-in type."""
    if kind in (_NODE_ID, _EXPANDED):
        return _skip_node(body, at)
    if kind == _QUALIFIED:
        return _skip_bytes(body, at + 2)
    if kind == _LOCALIZED:
        has = body[at]
        at += 1
        for bit in (1, 2):
            at = _skip_bytes(body, at) if has & bit else at
        return at
    if kind == _EXTENSION:
        at = _skip_node(body, at)
        return _skip_bytes(body, at + 1) if body[at] & 3 else at + 1
    if kind == _DATA:
        return _skip_data(body, at, depth)
    if kind == _VARIANT:
        return skip_variant(body, at, depth + 1)
    if kind == _DIAGNOSTIC:
        raise ValueError("diagnostics are not a value")
    # Texts and bytes; future types of the standard are encoded as bytes.
    return _skip_bytes(body, at)


def _skip_node(body: bytes, at: int) -> int:
    form, at = body[at], at + 1
    size = _NODE_IDS.get(form & 0x3F)
    at = _skip_bytes(body, at + 2) if size is None else at + size
    if form & 0x80:
        at = _skip_bytes(body, at)
    return at + 4 if form & 0x40 else at


def _skip_data(body: bytes, at: int, depth: int) -> int:
    """Return the end of a value with status and times."""
    has, at = body[at], at + 1
    if has & 1:
        at = skip_variant(body, at, depth + 1)
    for bit, size in ((2, 4), (4, 8), (16, 2), (8, 8), (32, 2)):
        at += size if has & bit else 0
    return at
