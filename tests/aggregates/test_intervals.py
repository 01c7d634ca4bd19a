"""Intervals begin where the local clock and calendar say so."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

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
        """Begins anew at midnight."""
        found = edges("2026-05-05", "2026-05-07", "7h")
        self.assertEqual(hours(found), [7, 7, 7, 3, 7, 7, 7, 3])


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
        """So many intervals, of which none is more than 1 ns longer than another."""
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
    """What is no interval, and what would be too many."""

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
