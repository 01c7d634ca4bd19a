"""Times in DPL files: ``23.12.2020 14:37:47.160``, without a time zone.

Times on the first day of 1970 are in UTC, wherever the file comes from. They are durations
(``01.01.1970 00:00:10.000`` is ten seconds) or stand for a missing time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from oagw.dpl.strings import shown
from oagw.errors import ConversionError
from oagw.model.times import NS_PER_MS, NS_PER_S

_TIME = re.compile(
    r"(?:(\d{1,2})([./])(\d{1,2})\2(\d{4})|(\d{4})([./-])(\d{1,2})\6(\d{1,2}))"
    r"(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,:](\d{0,9}))?)?)?"
    r" ?(Z|[+-]\d{2}:?\d{2}(?::?\d{2})?)?",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400


def parse_moment(text: str, zone: tzinfo | None = None) -> int:
    """Parse a time; returns ns since the epoch.

    The date is day first or year first, with 0 to 9 fractional digits of a second.

    :param zone: the time zone of a time without one; ``None`` is local time.
    :raises ConversionError: it is not a time.
    """
    if len(text) == 23 and text[19] == "." and text[20:].isdecimal() and zone is not None:
        return _second(text[:19], zone) + int(text[20:]) * NS_PER_MS
    return _parse(text, zone)


@lru_cache(maxsize=1 << 14)
def _second(text: str, zone: tzinfo) -> int:
    return _parse(text, zone)


def _parse(text: str, zone: tzinfo | None) -> int:
    found = _TIME.fullmatch(text.strip().strip('"'))
    if found is None:
        raise ConversionError(
            f"the cell {shown(text)} is not a time; write it as '31.01.2026 23:59:59.999'"
        )
    first = found.group(4, 3, 1) if found[1] else found.group(5, 7, 8)
    year, month, day, hour, minute, second = (
        int(part or 0) for part in (*first, *found.group(9, 10, 11))
    )
    try:
        moment = datetime(year, month, day, hour, minute, second)
        since = _in_zone(moment, found[13], zone) - _EPOCH
    except (ValueError, OverflowError) as error:
        raise ConversionError(f"the cell {shown(text)} is not a time: {error}") from error
    ns = (since // timedelta(seconds=1)) * NS_PER_S + int((found[12] or "").ljust(9, "0"))
    return ns


def _in_zone(moment: datetime, offset: str | None, zone: tzinfo | None) -> datetime:
    if offset is not None:
        return datetime.fromisoformat(f"{moment.isoformat()}{offset}")
    if moment.date() == _EPOCH.date():
        return moment.replace(tzinfo=UTC)
    return moment.astimezone() if zone is None else moment.replace(tzinfo=zone)


def format_moment(ns: int, zone: tzinfo | None = None) -> str:
    """Return the text of a time, with milliseconds or, if necessary, all nine digits.

    In the hour that occurs twice a year, the second occurrence has its UTC offset appended.

    :param zone: the time zone of the text; ``None`` is local time.
    """
    seconds, rest = divmod(ns, NS_PER_S)
    length = 0 <= seconds < _DAY
    moment = datetime.fromtimestamp(seconds, UTC if length else zone)
    ms, less = divmod(rest, NS_PER_MS)
    fraction = f"{rest:09d}" if less else f"{ms:03d}"
    unclear = moment.fold or (moment.date() == _EPOCH.date() and not length)
    offset = f" {moment.astimezone(zone):%z}" if unclear else ""
    return (
        f"{moment.day:02d}.{moment.month:02d}.{moment.year:04d} "
        f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d}.{fraction}{offset}"
    )
