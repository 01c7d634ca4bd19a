"""What every archive engine must do: the cases of ``IArchive``.

An engine's test class is this and ``SynchronousTestCase``, with ``opened`` of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from oagw.archives.policy import Threads
from oagw.errors import DataManagerError
from oagw.interfaces.archives import IArchive
from oagw.model import status
from oagw.model.dptypes import BY_KEYWORD
from oagw.model.samples import Sample
from oagw.model.times import LAST
from oagw.model.values import Value, restore

_T = TypeVar("_T")

#: A value of each type, with the extremes of its width.
VALUES: dict[str, list[Value]] = {
    "bool": [True, False],
    "char": [0, 255],
    "int": [-(2**31), 2**31 - 1],
    "uint": [2**32 - 1],
    "bit32": [2**32 - 1],
    "bit64": [2**64 - 1, 2**63],
    "long": [-(2**63), 2**63 - 1],
    "ulong": [2**64 - 1],
    "float": [0.1, -1e308, 5e-324, 1.0],
    "string": ["", "größe\n\0"],
    "dpid": ["System1:Pump1."],
    "time": [0, 2**63 - 1],
    "blob": [b"", b"\x00\xff"],
    "langString": [{"en_US.utf8": "Pump", "de_AT.utf8": "Pumpe"}, {}],
    "dyn_bool": [(True, False)],
    "dyn_char": [(0, 255)],
    "dyn_int": [(), (-1, 1)],
    "dyn_uint": [(2**32 - 1,)],
    "dyn_bit32": [(1,)],
    "dyn_bit64": [(2**64 - 1,)],
    "dyn_long": [(-(2**63),)],
    "dyn_ulong": [(2**64 - 1,)],
    "dyn_float": [(0.1, 1.0)],
    "dyn_string": [("a", "")],
    "dyn_dpid": [("Pump1.",)],
    "dyn_time": [(2**63 - 1,)],
    "dyn_blob": [(b"\xff",)],
    "dyn_langString": [({"en_US.utf8": "Pump"},)],
}


def sample(stime: int, value: Value = 0.0, bits: int = status.NORMAL) -> Sample:
    """A sample of the user 1."""
    return Sample(value, stime, bits, 1)


def at_once(work: Callable[[], _T]) -> Deferred[_T]:
    """A thread that is done before it is asked."""
    return maybeDeferred(work)


#: Threads that are done at once.
AT_ONCE = Threads(at_once, at_once, at_once)


class NaiveArchive:
    """What an archive means: a list that is sorted when it is asked."""

    def __init__(self) -> None:
        self.samples: list[tuple[int, Sample]] = []

    def delete(self, series: int | None, first: int, last: int) -> int:
        """Delete what a period has, of all series if none is named; how many there were."""
        kept = [
            (number, one)
            for number, one in self.samples
            if series not in (None, number) or not first <= one.stime <= last
        ]
        count = len(self.samples) - len(kept)
        self.samples = kept
        return count

    def read(
        self, series: int, first: int, last: int, bonus: int, limit: int
    ) -> list[Sample]:
        mine = sorted(
            (one for number, one in self.samples if number == series),
            key=lambda one: one.stime,
        )
        before = [one for one in mine if one.stime < first]
        within = [one for one in mine if first <= one.stime <= last]
        after = [one for one in mine if one.stime > last]
        chosen = before[max(len(before) - bonus, 0) :] + within + after[:bonus]
        return chosen if len(chosen) <= limit else chosen[:limit]


# Only the engines' classes are test cases: trial runs whatever is one.
if TYPE_CHECKING:
    _Base = SynchronousTestCase
else:
    _Base = object


class ArchiveCases(_Base):
    """The contract."""

    timeout = 30
    archive: Any

    def opened(self, name: str = "archive") -> Any:
        """Open the engine's archive of that name; the same name finds the same values."""
        raise NotImplementedError

    def setUp(self) -> None:
        self.archive = self.opened()

    def tearDown(self) -> None:
        self.successResultOf(self.archive.stop())

    def append(self, samples: Sequence[tuple[int, Sample]]) -> None:
        self.successResultOf(self.archive.append(samples, True))

    def read(
        self, first: int, last: int, bonus: int = 0, limit: int = 1000, series: int = 1
    ) -> list[Sample]:
        found: list[Sample] = self.successResultOf(
            self.archive.read(series, first, last, bonus, limit)
        )
        return found

    def scanned(
        self, first: int, last: int, bonus: int = 0, series: int = 1
    ) -> list[Sample]:
        """All pieces of a scan."""
        scan = self.successResultOf(self.archive.scan(series, first, last, bonus))
        found: list[Sample] = []
        while (columns := self.successResultOf(scan.next())) is not None:
            self.assertGreater(len(columns), 0)
            found += columns.samples()
        again: list[Sample] = []
        scan.rewind()
        while (columns := self.successResultOf(scan.next())) is not None:
            again += columns.samples()
        self.assertEqual(again, found)
        scan.close()
        self.assert_counted(len(found), series, first, last, bonus)
        return found

    def assert_counted(
        self, count: int, series: int, first: int, last: int, bonus: int
    ) -> None:
        """Check that ``most`` is at least this number, and exact above ``enough``."""
        for enough in (0, count, 10**9):
            most = self.archive.most([series], first, last, bonus, enough)
            found = self.successResultOf(most)
            self.assertGreaterEqual(found, count)
            self.assertTrue(found <= enough or found == count)
        twice = self.archive.most([series, series], first, last, bonus, 2 * count - 1)
        self.assertEqual(self.successResultOf(twice), 2 * count)

    def times(self, first: int, last: int, bonus: int = 0, limit: int = 1000) -> list[int]:
        return [one.stime for one in self.read(first, last, bonus, limit)]

    def test_is_an_archive(self) -> None:
        """It has what the core asks of an archive."""
        self.assertTrue(verifyObject(IArchive, self.archive))

    def test_both_ends_of_the_period_belong_to_it(self) -> None:
        """Values at exactly the first and the last time are found."""
        self.append([(1, sample(time)) for time in (10, 20, 30)])
        self.assertEqual(self.times(10, 30), [10, 20, 30])
        self.assertEqual(self.times(11, 29), [20])
        self.assertEqual(self.times(20, 20), [20])
        self.assertEqual(self.times(31, 99), [])

    def test_bonus_values_stand_before_and_after(self) -> None:
        """On each side up to ``bonus`` of the nearest values are added."""
        self.append([(1, sample(time)) for time in (10, 20, 30, 40, 50)])
        self.assertEqual(self.times(30, 30, bonus=1), [20, 30, 40])
        self.assertEqual(self.times(25, 35, bonus=2), [10, 20, 30, 40, 50])
        self.assertEqual(self.times(25, 35, bonus=9), [10, 20, 30, 40, 50])
        self.assertEqual(self.times(60, 70, bonus=1), [50])
        self.assertEqual(self.times(1, 2, bonus=1), [10])
        self.assertEqual(self.times(31, 39, bonus=1), [30, 40])

    def test_equal_times_come_in_the_order_of_arrival(self) -> None:
        """Also across commits, and also as bonus values."""
        self.append([(1, sample(20, "a")), (1, sample(20, "b"))])
        self.append([(1, sample(20, "c")), (1, sample(10, "first"))])
        self.assertEqual([one.value for one in self.read(0, 99)], ["first", "a", "b", "c"])
        self.assertEqual([one.value for one in self.read(30, 99, 2)], ["b", "c"])
        self.assertEqual([one.value for one in self.read(0, 9, 3)], ["first", "a", "b"])

    def test_a_correction_stands_at_its_time(self) -> None:
        """A value that comes late is sorted in and keeps its status."""
        self.append([(1, sample(10)), (1, sample(30))])
        late = sample(20, 5.0, status.NORMAL | status.CORRECTION)
        self.append([(1, late)])
        self.assertEqual(self.read(10, 30)[1], late)

    def test_all_64_status_bits_are_kept(self) -> None:
        """The highest bit is a bit like the others, not a sign."""
        patterns = [0, 1 << 63, 2**64 - 1, (1 << 63) - 1, status.userbit(32)]
        self.append([(1, sample(time, bits=bits)) for time, bits in enumerate(patterns)])
        self.assertEqual([one.status for one in self.read(0, 99)], patterns)

    def test_values_of_every_type_come_back(self) -> None:
        """Each value has the same type and the same digits as before."""
        self.assertEqual(
            set(VALUES), {name for name, kind in BY_KEYWORD.items() if kind.holds_value}
        )
        for series, values in enumerate(VALUES.values(), start=10):
            self.append([(series, sample(at, one)) for at, one in enumerate(values)])
            found = [restore(one.value) for one in self.read(0, 99, series=series)]
            self.assertEqual(
                [(type(one), one) for one in found], [(type(one), one) for one in values]
            )

    def test_series_do_not_mix(self) -> None:
        """A series has its own values only."""
        self.append([(1, sample(10, "one")), (2, sample(10, "two"))])
        self.assertEqual([one.value for one in self.read(0, 99, series=2)], ["two"])
        self.assertEqual(self.read(0, 99, series=3), [])

    def test_no_more_than_the_limit_is_read(self) -> None:
        """Bonus values count; a limit of one more than allowed shows that there is more."""
        self.append([(1, sample(time)) for time in range(10)])
        self.assertEqual(len(self.read(0, 9, limit=10)), 10)
        self.assertEqual(len(self.read(0, 9, limit=4)), 4)
        self.assertEqual(len(self.read(4, 5, bonus=4, limit=5)), 5)
        self.assertEqual(len(self.read(4, 5, bonus=10**30, limit=100)), 10)

    def test_what_nobody_waits_for_is_found_as_well(self) -> None:
        """A read sees what was appended before, durable or not."""
        self.successResultOf(self.archive.append([(1, sample(10))], False))
        self.assertEqual(self.times(0, 99), [10])

    def test_values_survive_a_reopening(self) -> None:
        """What was durable is there again, and later values arrive after it."""
        self.append([(1, sample(10, "a"))])
        self.successResultOf(self.archive.append([(1, sample(10, "b"))], False))
        self.successResultOf(self.archive.stop())
        self.archive = self.opened()
        self.append([(1, sample(10, "c"))])
        self.assertEqual([one.value for one in self.read(0, 99)], ["a", "b", "c"])

    def test_a_closed_archive_says_so(self) -> None:
        """A read after the end is an error, not a wait for ever."""
        archive = self.opened("other")
        self.successResultOf(archive.append([(1, sample(1))], True))
        scan = self.successResultOf(archive.scan(1, 0, 9, 0))
        self.successResultOf(archive.stop())
        self.failureResultOf(archive.read(1, 0, 9, 0, 9), DataManagerError)
        self.failureResultOf(archive.scan(1, 0, 9, 0), DataManagerError)
        self.failureResultOf(scan.next(), DataManagerError)

    def test_a_scan_is_of_the_moment_at_which_it_begins(self) -> None:
        """Values that arrive later are not in it."""
        self.append([(1, sample(time)) for time in range(10)])
        scan = self.successResultOf(self.archive.scan(1, 0, 99, 0))
        self.append([(1, sample(time)) for time in range(20)])
        found: list[int] = []
        while (columns := self.successResultOf(scan.next())) is not None:
            found += columns.stime.tolist()
        scan.close()
        self.assertEqual(found, list(range(10)))

    @given(
        st.lists(st.tuples(st.integers(1, 2), st.integers(0, 12)), max_size=25),
        st.integers(0, 13),
        st.integers(0, 13),
        st.integers(0, 4),
    )
    @settings(
        deadline=None,
        max_examples=40,
        suppress_health_check=[HealthCheck.differing_executors],
    )
    def test_reads_as_a_sorted_list_would(
        self, given_: list[tuple[int, int]], first: int, last: int, bonus: int
    ) -> None:
        """For any samples and any period the answer is that of the naive archive."""
        naive = NaiveArchive()
        base = self.fresh_series()
        naive.samples = [
            (base + series, sample(stime, number))
            for number, (series, stime) in enumerate(given_)
        ]
        self.append(naive.samples[:10])
        self.append(naive.samples[10:])
        first, last = min(first, last), max(first, last)
        for series in (base + 1, base + 2):
            expected = naive.read(series, first, last, bonus, 1000)
            self.assertEqual(self.read(first, last, bonus, series=series), expected)
            self.assertEqual(self.scanned(first, last, bonus, series), expected)

    def test_extremes_are_those_of_all_values_between_edges(self) -> None:
        """An edge belongs to what is after it; without a value there is not a number."""
        values = ((10, 5.0), (19, 1.0), (20, 7.0), (45, 3.0), (45, 2.5), (50, 9.0))
        self.append([(1, sample(time, value)) for time, value in values])
        self.assertEqual(
            self.extremes([10, 20, 30, 40, 50]),
            [(1.0, 5.0), (7.0, 7.0), None, (2.5, 3.0)],
        )
        self.assertEqual(self.extremes([11, 12]), [None])

    def test_extremes_of_what_is_not_simple_are_not_said(self) -> None:
        """A bad value, also as the one before, a text, a number too large for floats."""
        bad = status.NORMAL | status.OUT_PRANGE
        cases = [
            [sample(1, 1.0, bad), sample(5, 2.0)],
            [sample(5, 1.0), sample(6, 1.0, bad)],
            [sample(5, 1.0), sample(6, "text")],
            [sample(5, 2**53 + 1)],
            [sample(5, 2**64 - 1)],
        ]
        for series, samples in enumerate(cases):
            self.append([(series, one) for one in samples])
            edges = np.array([3, 9], np.int64)
            found = self.successResultOf(self.archive.extremes(series, edges))
            self.assertIsNone(found, samples)

    def extremes(
        self, edges: Sequence[int], series: int = 1
    ) -> list[tuple[float, float] | None]:
        """Minimum and maximum between each two edges."""
        times = np.array(edges, np.int64)
        found = self.successResultOf(self.archive.extremes(series, times))
        assert found is not None
        pairs = zip(found.low.tolist(), found.high.tolist(), strict=True)
        return [None if pair[0] != pair[0] else pair for pair in pairs]

    @given(
        st.lists(st.tuples(st.integers(0, 400), st.integers(-9, 9)), max_size=300),
        st.lists(st.integers(-5, 420), min_size=2, max_size=12, unique=True),
        st.booleans(),
    )
    @settings(
        deadline=None,
        max_examples=40,
        suppress_health_check=[HealthCheck.differing_executors],
    )
    def test_extremes_as_a_list_has_them(
        self, values: list[tuple[int, int]], edges: list[int], is_sorted: bool
    ) -> None:
        """For any values and edges, with summaries or without."""
        series = self.fresh_series()
        if is_sorted:
            values.sort()
        self.append([(series, sample(time, value / 4)) for time, value in values])
        self.successResultOf(self.archive.compact())
        edges.sort()
        expected = []
        for begin, end in pairwise(edges):
            some = [value / 4 for time, value in values if begin <= time < end]
            expected.append((min(some), max(some)) if some else None)
        self.assertEqual(self.extremes(edges, series), expected)

    def test_a_period_of_some_series_is_deleted(self) -> None:
        """Both ends belong to it; the rest stays, and also what comes afterwards."""
        self.append([(one, sample(time)) for time in range(10) for one in (1, 2, 3)])
        self.assertEqual(self.successResultOf(self.archive.delete([1, 3, 99], 2, 4)), 6)
        self.assertEqual(self.times(0, 99), [0, 1, 5, 6, 7, 8, 9])
        self.assertEqual(len(self.read(0, 99, series=2)), 10)
        self.append([(1, sample(3, "again"))])
        self.assertEqual([one.value for one in self.read(2, 4)], ["again"])
        self.assertEqual(self.successResultOf(self.archive.delete([1], 20, 30)), 0)

    def test_each_series_may_have_a_period_of_its_own(self) -> None:
        """Samples of other series stay."""
        self.append([(one, sample(time)) for time in range(10) for one in (1, 2, 3)])
        deleted = self.archive.delete_periods({1: (0, 3), 2: (8, 99), 99: (0, 9)})
        self.assertEqual(self.successResultOf(deleted), 6)
        left = [
            [one.stime for one in self.read(0, 99, series=series)] for series in (1, 2, 3)
        ]
        self.assertEqual(left, [list(range(4, 10)), list(range(8)), list(range(10))])
        self.assertEqual(self.successResultOf(self.archive.delete_periods({})), 0)

    def test_a_period_of_all_series_is_deleted(self) -> None:
        """The period is deleted for every series, in several months."""
        month = 31 * 86400 * 10**9
        self.append(
            [(one, sample(one * month + time)) for one in (1, 2) for time in (1, 2)]
        )
        deleted = self.archive.delete(None, month + 2, 2 * month + 1)
        self.assertEqual(self.successResultOf(deleted), 2)
        self.assertEqual(self.times(0, LAST), [month + 1])
        found = self.read(0, LAST, series=2)
        self.assertEqual([one.stime for one in found], [2 * month + 2])

    def test_a_deletion_lasts(self) -> None:
        """After a reopening the values are still gone."""
        self.append([(1, sample(time)) for time in range(10)])
        self.successResultOf(self.archive.delete([1], 0, 7))
        self.successResultOf(self.archive.stop())
        self.archive = self.opened()
        self.assertEqual(self.times(0, 99), [8, 9])

    def test_compacting_changes_nothing(self) -> None:
        """For any samples in any order."""
        for time in (5, 3, 3, 9, 1):
            self.append([(1, sample(time, f"{time}")), (2, sample(time, time))])
        before = self.read(0, 99), self.read(0, 99, series=2)
        self.successResultOf(self.archive.compact())
        self.assertEqual((self.read(0, 99), self.read(0, 99, series=2)), before)
        self.append([(1, sample(4, "late"))])
        self.successResultOf(self.archive.compact())
        self.assertEqual(self.times(0, 99), [1, 3, 3, 4, 5, 9])

    def fresh_series(self) -> int:
        """Numbers that no other example has used: one archive serves all examples."""
        self._base = getattr(self, "_base", 1000) + 10
        return self._base
