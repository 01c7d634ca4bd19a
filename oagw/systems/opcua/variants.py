"""Values, times and states of OPC UA, and what they are here."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from asyncua import ua

from oagw.errors import (
    ConnectionBrokenError,
    ConversionError,
    ElementNotFoundError,
    IllegalCallError,
    NoArchivedValuesError,
    OagwError,
    ParameterError,
    ValueOutOfRangeError,
)
from oagw.model import status
from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample
from oagw.model.times import LAST
from oagw.model.values import Value

_T = ua.VariantType
#: What an element for a variable of a built-in type holds.
KINDS = {
    _T.Boolean: ElementType.BOOL,
    _T.SByte: ElementType.INT,
    _T.Byte: ElementType.CHAR,
    _T.Int16: ElementType.INT,
    _T.UInt16: ElementType.UINT,
    _T.Int32: ElementType.INT,
    _T.UInt32: ElementType.UINT,
    _T.Int64: ElementType.LONG,
    _T.UInt64: ElementType.ULONG,
    _T.Float: ElementType.FLOAT,
    _T.Double: ElementType.FLOAT,
    _T.String: ElementType.STRING,
    _T.DateTime: ElementType.TIME,
    _T.Guid: ElementType.STRING,
    _T.ByteString: ElementType.BLOB,
    _T.XmlElement: ElementType.STRING,
    _T.NodeId: ElementType.STRING,
    _T.ExpandedNodeId: ElementType.STRING,
    _T.StatusCode: ElementType.UINT,
    _T.QualifiedName: ElementType.STRING,
    _T.LocalizedText: ElementType.LANG_STRING,
}
#: Bounds of built-in types that are narrower than the element.
_BOUNDS = {
    _T.SByte: (-(2**7), 2**7 - 1),
    _T.Int16: (-(2**15), 2**15 - 1),
    _T.UInt16: (0, 2**16 - 1),
}
#: The bits of a status that say that a queue had no room: of a value, and so of it.
_OVERFLOW = 0x480
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_LARGEST_FLOAT = 3.4028234663852886e38
#: A language without a region, as WinCC OA has it.
_UTF8 = ".utf8"
_UNCERTAIN = status.NORMAL | status.userbit(1)
_BAD = status.NORMAL | status.AUT_INV


def to_ns(moment: datetime) -> int:
    """Nanoseconds since the epoch; asyncua's times are of UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _US * 1000


