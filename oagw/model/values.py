"""Values: what each element type holds, and lossless conversion.

Internally a value is a ``bool``, ``int``, ``float``, ``str`` or ``bytes``. A time is an
``int`` in ns since the epoch, a dyn type is a ``tuple``, and a langString is a ``dict`` of
texts by language. :func:`convert` creates all values, and :func:`to_wire` returns their
JSON form.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from datetime import tzinfo
from decimal import Decimal
from typing import TypeAlias

from oagw.errors import ConversionError
from oagw.model.dptypes import ElementType
from oagw.model.times import parse_time, to_ms

Value: TypeAlias = bool | int | float | str | bytes | dict[str, str] | tuple["Value", ...]
#: A value as JSON represents it.
WireValue: TypeAlias = bool | int | float | str | dict[str, str] | list["WireValue"] | None
#: Converts input to a value of a type; the last argument is the zone of times without one.
Converter: TypeAlias = Callable[[object, ElementType, tzinfo | None], Value]

#: The language of a plain text that is assigned to a langString.
DEFAULT_LANGUAGE = "en_US.utf8"

_RANGES = {
    ElementType.CHAR: (0, 2**8 - 1),
    ElementType.UINT: (0, 2**32 - 1),
    ElementType.INT: (-(2**31), 2**31 - 1),
    ElementType.BIT32: (0, 2**32 - 1),
    ElementType.BIT64: (0, 2**64 - 1),
    ElementType.LONG: (-(2**63), 2**63 - 1),
    ElementType.ULONG: (0, 2**64 - 1),
}
_WHOLE = re.compile(r"([+-]?\d{1,20})(?:\.0*)?", re.ASCII)
#: A number as programs write it, short enough to be read exactly.
_NUMBER = re.compile(
    r"[+-]?(?:\d{1,400}\.?\d{0,400}|\.\d{1,400})(?:[eE][+-]?\d{1,3})?", re.ASCII
)
#: Maximum number of bits of a whole number that is converted to a text.
_LONGEST_TEXT = 1 << 12
#: Maximum number of digits of a whole number that a type can hold.
_MOST_DIGITS = 20
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def convert(given: object, kind: ElementType, zone: tzinfo | None = None) -> Value:
    """Convert input to a value of the type, if this is possible without loss.

    :param given: a value from JSON or TOML.
    :param zone: the time zone of times without one; ``None`` is the server's local time.
    :raises ConversionError: the value does not fit the type.
    :raises SourceTimeRangeError: a time is before 1970 or after 2262.
    """
    return converter(kind)(given, kind, zone)


def converter(kind: ElementType) -> Converter:
    """Return the conversion function for a type, for callers that convert many values."""
    return _CONVERTERS[kind]


def _to_dyn(given: object, kind: ElementType, zone: tzinfo | None) -> Value:
    member = kind.member
    assert member is not None
    if not isinstance(given, list | tuple):
        raise ConversionError(f"{_shown(given)} is not a list, as {kind.keyword} needs")
    convert_one = converter(member)
    return tuple(convert_one(one, member, zone) for one in given)


def _to_time(given: object, kind: ElementType, zone: tzinfo | None) -> Value:
    if isinstance(given, str | int | float):
        return parse_time(given, zone)
    raise _misfit(given, kind)


def _to_bool(given: object, kind: ElementType, zone: tzinfo | None) -> Value:
    if isinstance(given, bool):
        return given
    if isinstance(given, int | float) and given in (0, 1):
        return bool(given)
    if isinstance(given, str) and given.strip().lower() in _BOOLEANS:
        return _BOOLEANS[given.strip().lower()]
    raise _misfit(given, kind)


def _to_int(given: object, kind: ElementType, zone: tzinfo | None) -> Value:
    number = _whole_number(given)
    low, high = _RANGES[kind]
    if number is None:
        raise _misfit(given, kind)
    if not low <= number <= high:
        raise ConversionError(
            f"{_shown(given)} is outside the range of {kind.keyword} ({low} to {high})"
        )
    return number


def _whole_number(given: object) -> int | None:
    if isinstance(given, int):
        return int(given)
    if isinstance(given, float) and given.is_integer():
        return int(given)
    if isinstance(given, str):
        return _whole_number_of_text(given.strip())
    return None


def _whole_number_of_text(text: str) -> int | None:
    found = _WHOLE.fullmatch(text)
    if found is not None:
        return int(found[1])
    if _NUMBER.fullmatch(text) is None:
        return None
    # For example 1.5e3, without a float in between that could lose digits.
    number = Decimal(text)
    if number.adjusted() >= _MOST_DIGITS or number != number.to_integral_value():
        return None
    return int(number)


def _to_float(given: object, kind: ElementType, zone: tzinfo | None) -> Value:
    number: float
    if isinstance(given, float):
        number = given
    elif isinstance(given, int):
        # Convert to the nearest double: programs write 3033333333333333500 for one near it.
        try:
            number = float(given)
        except OverflowError as error:
            raise ConversionError(
                f"{_shown(given)} is too large: the largest float is 1.8e308"
            ) from error
    elif isinstance(given, str) and given.isascii() and "_" not in given:
        try:
            number = float(given)
        except ValueError as error:
            raise _misfit(given, kind) from error
    else:
        raise _misfit(given, kind)
    if not math.isfinite(number):
        raise ConversionError(
            f"{_shown(given)} is not a finite number (the largest float is 1.8e308)"
        )
    return number


def _to_text(given: object, kind: ElementType, zone: tzinfo | None) -> Value:
    if isinstance(given, str):
        return _checked(given)
    if isinstance(given, bool):
        return "TRUE" if given else "FALSE"
    if isinstance(given, float) and not math.isfinite(given):
        raise ConversionError(f"{_shown(given)} is not a finite number")
    if isinstance(given, float):
        return repr(given)
    if isinstance(given, int) and given.bit_length() <= _LONGEST_TEXT:
        return str(given)
    raise _misfit(given, kind)


def _to_name(given: object, kind: ElementType, zone: tzinfo | None) -> Value:
    if isinstance(given, str):
        return _checked(given)
    raise _misfit(given, kind)


def _checked(text: str) -> str:
    """Return a text that UTF-8 can encode; JSON may contain half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ConversionError(f"{_shown(text)} is not valid Unicode text") from error
    return text


