"""Converts values, times and status codes of OPC UA to those of elements, and back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
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
from oagw.model.times import LAST, NS_PER_S
from oagw.model.values import Value

_T = ua.VariantType
#: The element type of a variable, by built-in type.
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
#: Bounds of built-in types that are narrower than those of the element.
_BOUNDS = {
    _T.SByte: (-(2**7), 2**7 - 1),
    _T.Int16: (-(2**15), 2**15 - 1),
    _T.UInt16: (0, 2**16 - 1),
}
#: The bits of a status code for an overflow: info type DataValue, and Overflow.
_OVERFLOW = 0x480
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_LARGEST_FLOAT = 3.4028234663852886e38
#: The languages of WinCC OA for locales without a region.
_UTF8 = ".utf8"
#: The DateTimes that mean no time, and the end of time (OPC 10000-6, 5.2.2.5); the
#: library has the latter in seconds.
_NO_TIME = datetime(1601, 1, 1, tzinfo=UTC)
_FOR_EVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
#: The last time as clients may send it, cut to seconds.
_LAST_SECOND = LAST // NS_PER_S * NS_PER_S
#: The values for nulls, by type.
_EMPTY: dict[ua.VariantType, Any] = {_T.String: "", _T.XmlElement: "", _T.ByteString: b""}
_UNCERTAIN = status.NORMAL | status.userbit(1)
_BAD = status.NORMAL | status.AUT_INV


def to_ns(moment: datetime) -> int:
    """Convert a naive UTC datetime of asyncua to ns since the epoch."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _US * 1000