def to_datetime(ns: int) -> datetime:
    """The time of OPC UA; it has microseconds at most."""
    return _EPOCH + timedelta(microseconds=ns // 1000)


def _text(value: Any) -> Value:
    return str(value)


def _lang_text(value: Any) -> Value:
    locale = (value.Locale or "").replace("-", "_") or "en_US"
    return {f"{locale}{_UTF8}": value.Text or ""}


_READERS: dict[ElementType, Callable[[Any], Value]] = {
    ElementType.BOOL: bool,
    ElementType.FLOAT: float,
    ElementType.STRING: lambda value: "" if value is None else _plain_text(value),
    ElementType.TIME: to_ns,
    ElementType.BLOB: lambda value: bytes(value or b""),
    ElementType.LANG_STRING: _lang_text,
}


def _plain_text(value: Any) -> Value:
    if isinstance(value, ua.NodeId):
        return str(value.to_string())
    if isinstance(value, ua.QualifiedName):
        return str(value.to_string())
    if isinstance(value, ua.XmlElement):
        return value.Value or ""
    return str(value)


def _number(value: Any) -> Value:
    return int(value.value) if isinstance(value, ua.StatusCode) else int(value)


def read_value(value: Any, kind: ElementType) -> Value | None:
    """A value as an element has it; ``None`` if it is none that fits."""
    if value is None:
        return None
    member = kind.member
    try:
        if member is None:
            return _one(value, kind)
        flat = list(_flat(value))
        found = [_one(item, member) for item in flat]
        return None if None in found else tuple(found)  # type: ignore[arg-type]
    except (TypeError, ValueError, AttributeError, OverflowError):
        return None


def _flat(value: Any) -> Any:
    """The members of an array of any number of dimensions."""
    for one in value:
        if isinstance(one, list):
            yield from _flat(one)
        else:
            yield one


def _one(value: Any, kind: ElementType) -> Value | None:
    if isinstance(value, float) and not isfinite(value):
        return None
    found = _READERS.get(kind, _number)(value)
    texts = found.values() if isinstance(found, dict) else (found,)
    return found if all(map(_is_sound, texts)) else None


def _is_sound(value: Value) -> bool:
    """Whether it is no text that the server has sent in another encoding than UTF-8.

    The library marks such bytes in a way that nothing else can keep or send.
    """
    if not isinstance(value, str) or value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def sample_of(data: ua.DataValue, kind: ElementType, now: int) -> Sample:
    """A sample; its value is ``None`` if there is none that an element can have.

    :param now: in ns since the epoch, for a server that tells no time.
    """
    code = data.StatusCode.value if data.StatusCode is not None else 0
    moments = (data.SourceTimestamp, data.ServerTimestamp)
    times = (min(max(to_ns(one), 0), LAST) for one in moments if one is not None)
    value = None if data.Value is None else data.Value.Value
    return make_sample(value, kind, code, next(filter(None, times), now))


def make_sample(value: Any, kind: ElementType, code: int, stime: int) -> Sample:
    """A sample of what a server says.

    :param code: its status code.
    """
    found = read_value(value, kind)
    severity = code >> 30
    if severity > 1 or found is None:
        bits = _BAD
    else:
        bits = _UNCERTAIN if severity else status.NORMAL
    return Sample(found, stime, bits, 0)


def is_overflow(code: int) -> bool:
    """Whether the server has thrown away values before the one with this status code."""
    return code & _OVERFLOW == _OVERFLOW


def variant_of(value: Value, builtin: int, kind: ElementType) -> ua.Variant:
    """A value of an element as a server's variable takes it.

    :raises OagwError: the type of the variable does not hold it.
    """
    variant_type = _T(builtin)
    if kind.member is None:
        return ua.Variant(_write_one(value, variant_type), variant_type)
    assert isinstance(value, tuple)
    members = [_write_one(one, variant_type) for one in value]
    return ua.Variant(members, variant_type, is_array=True)


def _write_one(value: Value, kind: ua.VariantType) -> Any:
    bounds = _BOUNDS.get(kind)
    if bounds is not None and isinstance(value, int):
        low, high = bounds
        if not low <= value <= high:
            raise ConversionError(f"{value} is outside of {kind.name} ({low} to {high})")
    if kind is _T.Float and isinstance(value, float) and abs(value) > _LARGEST_FLOAT:
        raise ConversionError(f"{value} is outside of Float")
    writer = _WRITERS.get(kind)
    try:
        return value if writer is None else writer(value)
    except (ValueError, ua.UaError) as error:
        # What the library says is of its own inside.
        raise ConversionError(f"{value!r} is no {kind.name}") from error


def _write_lang_text(value: Any) -> ua.LocalizedText:
    language, text = next(iter(value.items()), ("", ""))
    locale = language.removesuffix(_UTF8).replace("_", "-")
    return ua.LocalizedText(text, locale or None)


_WRITERS: dict[ua.VariantType, Callable[[Any], Any]] = {
    _T.DateTime: to_datetime,
    _T.Guid: uuid.UUID,
    _T.NodeId: ua.NodeId.from_string,
    _T.ExpandedNodeId: ua.NodeId.from_string,
    _T.StatusCode: ua.StatusCode,
    _T.QualifiedName: ua.QualifiedName.from_string,
    _T.LocalizedText: _write_lang_text,
    _T.XmlElement: ua.XmlElement,
}

_GONE = (
    "Connection",
    "SecureChannel",
    "Session",
    "Communication",
    "Shutdown",
    "ServerHalted",
    "ServerNotConnected",
    "Timeout",
)
#: What the codes of OPC UA are here, by the beginnings of their names without ``Bad``.
_ERRORS: tuple[tuple[tuple[str, ...], type[OagwError]], ...] = (
    (("NodeId",), ElementNotFoundError),
    (("TypeMismatch", "DataEncoding"), ConversionError),
    (("OutOfRange",), ValueOutOfRangeError),
    (("NoData", "History"), NoArchivedValuesError),
    (("TooMany", "Filter", "MonitoredItemFilter", "IndexRange"), ParameterError),
    (_GONE, ConnectionBrokenError),
)


def error_of_code(code: ua.StatusCode, what: str) -> OagwError:
    """The error for a code that is not good.

    :param what: what was wanted, as in ``it was not written``.
    """
    name, words = code.name, code.doc
    bare = name.removeprefix("Bad")
    message = f"{what}: the OPC UA server says {name} ({words.rstrip('.')})"
    for beginnings, kind in _ERRORS:
        if bare.startswith(beginnings):
            return kind(message)
    return IllegalCallError(message)
