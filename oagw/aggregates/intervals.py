"""Intervals: a period, cut by the local clock and calendar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from fractions import Fraction

import numpy as np

from oagw.aggregates.pieces import Times
from oagw.errors import ParameterError
from oagw.model.times import NS_PER_MS, NS_PER_S

#: Maximum number of intervals of a period.
MAX_INTERVALS = 1_000_000

_DAY_S = 86_400
_DAY = _DAY_S * NS_PER_S
_LENGTHS = {
    "ms": NS_PER_MS,
    "s": NS_PER_S,
    "sec": NS_PER_S,
    "second": NS_PER_S,
    "min": 60 * NS_PER_S,
    "minute": 60 * NS_PER_S,
    "h": 3600 * NS_PER_S,
    "hour": 3600 * NS_PER_S,
}
_TEXT = re.compile(r"(\d+(?:\.\d+)?)?\s*([a-z]+)", re.ASCII)
_EPOCH = date(1970, 1, 1).toordinal()
_MONDAY = date(1970, 1, 5).toordinal()
_WANTED = (
    "Interval must be a number of ms, or a text such as 500ms, 10s, 15min, 1h, 1d, 1week, "
    "1month or 1year"
)


@dataclass(frozen=True, slots=True)
class Interval:
    """The length of intervals: one field is set, the others are 0.

    :ivar length: in ns, by the local clock.
    :ivar days: in local days.
    :ivar weeks: in weeks that start on Monday.
    :ivar months: in calendar months.
    """

    length: int = 0
    days: int = 0
    weeks: int = 0
    months: int = 0

    @property
    def least(self) -> int:
        """A lower bound of the length in ns."""
        return self.length or (self.days + 7 * self.weeks + 28 * self.months) * _DAY


def read_interval(given: str | float) -> Interval:
    """Read an interval as clients write it.

    :raises ParameterError: it is not an interval.
    """
    found = _read_text(given) if isinstance(given, str) else _of_length(given, NS_PER_MS)
    if found.least < NS_PER_MS:
        raise ParameterError(f"{_WANTED}; 1ms is the shortest")
    if found.least > 1000 * 366 * _DAY:
        raise ParameterError(f"the Interval {given!r} is longer than 1,000 years")
    return found


def _read_text(text: str) -> Interval:
    match = _TEXT.fullmatch(text.strip().lower())
    if match is None or len(text) > 40:
        raise ParameterError(f"{_WANTED}, not '{text[:60]}'")
    number, unit = match[1] or "1", match[2]
    unit = unit if unit in ("s", "ms") else unit.removesuffix("s")
    if unit in _LENGTHS:
        return _of_length(number, _LENGTHS[unit])
    if not number.isdecimal():
        raise ParameterError(
            "Interval must be a whole number of days, weeks, months or years"
        )
    count = int(number)
    if unit in ("d", "day"):
        return Interval(days=count)
    if unit in ("w", "week"):
        return Interval(weeks=count)
    if unit in ("mon", "month"):
        return Interval(months=count)
    if unit in ("y", "year"):
        return Interval(months=12 * count)
    raise ParameterError(f"{_WANTED}, not '{text[:60]}'")


def _of_length(number: str | float, unit: int) -> Interval:
    try:
        length = Fraction(str(number)) * unit
    except (ValueError, OverflowError) as error:
        raise ParameterError(_WANTED) from error
    if length.denominator != 1:
        raise ParameterError("Interval must be a whole number of nanoseconds")
    return Interval(length=int(length))


def cut_evenly(first: int, end: int, count: int) -> Times:
    """Return the edges of ``count`` intervals of equal length.

    :raises ParameterError: there are too many intervals.
    """
    if not 1 <= count <= min(MAX_INTERVALS, end - first):
        raise ParameterError(
            f"Points is {count}; it must be 1 to {MAX_INTERVALS}, and at most the "
            "length of the period in nanoseconds"
        )
    whole, rest = divmod(end - first, count)
    at = np.arange(count + 1, dtype=np.int64)
    return first + whole * at + rest * at // count


def cut(first: int, end: int, interval: Interval, zone: tzinfo | None) -> Times:
    """Return the edges of intervals: both ends of the period, and all starts in between.

    :param first: the start in ns; ``end`` is later.
    :param zone: the time zone of clock and calendar; ``None`` is the server's local time.
    :raises ParameterError: there are too many intervals.
    """
    if (end - first) // interval.least <= MAX_INTERVALS:
        if interval.length:
            parts = list(_by_clock(first, end, interval.length, zone))
        else:
            parts = [_by_calendar(first, end, interval, zone)]
        # A midnight that the clock skips may coincide with the next start.
        between = np.unique(np.concatenate(parts))
        found = np.concatenate(([first], between[between > first], [end]))
        if len(found) - 1 <= MAX_INTERVALS:
            return found
    raise ParameterError(
        f"the period has more than {MAX_INTERVALS} intervals; use longer intervals or a "
        "shorter period"
    )


def _by_clock(first: int, end: int, length: int, zone: tzinfo | None) -> Iterator[Times]:
    """Yield the times at which the local clock shows a multiple of the length.

    Lengths up to a day count from midnight, longer ones from 1970. If the clock skips
    midnight, the first time after it counts instead.
    """
    before: int | None = None
    for begin, stop, offset in _offsets(first, end, zone):
        if before is not None and _leaves_out(begin + before, begin + offset, length):
            yield np.array([begin], np.int64)
        before = offset
        if length >= _DAY or _DAY % length == 0:
            yield _multiples(begin, stop, offset, length)
            continue
        for day in range((begin + offset) // _DAY, (stop - 1 + offset) // _DAY + 1):
            midnight = day * _DAY - offset
            opens, closes = max(midnight, begin), min(midnight + _DAY, stop)
            yield _multiples(opens, closes, -midnight, length)


def _leaves_out(shown: int, instead: int, length: int) -> bool:
    """Return whether the clock skips a midnight that starts an interval.

    :param shown: what the clock would have shown without the change.
    :param instead: what it shows.
    """
    step = max(length, _DAY)
    midnights = range(-(-shown // _DAY) * _DAY, instead, _DAY)
    return any(midnight % step == 0 for midnight in midnights)


def _multiples(begin: int, stop: int, shift: int, length: int) -> Times:
    """Return the times in ``begin`` to ``stop`` that are multiples when shifted."""
    earliest = -(-(begin + shift) // length) * length - shift
    count = max(-(-(stop - earliest) // length), 0)
    return earliest + length * np.arange(count, dtype=np.int64)


def _offsets(first: int, end: int, zone: tzinfo | None) -> Iterator[tuple[int, int, int]]:
    """Yield spans with a constant UTC offset: start, end, offset (all in ns)."""
    begin, at, last = first, first // NS_PER_S, -(-end // NS_PER_S)
    offset = _offset(at, zone)
    while at < last:
        ahead = min(at + _DAY_S, last)
        new = _offset(ahead, zone)
        if new != offset:
            change = _change(at, ahead, offset, zone) * NS_PER_S
            if change >= end:
                break
            yield begin, change, offset * NS_PER_S
            begin, offset = change, new
        at = ahead
    yield begin, end, offset * NS_PER_S


def _change(low: int, high: int, offset: int, zone: tzinfo | None) -> int:
    """Return the first second with a different offset."""
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, zone) == offset:
            low = middle
        else:
            high = middle
    return high


def _offset(second: int, zone: tzinfo | None) -> int:
    offset = datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // timedelta(seconds=1)


def _by_calendar(first: int, end: int, interval: Interval, zone: tzinfo | None) -> Times:
    """Return the starts of local days, weeks or months."""
    begin = datetime.fromtimestamp(first // NS_PER_S, UTC).astimezone(zone).date()
    stop = datetime.fromtimestamp(end // NS_PER_S, UTC).astimezone(zone).date()
    # If the clock goes back over midnight, the next day has already begun once.
    stop += timedelta(days=1)
    if interval.months:
        days = _months(begin, stop, interval.months)
    elif interval.weeks:
        days = _days(begin, stop, 7 * interval.weeks, _MONDAY)
    else:
        days = _days(begin, stop, interval.days, _EPOCH)
    found = (_midnight(day, zone) * NS_PER_S for day in days)
    return np.array([at for at in found if first < at < end], np.int64)


def _midnight(day: date, zone: tzinfo | None) -> int:
    """Return the second at which a day begins; without a zone in the server's local time.

    If the clock skips midnight, this is the first second after it.
    """
    wanted = datetime(day.year, day.month, day.day, tzinfo=zone)
    second = int(wanted.timestamp())
    if _local(second, zone) == wanted.replace(tzinfo=None):
        return second
    # For a skipped time Python uses the offset before the change, or after it with fold.
    earlier = int(wanted.replace(fold=1).timestamp())
    return _change(earlier, second, _offset(earlier, zone), zone)


def _local(second: int, zone: tzinfo | None) -> datetime:
    """Return what the local clock shows."""
    return datetime.fromtimestamp(second, UTC).astimezone(zone).replace(tzinfo=None)


def _days(begin: date, stop: date, step: int, base: int) -> Iterator[date]:
    earliest = base + -(-(begin.toordinal() - base) // step) * step
    for number in range(earliest, stop.toordinal() + 1, step):
        yield date.fromordinal(number)


def _months(begin: date, stop: date, step: int) -> Iterator[date]:
    earliest = -(-(begin.year * 12 + begin.month - 1) // step) * step
    for number in range(earliest, stop.year * 12 + stop.month, step):
        yield date(number // 12, number % 12 + 1, 1)
