"""Times as queries write them."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ConversionError, SourceTimeRangeError
from oagw.model.times import LAST, NS_PER_S
from oagw.query.timetexts import read_time

_NINE = 1191661200 * NS_PER_S


class TimeTextTests(SynchronousTestCase):
    """All spellings mean the same time."""

    timeout = 30

    def test_spellings(self) -> None:
        """Dots in the date, one digit for month, day or hour, ISO 8601, or ms."""
        for given in (
            "2007.10.06 09:00:00.000",
            "2007.10.6 9:00:00",
            " 2007-10-06T09:00:00Z",
            "2007-10-06 11:00+02:00",
            1191661200000,
        ):
            self.assertEqual(read_time(given, UTC), _NINE, given)

    def test_the_zone_is_that_of_texts_without_one(self) -> None:
        found = read_time("2007.10.06 11:00:00", ZoneInfo("Europe/Vienna"))
        self.assertEqual(found, _NINE)

    def test_limits(self) -> None:
        """A time that is out of range is refused, or replaced by the nearest one."""
        with self.assertRaises(SourceTimeRangeError):
            read_time("3000.01.01", UTC)
        self.assertEqual(read_time("3000.01.01", UTC, clamp=True), LAST)
        self.assertEqual(read_time("1900.01.01", UTC, clamp=True), 0)
        with self.assertRaises(ConversionError):
            read_time("soon", UTC, clamp=True)
