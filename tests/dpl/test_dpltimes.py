"""Times of DPL files."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.dpltimes import (
    format_moment,
    parse_moment,
)
from oagw.model.times import LAST, NS_PER_S

VIENNA = ZoneInfo("Europe/Vienna")


class MomentTests(SynchronousTestCase):
    """Times without a zone."""

    timeout = 30

    def test_spellings(self) -> None:
        """Day or year first, with any number of digits, or with a zone in the text."""
        for text in (
            "01.02.2020 03:04:05.000",
            "1.2.2020 3:04:05",
            "01/02/2020 03:04:05.0",
            "2020.02.01 03:04:05.000",
            "2020-02-01T03:04:05.",
            '"01.02.2020 03:04:05.000000000"',
            "01.02.2020 02:04:05 Z",
            "01.02.2020 04:04:05 +0200",
        ):
            with self.subTest(text):
                self.assertEqual(parse_moment(text, VIENNA), 1_580_522_645 * 10**9)
        self.assertEqual(parse_moment("01.02.2020", UTC), 1_580_515_200 * 10**9)

    def test_all_nine_digits(self) -> None:
        """A nanosecond is not lost."""
        self.assertEqual(parse_moment("01.01.1970 00:00:00.123456789", UTC), 123_456_789)

    def test_no_time_is_no_time_everywhere(self) -> None:
        """In a zone where it would be before 1970, it is 0 all the same."""
        self.assertEqual(parse_moment("01.01.1970 00:00:00.000", VIENNA), 0)

    def test_the_hour_that_comes_twice(self) -> None:
        """The second one says which it is, so that it comes back."""
        first = parse_moment("25.10.2020 00:30:00.000", UTC)
        for moment, text in (
            (first, "25.10.2020 02:30:00.000"),
            (first + 3600 * 10**9, "25.10.2020 02:30:00.000 +0100"),
        ):
            with self.subTest(text):
                self.assertEqual(format_moment(moment, VIENNA), text)
                self.assertEqual(parse_moment(text, VIENNA), moment)

    @given(st.integers(86_400 * 10**9, LAST - 86_400 * 10**9))
    @settings(deadline=None)
    def test_local_time_comes_back(self, moment: int) -> None:
        """Without a zone it is the server's own."""
        self.assertEqual(parse_moment(format_moment(moment)), moment)


class LengthTests(SynchronousTestCase):
    """Lengths of time are written as times of the first day of 1970."""

    timeout = 30

    def test_they_have_no_zone(self) -> None:
        """Ten seconds are ten seconds wherever the file is from."""
        for name in ("Europe/Vienna", "America/New_York", "UTC"):
            zone = ZoneInfo(name)
            text = "01.01.1970 00:00:10.000"
            self.assertEqual(parse_moment(text, zone), 10 * NS_PER_S, name)
            self.assertEqual(format_moment(10 * NS_PER_S, zone), text, name)
            self.assertEqual(parse_moment("01.01.1970 00:00:00.000", zone), 0, name)

    def test_the_days_around(self) -> None:
        """What is written is read again, whatever day it is elsewhere."""
        for name in ("Europe/Vienna", "America/New_York", "Pacific/Kiritimati"):
            zone = ZoneInfo(name)
            for hours in range(-30, 60):
                ns = hours * 3600 * NS_PER_S
                self.assertEqual(
                    parse_moment(format_moment(ns, zone), zone), ns, (name, hours)
                )
