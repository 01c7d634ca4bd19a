"""Times of DPL files."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.dpltimes import (
    format_moment,
    parse_moment,
)
from oagw.model.times import NS_PER_S


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