def to_datetime(ns: int) -> datetime:
    """Convert ns since the epoch to a naive UTC datetime, cut to microseconds."""
    return _EPOCH + timedelta(microseconds=ns // 1000)


def _text(value: Any) -> Value:
    if isinstance(value, ua.NodeId | ua.QualifiedName):
        text = str(value.to_string())
    elif isinstance(value, ua.XmlElement):
        text = value.Value or ""
    elif isinstance(value, str | int | float | uuid.UUID):
        text = str(value)
    elif value is None:
        text = ""
    else:
        raise TypeError(value)
    return _checked(text)


def _checked(text: str) -> str:
    """Return a text that can be sent on as UTF-8.

    :raises UnicodeEncodeError: it contains invalid bytes.
    """
    if not text.isascii():
        text.encode()
    return text


def _lang_text(value: Any) -> Value:
    locale = (value.Locale or "").replace("-", "_") or "en_US"
    return {_checked(f"{locale}{_UTF8}"): _checked(value.Text or "")}


def _bool(value: Any) -> Value:
    if isinstance(value, bool):
        return value
    raise TypeError(value)


def _float(value: Any) -> Value:
    if isinstance(value, int | float):
        return float(value)
    raise TypeError(value)


def _blob(value: Any) -> Value:
    if isinstance(value, bytes):
        return value
    if isinstance(value, list):
        # Some servers send an array of Byte instead.
        return bytes(value)
    if value is None:
        return b""
    raise TypeError(value)


def _time(value: Any) -> Value:
    """Convert a time; no time becomes the first one, and the end of time the last."""
    moment = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    if moment <= _NO_TIME:
        return 0
    if moment >= _FOR_EVER:
        return LAST
    ns = to_ns(moment)
    if not 0 <= ns < LAST:
        raise OverflowError(value)
    return ns


def _number(low: int, high: int) -> Callable[[Any], Value]:
    """Return a reader of whole numbers within the bounds of an element type."""

    def read(value: Any) -> Value:
        found = value.value if isinstance(value, ua.StatusCode) else value
        number = int(found) if isinstance(found, int | float) else None
        if number is None or number != found or not low <= number <= high:
            raise OverflowError(value)
        return number

    return read


_READERS: dict[ElementType, Callable[[Any], Value]] = {
    ElementType.BOOL: _bool,
    ElementType.CHAR: _number(0, 2**8 - 1),
    ElementType.INT: _number(-(2**31), 2**31 - 1),
    ElementType.UINT: _number(0, 2**32 - 1),
    ElementType.LONG: _number(-(2**63), 2**63 - 1),
    ElementType.ULONG: _number(0, 2**64 - 1),
    ElementType.FLOAT: _float,
    ElementType.STRING: _text,
    ElementType.TIME: _time,
    ElementType.BLOB: _blob,
    ElementType.LANG_STRING: _lang_text,
}


def read_value(value: Any, kind: ElementType) -> Value | None:
    """Convert a value for an element; ``None`` if it does not fit."""
    if type(value) is float and kind is ElementType.FLOAT:
        # Most values need no conversion.
        return value if isfinite(value) else None
    if value is None:
        return None
    member = kind.member
    try:
        if member is None:
            return _one(value, kind)
        found = [_one(item, member) for item in _flat(value)]
        return None if None in found else tuple(found)  # type: ignore[arg-type]
    except (TypeError, ValueError, AttributeError, OverflowError):
        return None


def _flat(value: Any) -> Any:
    """Flatten an array of any number of dimensions."""
    if not isinstance(value, list | bytes):
        raise TypeError(value)
    for one in value:
        if isinstance(one, list):
            yield from _flat(one)
        else:
            yield one


def _one(value: Any, kind: ElementType) -> Value | None:
    if isinstance(value, float) and not isfinite(value):
        return None
    return _READERS[kind](value)


def content(variant: ua.Variant) -> Any:
    """Return the value of a variant; null texts, bytes and arrays become empty ones."""
    if variant.Value is not None:
        return variant.Value
    if variant.is_array and variant.VariantType is not _T.Null:
        return []
    return _EMPTY.get(variant.VariantType)


def sample_of(data: ua.DataValue, kind: ElementType, now: int) -> Sample:
    """Make a sample; its value is ``None`` if it does not fit the element.

    :param now: in ns since the epoch, for a value without a time.
    """
    code = data.StatusCode.value if data.StatusCode is not None else 0
    value = None if data.Value is None else content(data.Value)
    return make_sample(value, kind, code, next(_times(data), now))


def has_time(data: ua.DataValue) -> bool:
    """Whether a value has a time."""
    return next(_times(data), None) is not None


def _times(data: ua.DataValue) -> Iterator[int]:
    """The valid times of a value, the source time first."""
    moments = (data.SourceTimestamp, data.ServerTimestamp)
    times = (to_ns(one) for one in moments if one is not None)
    return filter(is_time, times)


def is_time(ns: int) -> bool:
    """Whether a timestamp is a time, rather than a placeholder for none."""
    return 0 < ns <= LAST


def make_sample(value: Any, kind: ElementType, code: int, stime: int) -> Sample:
    """Make a sample of a value and its status code.

    :param code: its status code.
    """
    found = read_value(value, kind)
    severity = code >> 30
    if severity > 1 or found is None:
        bits = _BAD
    else:
        bits = _UNCERTAIN if severity else status.NORMAL
    return Sample(found, stime, bits, 0)


def value_of(data: ua.DataValue) -> Any:
    """The value of a node's attribute; ``None`` if its status is not good."""
    good = data.StatusCode is None or data.StatusCode.is_good()
    return data.Value.Value if good and data.Value is not None else None


def status_code(code: int) -> ua.StatusCode:
    """Make a status code of a number."""
    return ua.StatusCode(ua.UInt32(code))


def plain_code(code: ua.StatusCode) -> ua.StatusCode:
    """A status code without its info bits, so that it has a name."""
    return status_code(code.value & 0xFFFF0000)


def is_other_value(code: ua.StatusCode) -> bool:
    """Whether the server has written another value than the one sent."""
    return bool(plain_code(code).value == ua.StatusCodes.GoodClamped)


def is_overflow(code: int) -> bool:
    """Whether the server has dropped values before the one with this status code."""
    return code & _OVERFLOW == _OVERFLOW


def variant_of(value: Value, builtin: int, kind: ElementType) -> ua.Variant:
    """Convert a value of an element for a server's variable.

    :raises OagwError: the variable's type cannot hold it.
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
        # The library's message is about its internals.
        raise ConversionError(f"{value!r} cannot be written as {kind.name}") from error


def _write_time(value: Any) -> datetime:
    """Convert a time; the first one means no time, and the last second the end of time."""
    if not value:
        return _NO_TIME
    return _FOR_EVER if value >= _LAST_SECOND else to_datetime(value)


def _write_lang_text(value: Any) -> ua.LocalizedText:
    if len(set(value.values())) > 1:
        raise ConversionError(
            "a LocalizedText has one text; set it in one language, or as a plain text"
        )
    language, text = next(iter(value.items()), ("", ""))
    locale = language.removesuffix(_UTF8).replace("_", "-")
    return ua.LocalizedText(text, locale or None)


_WRITERS: dict[ua.VariantType, Callable[[Any], Any]] = {
    _T.DateTime: _write_time,
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
#: Errors by the beginnings of the names of status codes, without ``Bad``.
_ERRORS: tuple[tuple[tuple[str, ...], type[OagwError]], ...] = (
    (("NodeId",), ElementNotFoundError),
    (("TypeMismatch", "DataEncoding"), ConversionError),
    (("OutOfRange", "GoodClamped"), ValueOutOfRangeError),
    (("NoData", "History"), NoArchivedValuesError),
    (("TooMany", "Filter", "MonitoredItemFilter", "IndexRange"), ParameterError),
    (_GONE, ConnectionBrokenError),
)


def error_of_code(code: ua.StatusCode, what: str) -> OagwError:
    """Make the error for a status code that is not good.

    :param what: what has failed, as in ``it was not written``.
    """
    known = plain_code(code)
    name, words = known.name, known.doc
    if name == "Bad":
        name = f"Bad (0x{code.value:08X})"
    bare = name.removeprefix("Bad")
    message = f"{what}: the OPC UA server says {name} ({words.rstrip('.')})"
    for beginnings, kind in _ERRORS:
        if bare.startswith(beginnings):
            return kind(message)
    return IllegalCallError(message)
