"""New values as a server sends them (OPC 10000-6, Binary), read straight to samples.

The library makes several objects and two datetimes of each value, which takes most of the
time that a value takes on its whole way to a client.
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

#: The type of a message's part that has new values.
DATA_CHANGE = ua.NodeId(ua.ObjectIds.DataChangeNotification_Encoding_DefaultBinary)
# The library leaves what it has no class for as it came.
ua.extension_objects_by_typeid.pop(DATA_CHANGE, None)

_COUNT = struct.Struct("<i")
_CODE = struct.Struct("<I")
_TICKS = struct.Struct("<q")
#: The number of an item, what is there of its value, and the type of that.
_HEAD = struct.Struct("<IBB")
_VALUE, _STATUS, _SOURCE, _SERVER, _SOURCE_PS, _SERVER_PS = (1 << bit for bit in range(6))
#: How scalars of these types are written.
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
#: Between 1601, where times of OPC UA begin, and 1970: in the 100 ns that they count.
_EPOCH = 116_444_736_000_000_000


class UnreadableError(Exception):
    """A message is not as the standard has it."""


def read_news(
    body: bytes, kinds: Mapping[int, ElementType], now: int
) -> tuple[list[tuple[int, Sample]], bool]:
    """Samples by the numbers of their items, and whether the server has lost some.

    :param kinds: what the items hold; others are passed over.
    :param now: in ns since the epoch, for values without a time.
    :raises UnreadableError: the body is none.
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
        # The type is there only if there is a value.
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
    """A value, and where it ends; there is none where the library cannot read it."""
    rest = Buffer(body, at)
    try:
        return variants.content(variant_from_binary(rest)), len(body) - len(rest)
    except UNREADABLE:
        # The other values of the message are good.
        return None, skip_variant(body, at)


def _ns_of(ticks: int) -> int:
    """Ns since 1970, in microseconds as the library has them; 0 is none."""
    ns = (ticks - _EPOCH) // 10 * 1000
    return ns if 0 < ns <= LAST else 0
