"""Values: what each element type holds, and the conversions that lose nothing.

Inside, a value is a ``bool``, ``int``, ``float``, ``str`` or ``bytes``; a time is an
``int`` of ns since the epoch, a dyn type a ``tuple``, a langString a ``dict`` of text
by language. :func:`convert` is the only way in, :func:`to_wire` the only way out.
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
#: What JSON carries for a value.
WireValue: TypeAlias = bool | int | float | str | dict[str, str] | list["WireValue"] | None
#: Turns what came in into a value of a type; a time without a zone is in the zone.
Converter: TypeAlias = Callable[[object, ElementType, tzinfo | None], Value]

#: The language that a plain text for a langString is in.
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
#: A number as programs write it, of a length that is still read exactly.
_NUMBER = re.compile(
    r"[+-]?(?:\d{1,400}\.?\d{0,400}|\.\d{1,400})(?:[eE][+-]?\d{1,3})?", re.ASCII
)
#: Bits of the longest whole number that becomes a text.
_LONGEST_TEXT = 1 << 12
#: Digits of the largest whole number that any type holds.
_MOST_DIGITS = 20
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def convert(given: object, kind: ElementType, zone: tzinfo | None = None) -> Value:
    """Turn what came in into a value of the type, if that loses nothing.

    :param given: a value as JSON or TOML has it.
    :param zone: the zone of times without one; ``None`` is the server's local time.
    :raises ConversionError: it does not fit.
    :raises SourceTimeRangeError: a time is outside of what can be stored.
    """
    return converter(kind)(given, kind, zone)


def converter(kind: ElementType) -> Converter:
    """What :func:`convert` does for a type: for who converts many of the same."""
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
            f"{_shown(given)} is outside of {kind.keyword} ({low} to {high})"
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
    # As 1.5e3, which no float in between may make inexact.
    number = Decimal(text)
    if number.adjusted() >= _MOST_DIGITS or number != number.to_integral_value():
        return None
    return int(number)


def _to_float(given: object, kind: ElementType, zone: tzinfo | None) -> Value:
    number: float
    if isinstance(given, float):
        number = given
    elif isinstance(given, int):
        # The nearest one: programs write 3033333333333333500 for a double that is near it.
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
    """Text that UTF-8 can carry; JSON may hold half of a surrogate pair."""
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
    """What an element holds before anything was set."""
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
    """The function that makes JSON's form of a value; ``None`` if it is that already."""
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
    """JSON's form of a value: time in ms, blob in base64, langString as one text."""
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
    """The value that msgpack gave back: it knows no tuples."""
    return tuple(stored) if isinstance(stored, list) else stored  # type: ignore[return-value]


def _misfit(given: object, kind: ElementType) -> ConversionError:
    return ConversionError(f"{_shown(given)} does not fit into {kind.keyword}")


def _shown(given: object) -> str:
    try:
        text = repr(given)
    except ValueError:
        # Python writes no integer of thousands of digits, alone or in a list.
        text = "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}..."
