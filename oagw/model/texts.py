"""Texts of values for files: people can read them, and reading them back loses nothing.

Numbers and texts are unchanged. A bool is ``true`` or ``false``, a time is ISO 8601 in UTC
with nanoseconds, a blob is base64. Lists and langStrings are JSON with such texts.
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
    """Return the text of a value.

    :param value: a value in the form of :mod:`oagw.model.values`; a list may replace a
        tuple.
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
    """Return the value of a text.

    :param zone: the time zone of times without one; ``None`` is local time.
    :raises ConversionError: the text is not a value of this type.
    :raises SourceTimeRangeError: a time is before 1970 or after 2262.
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
            # A text in one language may also start with a brace.
            return convert(text, kind, zone)
    return convert(text, kind, zone)
