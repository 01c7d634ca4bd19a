"""Times: nanoseconds since the epoch (UTC) inside, ISO 8601 or milliseconds outside."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, tzinfo

from oagw.errors import ConversionError, SourceTimeRangeError

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000

#: The last source time that can be stored (signed 64 bit): in the year 2262.
LAST = 2**63 - 1

_ZONE = r"\s*(Z|z|[+-]\d\d(?::?[0-5]\d)?)?"
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?" + _ZONE,
    re.ASCII,
)
#: The basic format, as 20260131T235959Z. Digits alone would be taken for a number.
_BASIC = re.compile(
    r"(\d{8})[Tt](\d{4})(?:(\d\d)(?:[.,](\d{1,9}))?)?" + _ZONE,
    re.ASCII,
)
_MIDNIGHT = "24:00", "2400"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: More digits than those of any time.
_MANY_DIGITS = 40


def parse_time(
    given: str | float, zone: tzinfo | None = None, *, clamp: bool = False
) -> int:
    """Read a time as clients give it, in ns since the epoch.

    :param given: ISO 8601 with 0 to 9 fractional digits, with or without a zone, or
        a number of ms since the epoch.
    :param zone: what a text without a zone is in; ``None`` is the server's local time.
    :param clamp: take the nearest time that can be stored for one that cannot.
    :raises ConversionError: it is not a time.
    :raises SourceTimeRangeError: it is before 1970 or after 2262, without ``clamp``.
    """
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise ConversionError(f"{given!r} is not a time")
    ns = _parse_iso(given.strip(), zone) if isinstance(given, str) else _from_ms(given)
    if clamp:
        return min(max(ns, 0), LAST)
    if not 0 <= ns <= LAST:
        raise SourceTimeRangeError(
            f"the time {given!r} is not between 1970 and 2262"
            + ("" if isinstance(given, str) else "; a number is ms since the epoch")
        )
    return ns


def parse_time_text(text: str, zone: tzinfo | None = None, *, clamp: bool = False) -> int:
    """Read a time where all is text, so that a whole number is ms since the epoch.

    Arguments and errors are those of :func:`parse_time`.
    """
    stripped = text.strip()
    if not stripped.isdecimal():
        return parse_time(stripped, zone, clamp=clamp)
    # int() refuses thousands of digits, and so many are beyond all times already.
    digits = stripped.lstrip("0") or "0"
    return parse_time(int(digits[:_MANY_DIGITS]), zone, clamp=clamp)


def _from_ms(ms: float) -> int:
    if isinstance(ms, int):
        return ms * NS_PER_MS
    if not math.isfinite(ms):
        raise ConversionError(f"{ms!r} is not a time")
    if abs(ms) > LAST:
        return LAST + 1 if ms > 0 else -1
    return round(ms * 1000) * 1000


def _parse_iso(text: str, zone: tzinfo | None) -> int:
    found = _ISO.fullmatch(text) or _BASIC.fullmatch(text)
    if found is None:
        raise ConversionError(
            f"'{text}' is not a time; write it as '2026-01-31T23:59:59.999', "
            "with 'Z' or '+01:00' if it is not local time, or as ms since the epoch"
        )
    date, minutes, seconds, fraction, offset = found.groups()
    try:
        moment = _on_the_clock(date, minutes or "00:00", seconds or "00", fraction)
        if not 1900 <= moment.year <= 2300:
            # Far out of range, where the calendar itself may end within an offset.
            return -1 if moment.year < 1900 else LAST + 1
        aware = _in_zone(moment, offset, zone)
    except (ValueError, OverflowError) as error:
        raise ConversionError(f"'{text}' is not a time: {error}") from error
    whole = (aware - _EPOCH) // timedelta(seconds=1)
    return whole * NS_PER_S + int((fraction or "0").ljust(9, "0"))


def _on_the_clock(date: str, minutes: str, seconds: str, fraction: str | None) -> datetime:
    """The whole second that a date and a clock show; 24:00 is the end of its day."""
    if minutes not in _MIDNIGHT:
        colon = minutes[2:-2]
        return datetime.fromisoformat(f"{date}T{minutes}{colon}{seconds}")
    if int(seconds) or int(fraction or "0"):
        raise ValueError("nothing is later than 24:00")
    return datetime.fromisoformat(date) + timedelta(days=1)


def _in_zone(moment: datetime, offset: str | None, zone: tzinfo | None) -> datetime:
    if offset is None:
        return moment.astimezone() if zone is None else moment.replace(tzinfo=zone)
    if offset in "Zz":
        return moment.replace(tzinfo=UTC)
    return datetime.fromisoformat(f"{moment.isoformat()}{offset}")


def to_ms(ns: int) -> int:
    """Milliseconds since the epoch, cut off as the wire has them."""
    return ns // NS_PER_MS


def to_iso(ns: int) -> str:
    """ISO 8601 in UTC with milliseconds, such as ``2026-01-31T23:59:59.999Z``."""
    seconds, rest = divmod(ns, NS_PER_S)
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest // NS_PER_MS:03d}Z"


def to_iso_ns(ns: int) -> str:
    """The same with nanoseconds: all of the time."""
    return f"{to_iso(ns)[:-1]}{ns % NS_PER_MS:06d}Z"
