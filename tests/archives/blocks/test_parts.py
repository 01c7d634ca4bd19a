"""Parts of a series: merged by time, and read only when they overlap."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.blocks.parts import LoadedPart, SeriesPart, last_before, merged_parts
from oagw.model.columns import Columns, columns
from oagw.model.samples import Sample


def some(times: list[int], value: int = 0) -> Columns:
    return columns([Sample(value, time, 0, 0) for time in times])


class StoredPart:
    """A part that knows whether it was read."""

    def __init__(self, times: list[int], value: int = 0) -> None:
        self.first, self.last = times[0], times[-1]
        self._columns = some(times, value)
        self.is_read = False

    def load(self) -> Columns:
        self.is_read = True
        return self._columns


class MergedPartsTests(SynchronousTestCase):
    timeout = 60

    @given(
        st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=4), st.integers(1, 5)
    )
    def test_samples_are_sorted_by_time_and_source(
        self, sources: list[list[int]], size: int
    ) -> None:
        """Among equal times, those of an earlier source come first."""
        expected = []
        for number, times in enumerate(sources):
            times.sort()
            expected += [(time, number) for time in times]
        parts = [
            [StoredPart(times[at : at + size], number) for at in range(0, len(times), size)]
            for number, times in enumerate(sources)
        ]
        found = [
            (one.stime, one.value)
            for part in merged_parts(parts)
            for one in part.load().samples()
        ]
        self.assertEqual(found, sorted(expected))

    def test_parts_without_overlap_are_passed_on(self) -> None:
        """They are not read; others are."""
        alone, first, second = StoredPart([1, 2]), StoredPart([3, 9]), StoredPart([5, 7])
        merged = merged_parts([[alone, first], [second]])
        self.assertIs(next(merged), alone)
        self.assertFalse(alone.is_read)
        times = [one.stime for part in merged for one in part.load().samples()]
        self.assertEqual(times, [3, 5, 7, 9])
        self.assertTrue(first.is_read and second.is_read)

    def test_a_source_is_asked_late(self) -> None:
        """Its next part is requested when the one before has been passed on."""
        asked: list[int] = []

        def source() -> Iterator[SeriesPart]:
            for time in (1, 2, 3):
                asked.append(time)
                yield LoadedPart(some([time]))

        merged = merged_parts([source()])
        self.assertEqual(next(merged).first, 1)
        self.assertEqual(asked, [1])
        self.assertEqual([part.first for part in merged], [2, 3])


class LastBeforeTests(SynchronousTestCase):
    timeout = 30

    def test_the_last_samples_before_a_time(self) -> None:
        """The time itself does not belong to them; there may be fewer."""
        columns = some([1, 2, 2, 5])
        for time, count, expected in ((5, 2, [2, 2]), (6, 9, [1, 2, 2, 5]), (1, 3, [])):
            self.assertEqual(last_before(columns, time, count).stime.tolist(), expected)
