"""Reads the values of publish responses (OPC 10000-6, Binary) straight to samples.

The library creates several objects and two datetimes for each value, which would take
most of the time of a value's whole way to a client.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import variant_from_binary

from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample
from oagw.model.times import LAST
from oagw.systems.opcua import variants
from oagw.systems.opcua.valueends import UNREADABLE, skip_variant

#: The type id of the part of a message that has new values.
DATA_CHANGE = ua.NodeId(ua.ObjectIds.DataChangeNotification_Encoding_DefaultBinary)
# The library leaves parts without a class of its own undecoded.
ua.extension_objects_by_typeid.pop(DATA_CHANGE, None)

_COUNT = struct.Struct("<i")
_CODE = struct.Struct("<I")
_TICKS = struct.Struct("<q")
#: The number of an item, the mask of its value's fields, and the type of the value.
_HEAD = struct.Struct("<IBB")
_VALUE, _STATUS, _SOURCE, _SERVER, _SOURCE_PS, _SERVER_PS = (1 << bit for bit in range(6))
#: The encoding of scalars, by type.
_PLAIN = {
    int(kind.value): struct.Struct(f"<{form}")
    for kind, form in (
        (ua.VariantType.Boolean, "?"),
        (ua.VariantType.SByte, "b"),
        (ua.VariantType.Byte, "B"),
        (ua.VariantType.Int16, "h"),
        (ua.VariantType.UInt16, "H"),
        (ua.VariantType.Int32, "i"),
        (ua.VariantType.UInt32, "I"),
        (ua.VariantType.Int64, "q"),
        (ua.VariantType.UInt64, "Q"),
        (ua.VariantType.Float, "f"),
        (ua.VariantType.Double, "d"),
    )
}
#: From 1601, where times of OPC UA begin, to 1970, in units of 100 ns.
_EPOCH = 116_444_736_000_000_000


class UnreadableError(Exception):
    """A message does not conform to the standard."""


def read_news(
    body: bytes, kinds: Mapping[int, ElementType], now: int
) -> tuple[list[tuple[int, Sample]], bool]:
    """Read samples with the numbers of their items, and whether the server lost some.

    :param kinds: element types by items; other items are skipped.
    :param now: in ns since the epoch, for values without a time.
    :raises UnreadableError: the body cannot be read.
    """
    try:
        return _read_news(body, kinds, now)
    except (struct.error, ua.UaError, ValueError, IndexError) as error:
        raise UnreadableError(f"a message cannot be read: {error}") from error


def _read_news(
    body: bytes, kinds: Mapping[int, ElementType], now: int
) -> tuple[list[tuple[int, Sample]], bool]:
    news: list[tuple[int, Sample]] = []
    overflow = False
    (count,) = _COUNT.unpack_from(body, 0)
    at = _COUNT.size
    for _ in range(count):
        # Only a value has a type.
        number, has, form = _HEAD.unpack_from(body, at)
        at += _HEAD.size - 1
        value: object = None
        if has & _VALUE:
            plain = _PLAIN.get(form)
            if plain is not None:
                (value,) = plain.unpack_from(body, at + 1)
                at += 1 + plain.size
            else:
                value, at = _variant(body, at)
        code = source = server = 0
        if has & _STATUS:
            (code,) = _CODE.unpack_from(body, at)
            at += _CODE.size
        if has & _SOURCE:
            (source,) = _TICKS.unpack_from(body, at)
            at += _TICKS.size
        if has & _SOURCE_PS:
            at += 2
        if has & _SERVER:
            (server,) = _TICKS.unpack_from(body, at)
            at += _TICKS.size
        if has & _SERVER_PS:
            at += 2
        kind = kinds.get(number)
        if kind is not None:
            overflow = overflow or variants.is_overflow(code)
            stime = _ns_of(source) or _ns_of(server) or now
            news.append((number, variants.make_sample(value, kind, code, stime)))
    return news, overflow


def _variant(body: bytes, at: int) -> tuple[object, int]:
    """Read a value, and where it ends; one that the library cannot read is ``None``."""
    rest = Buffer(body, at)
    try:
        return variants.content(variant_from_binary(rest)), len(body) - len(rest)
    except UNREADABLE:
        # The other values of the message can be used.
        return None, skip_variant(body, at)


def _ns_of(ticks: int) -> int:
    """Convert ticks to ns since 1970, cut to microseconds as in the library; 0 is none."""
    ns = (ticks - _EPOCH) // 10 * 1000
    return ns if 0 < ns <= LAST else 0
