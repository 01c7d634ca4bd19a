"""Times lose nothing on the way in and are cut to milliseconds on the way out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ConversionError, OagwError, SourceTimeRangeError
from oagw.model.times import LAST, NS_PER_MS, NS_PER_S, parse_time, to_iso, to_ms

NEW_YEAR = 1_767_225_600 * NS_PER_S  # 2026-01-01T00:00:00Z
VIENNA = ZoneInfo("Europe/Vienna")

#: Ways to write a time, and how far it is from the beginning of 2026 in UTC.
WRITTEN = [
    ("2026-01-01T00:00:00Z", 0),
    ("2026-01-01T00:00:00z", 0),
    ("2026-01-01 00:00:00Z", 0),
    ("2026-01-01T00:00Z", 0),
    ("2026-01-01Z", 0),
    ("2026-01-01T01:00:00+01:00", 0),
    ("2026-01-01T01:00:00+0100", 0),
    ("2026-01-01T01:00:00+01", 0),
    ("2025-12-31T19:30:00-04:30", 0),
    ("2026-01-01t00:00:00z", 0),
    ("2025-12-31T24:00:00Z", 0),
    ("2025-12-31T24:00Z", 0),
    ("2025-12-31T24:00:00.000+00:00", 0),
    ("20260101T000000Z", 0),
    ("20260101T0100+0100", 0),
    ("20251231T240000Z", 0),
    ("20260101T000000.000000001Z", 1),
    (" 2026-01-01T00:00:00Z ", 0),
    ("2026-01-01T00:00:00.5Z", 500_000_000),
    ("2026-01-01T00:00:00,5Z", 500_000_000),
    ("2026-01-01T00:00:00.123Z", 123_000_000),
    ("2026-01-01T00:00:00.123456789Z", 123_456_789),
    ("2026-01-01T00:00:00.000000001Z", 1),
    ("2026-01-01T00:00:59.999999999Z", 59_999_999_999),
]

#: Texts that are not times.
BAD: list[str | float] = [
    "",
    "now",
    "2026",
    "2026-13-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-01-01T24:00:01Z",
    "2026-01-01T24:00:00.5Z",
    "2026-01-01T24:01:00Z",
    "2026-01-01T25:00:00Z",
    "20260101",
    "20260101000000",
    "20260101T250000Z",
    "2026-01-01T0000Z",
    "20260101T00:00:00Z",
    "2026-01-01T00:60:00Z",
    "2026-01-01T00:00:00.Z",
    "2026-01-01T00:00:00.1234567890Z",
    "2026-01-01T00:00:00+25:00",
    "2026-01-01T00:00:00+01:60",
    "2026-01-01T00:00:00+0199",
    "01.01.2026",
    "1767225600000",
    float("nan"),
    True,
]

_nanoseconds = st.integers(0, LAST)


class ParseTests(SynchronousTestCase):
    """What clients may write."""

    timeout = 30

    def test_all_forms_of_iso_8601(self) -> None:
        """With 0 to 9 fractional digits and any offset the same moment is meant."""
        for text, offset in WRITTEN:
            with self.subTest(text):
                self.assertEqual(parse_time(text), NEW_YEAR + offset)

    def test_a_number_is_milliseconds(self) -> None:
        """Numbers count milliseconds since the epoch and may have a fraction."""
        self.assertEqual(parse_time(1_767_225_600_000), NEW_YEAR)
        self.assertEqual(parse_time(1_767_225_600_000.0), NEW_YEAR)
        self.assertEqual(parse_time(0.5), 500_000)
        self.assertEqual(parse_time(0), 0)

    def test_a_time_without_a_zone_is_in_the_configured_one(self) -> None:
        """Summer and winter have different offsets in Vienna."""
        self.assertEqual(parse_time("2026-01-01T01:00:00", VIENNA), NEW_YEAR)
        self.assertEqual(
            parse_time("2026-07-01T02:00:00", VIENNA), parse_time("2026-07-01T00:00:00Z")
        )

    def test_a_zone_of_its_own_wins(self) -> None:
        """The configured zone counts only where the text has none."""
        self.assertEqual(parse_time("2026-01-01T00:00:00Z", VIENNA), NEW_YEAR)

    def test_without_any_zone_it_is_local_time(self) -> None:
        """The server's own zone is meant when none is configured."""
        local = datetime(2026, 1, 1).astimezone()
        expected = NEW_YEAR - (local.utcoffset() or timedelta()) // timedelta(seconds=1) * (
            NS_PER_S
        )
        self.assertEqual(parse_time("2026-01-01T00:00:00"), expected)

    def test_refuses_what_is_no_time(self) -> None:
        """Anything else is a conversion error."""
        for given_ in BAD:
            with self.subTest(given_), self.assertRaises(ConversionError):
                parse_time(given_, UTC)

    def test_refuses_what_cannot_be_stored(self) -> None:
        """Before 1970 and after 2262 is error 20."""
        for given_ in ("1969-12-31T23:59:59Z", "2263-01-01Z", -1, 10**16, 1e300):
            with self.subTest(given_):
                with self.assertRaises(SourceTimeRangeError) as caught:
                    parse_time(given_)
                self.assertEqual(caught.exception.code, 20)
                if not isinstance(given_, str):
                    # Who sends microseconds or nanoseconds learns it.
                    self.assertIn("ms since the epoch", caught.exception.message)

    def test_takes_the_nearest_time_for_one_that_cannot_be_stored(self) -> None:
        """With clamping the beginning and the end of all times can be meant."""
        for given_ in (-1, "1601-01-01T00:00:00Z", "0001-01-01T00:00:00Z"):
            with self.subTest(given_):
                self.assertEqual(parse_time(given_, clamp=True), 0)
        for later in (10**16, 1e300, 1e308, "9999-12-31T23:59:59Z"):
            with self.subTest(later):
                self.assertEqual(parse_time(later, clamp=True), LAST)

    def test_takes_the_nearest_time_in_local_time_as_well(self) -> None:
        """The first and last time of other languages' libraries mean from and to ever."""
        self.assertEqual(parse_time("9999-12-31T23:59:59.999", clamp=True), LAST)
        self.assertEqual(parse_time("0001-01-01T00:00:00", clamp=True), 0)

    @given(st.one_of(st.text(max_size=30), st.integers(), st.floats()))
    @example(1e306)
    @example(-1e308)
    @settings(deadline=None)
    def test_anything_is_a_time_or_refused(self, given_: str | float) -> None:
        """Any argument gives a time that can be stored or an error."""
        try:
            ns = parse_time(given_, UTC)
        except OagwError as error:
            self.assertIn(error.code, (11, 20))
        else:
            self.assertTrue(0 <= ns <= LAST)


