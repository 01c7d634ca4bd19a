"""Durations and sizes as people write them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.config.quantities import duration, size, size_or_any


class DurationTests(SynchronousTestCase):
    """Durations."""

    timeout = 30

    def test_has_five_units(self) -> None:
        """The result is in seconds."""
        for text, seconds in (
            ("500ms", 0.5),
            ("10s", 10),
            ("10 s", 10),
            (" 5min ", 300),
            ("4h", 14_400),
            ("7d", 604_800),
            ("1.5h", 5400),
            ("0", 0),
        ):
            with self.subTest(text):
                self.assertEqual(duration(text), seconds)

    def test_needs_a_unit(self) -> None:
        """A number alone may mean anything."""
        for text in ("5", "", "s", "-5s", "1e3s", "5 weeks", "5S"):
            with self.subTest(text), self.assertRaises(ValueError):
                duration(text)


class SizeTests(SynchronousTestCase):
    """Sizes in bytes with units."""

    timeout = 30

    def test_has_five_units(self) -> None:
        """Powers of 1024; the result is in bytes."""
        for text, count in (
            ("1B", 1),
            ("512 B", 512),
            ("64KiB", 65_536),
            ("1.5MiB", 1_572_864),
            ("50GiB", 53_687_091_200),
            ("2TiB", 2_199_023_255_552),
        ):
            with self.subTest(text):
                self.assertEqual(size(text), count)

    def test_what_is_not_a_size(self) -> None:
        """Units of 1000 are not guessed, and nothing fits into no bytes."""
        for text in ("", "5", "5MB", "5mib", "-1B", "0B", "0.5B"):
            with self.subTest(text), self.assertRaises(ValueError):
                size(text)

    def test_0_is_no_limit_where_that_makes_sense(self) -> None:
        """Elsewhere it has no unit."""
        self.assertEqual((size_or_any("0"), size_or_any("1KiB")), (0, 1024))
        for read in (size, size_or_any):
            with self.assertRaises(ValueError):
                read("0KiB")
