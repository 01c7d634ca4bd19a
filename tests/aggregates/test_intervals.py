"""Intervals begin where the local clock and calendar say so."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.aggregates.intervals import (
    MAX_INTERVALS,
    cut,
    cut_evenly,
    read_interval,
)
from oagw.errors import ParameterError
from oagw.model.times import LAST, parse_time

VIENNA = ZoneInfo("Europe/Vienna")
ZONES = [UTC, VIENNA, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu"), None]
_MINUTE = 60 * 10**9
_DAY = 1440 * _MINUTE


def at(text: str, zone: tzinfo | None = VIENNA) -> int:
    """A time in ns."""
    return parse_time(text, zone)


def edges(first: str, end: str, interval: str, zone: tzinfo | None = VIENNA) -> list[int]:
    """The edges of a local period."""
    found = cut(at(first, zone), at(end, zone), read_interval(interval), zone)
    edges: list[int] = found.tolist()
    return edges


def shown(found: list[int]) -> list[str]:
    """Times as Vienna's clocks show them."""
    moments = [datetime.fromtimestamp(one // 10**9, VIENNA) for one in found]
    return [f"{one:%m-%d %H:%M}" for one in moments]


def hours(found: list[int]) -> list[float]:
    """How long each interval is."""
    return [(other - one) / 3_600_000_000_000 for one, other in pairwise(found)]


class DaylightTests(SynchronousTestCase):
    """Days of 23 and 25 hours."""

    timeout = 60

    def test_days(self) -> None:
        """Go from midnight to midnight."""
        self.assertEqual(hours(edges("2026-03-28", "2026-03-31", "1d")), [24, 23, 24])
        self.assertEqual(hours(edges("2026-10-24", "2026-10-27", "1day")), [24, 25, 24])

    def test_hours(self) -> None:
        """Are all as long; there are 23 or 25 of them."""
        for day, following, count in (
            ("2026-03-29", "2026-03-30", 23),
            ("2026-10-25", "2026-10-26", 25),
        ):
            found = edges(day, following, "1h")
            self.assertEqual(hours(found), [1.0] * count)
            self.assertEqual(shown(found)[0][-5:], "00:00")

    def test_several_hours(self) -> None:
        """Begin where the clock shows a multiple, as shifts do."""
        spring = edges("2026-03-29", "2026-03-30", "6h")
        self.assertEqual(hours(spring), [5, 6, 6, 6])
        self.assertEqual(
            [one[-5:] for one in shown(spring)[1:4]], ["06:00", "12:00", "18:00"]
        )
        self.assertEqual(hours(edges("2026-10-25", "2026-10-26", "6h")), [7, 6, 6, 6])
        autumn = edges("2026-10-25", "2026-10-25T06:00", "2h")
        self.assertEqual(hours(autumn), [2, 1, 2, 2])
        self.assertEqual(hours(edges("2026-03-29", "2026-03-29T06:00", "2h")), [3, 2])

    def test_months_and_years(self) -> None:
        """Begin with their first midnight."""
        found = edges("2026-01-01", "2027-01-01", "1month")
        self.assertEqual(len(found), 13)
        self.assertEqual(hours(found)[2:4], [31 * 24 - 1, 30 * 24])
        self.assertEqual(hours(found)[9], 31 * 24 + 1)
        self.assertEqual(hours(edges("2027-01-01", "2029-01-01", "1y")), [8760, 8784])

    def test_weeks(self) -> None:
        """Begin on Mondays."""
        found = edges("2026-03-01", "2026-04-01", "1week")
        mondays = [
            "03-02 00:00",
            "03-09 00:00",
            "03-16 00:00",
            "03-23 00:00",
            "03-30 00:00",
        ]
        self.assertEqual(shown(found), ["03-01 00:00", *mondays, "04-01 00:00"])

    def test_the_period_cuts_the_first_and_the_last(self) -> None:
        """They begin and end with it."""
        found = edges("2026-05-05T10:20", "2026-05-05T12:10", "1h")
        times = ["05-05 10:20", "05-05 11:00", "05-05 12:00", "05-05 12:10"]
        self.assertEqual(shown(found), times)

    def test_several_of_the_calendar(self) -> None:
        """Quarters of the year; days from 1970, weeks from its first Monday on."""
        quarters = shown(edges("2026-01-15", "2026-12-01", "3months"))[1:-1]
        self.assertEqual([one[:5] for one in quarters], ["04-01", "07-01", "10-01"])
        found = edges("1970-01-01", "1970-01-12", "5days", UTC)
        self.assertEqual([one // _DAY for one in found], [0, 5, 10, 11])
        found = edges("1970-01-01", "1970-02-10", "2weeks", UTC)
        self.assertEqual([one // _DAY for one in found], [0, 4, 18, 32, 40])
        found = edges("1970-01-01", "1970-01-06", "36h", UTC)
        self.assertEqual(hours(found), [36, 36, 36, 12])

    def test_what_does_not_divide_the_day(self) -> None:
        """Intervals start again at midnight."""
        found = edges("2026-05-05", "2026-05-07", "7h")
        self.assertEqual(hours(found), [7, 7, 7, 3, 7, 7, 7, 3])


class EveryZoneTests(SynchronousTestCase):
    """Intervals equal those found in another way: from local time to the moment."""

    timeout = 120

    def test_midnights_that_do_not_exist(self) -> None:
        """The day begins an hour later, and its first interval with it."""
        zone = ZoneInfo("America/Santiago")
        for interval, count in (("6h", 13), ("12h", 7), ("24h", 4), ("1d", 4), ("1h", 77)):
            found = edges("2026-09-04", "2026-09-07T06:00", interval, zone)
            self.assertEqual(len(found) - 1, count, interval)
            self.assertIn(at("2026-09-06T01:00", zone), found)

    def test_days_that_do_not_exist(self) -> None:
        """Apia went from the 29th to the 31st: one beginning, for both."""
        zone = ZoneInfo("Pacific/Apia")
        for interval in ("1d", "24h", "12h"):
            found = edges("2011-12-29", "2012-01-02", interval, zone)
            self.assertEqual(set(hours(found)), {12 if interval == "12h" else 24})

    def test_every_zone(self) -> None:
        """Around each change of the clocks of a year, and around the oddest of all."""
        for zone, change in _changes():
            periods = [
                (change - 146_000, change + 166_000, _SHORT),
                (change - 3_000_077, change + 1, _LONG),
                (change - 1_800, change + 3_000_000, _LONG),
            ]
            for first, end, intervals in periods:
                for interval in intervals:
                    found = cut(first * _S, end * _S, read_interval(interval), zone)
                    expected = _naive(first, end, interval, zone)
                    self.assertEqual(
                        [one // _S for one in found.tolist()],
                        expected,
                        (zone, change, interval),
                    )


_S = 10**9
_SECONDS = {
    "15min": 900,
    "30min": 1800,
    "1h": 3600,
    "2h": 7200,
    "3h": 10_800,
    "5h": 18_000,
    "6h": 21_600,
    "7h": 25_200,
    "12h": 43_200,
    "24h": 86_400,
}
_SHORT = [*_SECONDS, "36h", "48h", "1d", "2d", "1week", "1month", "1year"]
_LONG = ["12h", "36h", "1d", "1week", "1month", "1year"]
#: Clocks that leave out or show again a midnight, a day, a quarter of an hour or seconds.
_ODD = [
    ("Pacific/Apia", "2011-12-30"),
    ("Pacific/Kwajalein", "1993-08-21"),
    ("Pacific/Kiritimati", "1994-12-31"),
    ("Pacific/Kiritimati", "1979-10-01"),
    ("Africa/Monrovia", "1972-01-07"),
    ("Asia/Kathmandu", "1986-01-01"),
    ("America/St_Johns", "1987-10-25"),
    ("America/Goose_Bay", "1988-10-30"),
    ("America/Montevideo", "1974-01-13"),
    ("America/Guyana", "1975-08-01"),
    ("America/Havana", "1998-10-25"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("Asia/Amman", "2022-02-25"),
    ("Asia/Pyongyang", "2018-05-04"),
    ("Africa/Cairo", "1995-04-27"),
    ("Australia/Lord_Howe", "2020-10-04"),
    ("Antarctica/Troll", "2020-03-29"),
]


def _shift(second: int, zone: tzinfo) -> timedelta:
    shift = datetime.fromtimestamp(second, zone).utcoffset()
    assert shift is not None
    return shift


def _changes() -> Iterator[tuple[tzinfo, int]]:
    """Zones and the first second of another offset, those of one kind once."""
    days = 86_400
    spans = [
        (ZoneInfo(name), at(day, UTC) // _S - 2 * days, at(day, UTC) // _S + 3 * days)
        for name, day in _ODD
    ]
    year = at("2026-01-01", UTC) // _S
    spans += [
        (ZoneInfo(name), year, year + 365 * days) for name in sorted(available_timezones())
    ]
    known = set()
    for zone, begin, end in spans:
        for low in range(begin, end, days):
            before, after = _shift(low, zone), _shift(low + days, zone)
            if before == after:
                continue
            change = bisect_left(
                range(low, low + days + 1),
                True,
                key=lambda one: _shift(one, zone) != before,
            )
            kind = (before, after, (low + change + int(before.total_seconds())) % days)
            if kind not in known:
                known.add(kind)
                yield zone, low + change


def _shown_at(wanted: datetime, zone: tzinfo) -> list[int]:
    """The seconds at which the clock shows a time."""
    folds = (wanted.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
    seconds = sorted({int(one) for one in folds})
    clock = [datetime.fromtimestamp(one, zone).replace(tzinfo=None) for one in seconds]
    return [one for one, shown in zip(seconds, clock, strict=True) if shown == wanted]


def _midnight(day: datetime, zone: tzinfo) -> list[int]:
    """The seconds at which a day begins."""
    found = _shown_at(day, zone)
    if found:
        return found
    low = int(day.replace(tzinfo=UTC).timestamp()) - 26 * 3600

    def has_begun(second: int) -> bool:
        return datetime.fromtimestamp(second, zone).replace(tzinfo=None) >= day

    return [low + bisect_left(range(low, low + 52 * 3600), True, key=has_begun)]


def _naive(first: int, end: int, interval: str, zone: tzinfo) -> list[int]:
    """The edges, day by day of the calendar."""
    found: set[int] = set()
    epoch = datetime(1970, 1, 1)
    day = epoch + timedelta(days=first // 86_400 - 2)
    while int(day.replace(tzinfo=UTC).timestamp()) < end + 172_800:
        number = (day - epoch).days
        begins = {
            "1d": True,
            "2d": number % 2 == 0,
            "1week": day.weekday() == 0,
            "1month": day.day == 1,
            "1year": (day.month, day.day) == (1, 1),
        }
        if interval in begins:
            found.update(_midnight(day, zone)[:1] if begins[interval] else ())
        elif interval in ("36h", "48h"):
            length = int(interval[:2])
            for hour in range(24):
                if (24 * number + hour) % length == 0:
                    moment = day + timedelta(hours=hour)
                    found.update((_shown_at if hour else _midnight)(moment, zone))
        else:
            found.update(_midnight(day, zone))
            for second in range(0, 86_400, _SECONDS[interval]):
                found.update(_shown_at(day + timedelta(seconds=second), zone))
        day += timedelta(days=1)
    return [first, *sorted(one for one in found if first < one < end), end]


class AnyTests(SynchronousTestCase):
    """Whatever the period is."""

    timeout = 120

    @given(
        st.sampled_from(ZONES),
        st.integers(0, 29_000_000),
        st.integers(1, 1500),
        st.sampled_from([1, 7, 10, 15, 30, 60, 120, 180, 360, 420, 720, 1440]),
    )
    @settings(max_examples=100, deadline=None)
    def test_by_the_clock(
        self, zone: tzinfo | None, minute: int, count: int, length: int
    ) -> None:
        """Intervals begin at all minutes that are a multiple since midnight."""
        first, end = minute * _MINUTE, (minute + count) * _MINUTE
        found = cut(first, end, read_interval(f"{length}min"), zone).tolist()
        expected = [first]
        for one in range(minute + 1, minute + count):
            moment = datetime.fromtimestamp(one * 60, UTC).astimezone(zone)
            if (moment.hour * 60 + moment.minute) % length == 0 and not moment.second:
                expected.append(one * _MINUTE)
        self.assertEqual(found, [*expected, end])

    @given(
        st.sampled_from(ZONES),
        st.integers(0, 29_000_000),
        st.integers(1, 3_000_000),
        st.sampled_from(["1d", "3d", "1w", "1month", "5month", "1y"]),
    )
    @settings(max_examples=100, deadline=None)
    def test_by_the_calendar(
        self, zone: tzinfo | None, minute: int, count: int, interval: str
    ) -> None:
        """All but the first begin with a day, and none is missing between."""
        first, end = minute * _MINUTE, (minute + count) * _MINUTE
        wanted = read_interval(interval)
        found = cut(first, end, wanted, zone).tolist()
        self.assertEqual((found[0], found[-1]), (first, end))
        longest = (wanted.days + 7 * wanted.weeks + 31 * wanted.months) * _DAY + _DAY // 12
        for one, other in pairwise(found):
            self.assertLess(one, other)
            self.assertLessEqual(other - one, longest)
        for one in found[1:-1]:
            moment = datetime.fromtimestamp(one // 10**9, UTC).astimezone(zone)
            # Not at midnight always: Vienna had a day without one in 1980, and on Lord Howe
            # 1 March 1981 began half an hour late.
            before = datetime.fromtimestamp(one // 10**9 - 1, UTC).astimezone(zone)
            self.assertLess(before.date(), moment.date())
            if wanted.months:
                self.assertEqual(moment.day, 1)
            if wanted.weeks:
                self.assertEqual(moment.weekday(), 0)

    @given(st.integers(0, LAST - 1), st.integers(1, LAST), st.integers(1, 3000))
    def test_points(self, first: int, length: int, count: int) -> None:
        """As many intervals as asked for; their lengths differ by at most 1 ns."""
        end = min(first + max(length, count), LAST)
        if end - first < count:
            return
        found = cut_evenly(first, end, count).tolist()
        self.assertEqual((found[0], found[-1], len(found)), (first, end, count + 1))
        lengths = {other - one for one, other in pairwise(found)}
        self.assertLessEqual(max(lengths) - min(lengths), 1)

    def test_to_the_end_of_time(self) -> None:
        """Long periods have their intervals, if these are long enough."""
        found = cut(0, LAST, read_interval("1y"), VIENNA)
        self.assertEqual(len(found), 294)
        self.assertEqual(len(cut(0, LAST, read_interval("1d"), VIENNA)), 106_754)
        self.assertEqual(len(cut(LAST - 10**9, LAST, read_interval("1d"), VIENNA)), 2)
        found = cut(LAST - 10**9, LAST, read_interval("250ms"), VIENNA)
        self.assertEqual(len(found), 6)


class RefusalTests(SynchronousTestCase):
    """Refuses texts that are not intervals, and too many intervals."""

    timeout = 60

    def test_the_same_in_many_words(self) -> None:
        """Numbers are ms; texts have a number and a unit."""
        same: list[tuple[str | float, str]] = [
            (10_000, "10s"),
            (1500.0, "1.5 s"),
            ("60 min", "1H"),
            ("90minutes", "1.5hours"),
            ("1day", "1d"),
            ("week", "1w"),
            ("2 months", "2mon"),
            ("1year", "12month"),
        ]
        for one, other in same:
            self.assertEqual(read_interval(one), read_interval(other), one)

    def test_what_is_none(self) -> None:
        """Says what would be one."""
        nothing: list[str | float] = [
            "",
            "h1",
            "1x",
            "1m",
            "1.5d",
            "-1h",
            "1e3s",
            "1 h 5 min",
        ]
        nothing += [0, -5, 0.5, 0.1234567891, float("nan"), float("inf"), "0d", "0.1ms"]
        nothing += ["9999y", "9" * 30 + "d", 1e300]
        for one in nothing:
            error = self.assertRaises(ParameterError, read_interval, one)
            self.assertIn("Interval", error.message, one)

    def test_too_many(self) -> None:
        """Are refused before they are made."""
        for interval in ("1ms", "1h"):
            wanted = read_interval(interval)
            error = self.assertRaises(ParameterError, cut, 0, LAST, wanted, VIENNA)
            self.assertIn(str(MAX_INTERVALS), error.message)
        for count in (0, -1, MAX_INTERVALS + 1):
            self.assertRaises(ParameterError, cut_evenly, 0, LAST, count)
        self.assertRaises(ParameterError, cut_evenly, 0, 5, 6)
        most = cut(0, MAX_INTERVALS * 10**6, read_interval(1), UTC)
        self.assertEqual(len(most), MAX_INTERVALS + 1)