class FormatTests(SynchronousTestCase):
    """What clients get."""

    timeout = 30

    def test_milliseconds_are_cut_off(self) -> None:
        """What is less than a millisecond is left away, never rounded up."""
        self.assertEqual(to_ms(1_999_999), 1)
        self.assertEqual(to_iso(NEW_YEAR + 999_999_999), "2026-01-01T00:00:00.999Z")

    def test_iso_has_three_digits_and_utc(self) -> None:
        """The text has always the same length and ends in Z."""
        self.assertEqual(to_iso(0), "1970-01-01T00:00:00.000Z")
        self.assertEqual(to_iso(LAST), "2262-04-11T23:47:16.854Z")

    @given(_nanoseconds)
    @settings(deadline=None)
    def test_iso_and_back_gives_the_millisecond(self, ns: int) -> None:
        """A time that was sent as text is found again by that text."""
        self.assertEqual(parse_time(to_iso(ns), VIENNA), ns - ns % NS_PER_MS)

    @given(_nanoseconds)
    @settings(deadline=None)
    def test_ms_and_back_gives_the_millisecond(self, ns: int) -> None:
        """A time that was sent as a number is found again by that number."""
        self.assertEqual(parse_time(to_ms(ns)), ns - ns % NS_PER_MS)

    @given(st.datetimes(datetime(1970, 1, 2), datetime(2262, 1, 1)), st.integers(0, 999))
    @settings(deadline=None)
    def test_nanoseconds_come_in_whole(self, moment: datetime, rest: int) -> None:
        """Nine digits are kept, as the naive arithmetic has them."""
        since = moment - datetime(1970, 1, 1)
        whole = since // timedelta(microseconds=1)
        text = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}{rest:03d}Z"
        self.assertEqual(parse_time(text), whole * 1000 + rest)