def _to_blob(given: object, kind: ElementType, zone: tzinfo | None) -> Value:
    if isinstance(given, bytes):
        return given
    if isinstance(given, str):
        try:
            return base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError) as error:
            raise ConversionError(f"{_shown(given)} is not base64 text") from error
    raise _misfit(given, kind)


def _to_lang_string(given: object, kind: ElementType, zone: tzinfo | None) -> Value:
    if isinstance(given, str):
        return {DEFAULT_LANGUAGE: _checked(given)}
    if isinstance(given, dict) and all(
        isinstance(lang, str) and isinstance(text, str) for lang, text in given.items()
    ):
        return {_checked(lang): _checked(text) for lang, text in given.items()}
    raise _misfit(given, kind)


_CONVERTERS: dict[ElementType, Converter] = {
    ElementType.BOOL: _to_bool,
    ElementType.FLOAT: _to_float,
    ElementType.STRING: _to_text,
    ElementType.DPID: _to_name,
    ElementType.BLOB: _to_blob,
    ElementType.LANG_STRING: _to_lang_string,
    ElementType.TIME: _to_time,
    **dict.fromkeys(_RANGES, _to_int),
    **dict.fromkeys((one for one in ElementType if one.member is not None), _to_dyn),
}


def default_value(kind: ElementType) -> Value:
    """Return the value of an element that was never set."""
    if kind.member is not None:
        return ()
    return _DEFAULTS.get(kind, 0)


_DEFAULTS: dict[ElementType, Value] = {
    ElementType.BOOL: False,
    ElementType.FLOAT: 0.0,
    ElementType.STRING: "",
    ElementType.DPID: "",
    ElementType.BLOB: b"",
    ElementType.LANG_STRING: {DEFAULT_LANGUAGE: ""},
}

_PLAIN = frozenset(
    kind
    for kind in ElementType
    if kind.holds_value
    and kind.member is None
    and kind not in (ElementType.TIME, ElementType.BLOB, ElementType.LANG_STRING)
)


def wire_encoder(kind: ElementType) -> Callable[[Value], WireValue] | None:
    """Return the function that creates the JSON form; ``None`` if it equals the value."""
    if kind in _PLAIN:
        return None
    member = kind.member
    if member is None:
        return _ENCODERS[kind]
    if member in _PLAIN:
        return lambda value: list(value)  # type: ignore[arg-type]
    encode = _ENCODERS[member]
    return lambda value: [encode(one) for one in value]  # type: ignore[union-attr]


def to_wire(value: Value, kind: ElementType) -> WireValue:
    """Return the JSON form: time in ms, blob in base64, langString as one text."""
    encode = wire_encoder(kind)
    return value if encode is None else encode(value)  # type: ignore[return-value]


def _wire_time(value: Value) -> WireValue:
    assert isinstance(value, int)
    return to_ms(value)


def _wire_blob(value: Value) -> WireValue:
    assert isinstance(value, bytes)
    return base64.b64encode(value).decode("ascii")


def _wire_lang_string(value: Value) -> WireValue:
    assert isinstance(value, dict)
    text = value.get(DEFAULT_LANGUAGE)
    return text if text is not None else next(iter(value.values()), "")


_ENCODERS: dict[ElementType, Callable[[Value], WireValue]] = {
    ElementType.TIME: _wire_time,
    ElementType.BLOB: _wire_blob,
    ElementType.LANG_STRING: _wire_lang_string,
}


def restore(stored: object) -> Value:
    """Restore a value that msgpack decoded, which has lists instead of tuples."""
    return tuple(stored) if isinstance(stored, list) else stored  # type: ignore[return-value]


def _misfit(given: object, kind: ElementType) -> ConversionError:
    return ConversionError(f"{_shown(given)} does not fit into {kind.keyword}")


def _shown(given: object) -> str:
    try:
        text = repr(given)
    except ValueError:
        # Python refuses to format integers with thousands of digits.
        text = "a number with thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}..."
