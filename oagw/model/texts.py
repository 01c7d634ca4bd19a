"""Texts of values that lose nothing, for files: what a person can read, and read back.

Numbers and texts are as they are, a bool is ``true`` or ``false``, a time ISO 8601 in UTC
with nanoseconds, a blob base64; lists and langStrings are JSON of these.
"""

from __future__ import annotations

import base64
from datetime import tzinfo

import orjson

from oagw.errors import ConversionError
from oagw.model.dptypes import ElementType
from oagw.model.times import to_iso_ns
from oagw.model.values import Value, convert


def to_text(value: object, kind: ElementType) -> str:
    """The text of a value.

    :param value: as :mod:`oagw.model.values` has it; a list may stand for a tuple.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return to_iso_ns(value) if kind is ElementType.TIME else str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, bytes):
        return _base64(value)
    if kind is ElementType.DYN_TIME and isinstance(value, list | tuple):
        value = [to_iso_ns(one) for one in value]
    return orjson.dumps(value, default=_base64).decode()


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def read_text(text: str, kind: ElementType, zone: tzinfo | None = None) -> Value:
    """The value that a text means.

    :param zone: the zone of times without one; ``None`` is local time.
    :raises ConversionError: it means none of this type.
    :raises SourceTimeRangeError: a time is outside of what can be stored.
    """
    if kind.member is not None:
        try:
            return convert(orjson.loads(text), kind, zone)
        except orjson.JSONDecodeError as error:
            shown = text if len(text) <= 60 else f"{text[:57]}..."
            raise ConversionError(
                f"'{shown}' is not a JSON list, as {kind.keyword} needs"
            ) from error
    if kind is ElementType.LANG_STRING and text.startswith("{"):
        try:
            return convert(orjson.loads(text), kind, zone)
        except orjson.JSONDecodeError:
            # A text in one language may begin like this.
            return convert(text, kind, zone)
    return convert(text, kind, zone)
