"""Values, times and states of OPC UA, and what they are here."""

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
#: What a DateTime is that means no time, and one that is as good as never (OPC 10000-6,
#: 5.2.2.5); of the latter the library has seconds.
_NO_TIME = datetime(1601, 1, 1, tzinfo=UTC)
_FOR_EVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
#: The last time as clients have it, who may have cut it off to seconds.
_LAST_SECOND = LAST // NS_PER_S * NS_PER_S
#: What stands for a null of these types.
_EMPTY: dict[ua.VariantType, Any] = {_T.String: "", _T.XmlElement: "", _T.ByteString: b""}
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
    """A text; bytes that are none would stop whoever sends it on.

    :raises UnicodeEncodeError: it has some.
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
        # Servers may send an array of Byte instead.
        return bytes(value)
    if value is None:
        return b""
    raise TypeError(value)


def _time(value: Any) -> Value:
    """A time; one that means no time, or the end of all times, is the first or the last."""
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
    """Reads whole numbers that an element of a type has room for."""

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
    """A value as an element has it; ``None`` if it is none that fits."""
    if type(value) is float and kind is ElementType.FLOAT:
        # Most values are.
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
    """The members of an array of any number of dimensions."""
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
    """The value of a variant; a text, bytes or an array that is null is an empty one."""
    if variant.Value is not None:
        return variant.Value
    if variant.is_array and variant.VariantType is not _T.Null:
        return []
    return _EMPTY.get(variant.VariantType)


def sample_of(data: ua.DataValue, kind: ElementType, now: int) -> Sample:
    """A sample; its value is ``None`` if there is none that an element can have.

    :param now: in ns since the epoch, for a server that tells no time.
    """
    code = data.StatusCode.value if data.StatusCode is not None else 0
    value = None if data.Value is None else content(data.Value)
    return make_sample(value, kind, code, next(_times(data), now))


def has_time(data: ua.DataValue) -> bool:
    """Whether the server says when a value was."""
    return next(_times(data), None) is not None


def _times(data: ua.DataValue) -> Iterator[int]:
    """The times that the server gives a value, the best one first."""
    moments = (data.SourceTimestamp, data.ServerTimestamp)
    times = (to_ns(one) for one in moments if one is not None)
    return filter(is_time, times)


def is_time(ns: int) -> bool:
    """Whether a timestamp says when something was, rather than that nobody knows."""
    return 0 < ns <= LAST


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


def value_of(data: ua.DataValue) -> Any:
    """The value of an attribute that is no variable's value; ``None`` if it is not good."""
    good = data.StatusCode is None or data.StatusCode.is_good()
    return data.Value.Value if good and data.Value is not None else None


def status_code(code: int) -> ua.StatusCode:
    """The status code of a number."""
    return ua.StatusCode(ua.UInt32(code))


def plain_code(code: ua.StatusCode) -> ua.StatusCode:
    """A code without the bits that say more about it, as it is known by its name."""
    return status_code(code.value & 0xFFFF0000)


def is_other_value(code: ua.StatusCode) -> bool:
    """Whether the server has written another value than it was sent."""
    return bool(plain_code(code).value == ua.StatusCodes.GoodClamped)


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


def _write_time(value: Any) -> datetime:
    """The DateTime of a time; the first is no time, and the last second never ends."""
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
#: What the codes of OPC UA are here, by the beginnings of their names without ``Bad``.
_ERRORS: tuple[tuple[tuple[str, ...], type[OagwError]], ...] = (
    (("NodeId",), ElementNotFoundError),
    (("TypeMismatch", "DataEncoding"), ConversionError),
    (("OutOfRange", "GoodClamped"), ValueOutOfRangeError),
    (("NoData", "History"), NoArchivedValuesError),
    (("TooMany", "Filter", "MonitoredItemFilter", "IndexRange"), ParameterError),
    (_GONE, ConnectionBrokenError),
)


def error_of_code(code: ua.StatusCode, what: str) -> OagwError:
    """The error for a code that is not good.

    :param what: what was wanted, as in ``it was not written``.
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
