"""What of the archive is kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.blocks.months import months_before, start_of
from oagw.archives.retention import FOR_EVER, Retention

NOW = 1_795_660_000
MONTH = months_before(NOW)


class RetentionTests(SynchronousTestCase):
    timeout = 30

    def test_by_age(self) -> None:
        """A month goes when all of it is too old."""
        sizes = dict.fromkeys(range(MONTH - 5, MONTH + 2), 100)
        end = start_of(MONTH - 2) / 1e9
        for age, gone in (
            (NOW - end, [5, 4, 3]),
            (NOW - end + 1, [5, 4]),
            (1, [5, 4, 3, 2, 1]),
        ):
            found = Retention(age=age).outdated(sizes, NOW)
            self.assertEqual(found, [MONTH - back for back in gone], age)

    def test_a_clock_that_is_ahead(self) -> None:
        """It makes everything old: nothing goes by its age, also when values follow."""
        sizes = dict.fromkeys(range(MONTH - 15, MONTH + 1), 100)
        year = 365 * 86_400
        retention = Retention(age=year)
        normal = [MONTH - 15, MONTH - 14, MONTH - 13]
        self.assertEqual(retention.outdated(sizes, NOW), normal)
        for ahead in (3, 20, 73):
            then = NOW + ahead * year
            self.assertTrue(retention.leaps(sizes, then))
            self.assertEqual(retention.outdated(sizes, then), [])
            present = {**sizes, months_before(then): 1}
            self.assertEqual(retention.outdated(present, then), [])
            # Back again, what was stamped ahead is later than now.
            self.assertEqual(retention.outdated(present, NOW), normal)

    def test_a_pause_is_no_leap(self) -> None:
        """After some months without values, and where they come seldom, they go."""
        sizes = {MONTH - back: 100 for back in (9, 6, 4, 3)}
        for age in (1, 30 * 86_400):
            found = Retention(age=age).outdated(sizes, NOW)
            self.assertEqual(found, sorted(sizes))

    def test_by_size(self) -> None:
        """The oldest go until the rest fits; what is of now, or later, stays."""
        sizes = {MONTH - 3: 50, MONTH - 2: 10, MONTH: 30, MONTH + 1: 20}
        for size, gone in ((110, []), (109, [3]), (60, [3]), (59, [3, 2]), (1, [3, 2])):
            found = Retention(size=size).outdated(sizes, NOW)
            self.assertEqual(found, [MONTH - back for back in gone], size)

    @given(st.dictionaries(st.integers(0, 2000), st.integers(0, 10**6)))
    def test_all_is_kept_for_ever(self, sizes: dict[int, int]) -> None:
        """Unless something else is wished."""
        self.assertEqual(FOR_EVER.outdated(sizes, NOW), [])
