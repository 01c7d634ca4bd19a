"""Deleting a period: what is left of a part."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.blocks.parts import LoadedPart
from oagw.archives.sealed.deletion import Deletion, of_series
from oagw.model.columns import Columns, columns
from oagw.model.samples import Sample


class UnreadPart:
    """A part that must not be read."""

    first, last = 10, 20

    def load(self) -> Columns:
        raise AssertionError("the part was read")


class DeletionTests(SynchronousTestCase):
    timeout = 30

    def times(self, deletion: Deletion, series: int, times: list[int]) -> list[int]:
        """The times that are left."""
        part = LoadedPart(columns([Sample(0, time, 0, 0) for time in times]))
        rest = deletion.rest(series, part)
        return [one.stime for part in rest for one in part.load().samples()]

    def test_both_ends_are_deleted(self) -> None:
        """Earlier and later samples stay."""
        self.assertEqual(self.times(Deletion(2, 4), 1, [1, 2, 3, 4, 5]), [1, 5])
        self.assertEqual(self.times(Deletion(2, 4), 1, [2, 4]), [])

    def test_a_part_that_is_kept_or_deleted_is_not_read(self) -> None:
        """Its first and its last time are enough."""
        part = UnreadPart()
        self.assertEqual([*Deletion(21, 99).rest(1, part)], [part])
        self.assertEqual([*Deletion(0, 9).rest(1, part)], [part])
        self.assertEqual([*Deletion(10, 20).rest(1, part)], [])

    def test_only_some_series(self) -> None:
        """Each within its own period."""
        deletion = of_series({1: (1, 2), 2: (3, 9)})
        self.assertEqual((deletion.first, deletion.last), (1, 9))
        self.assertEqual(self.times(deletion, 1, [1, 2, 3]), [3])
        self.assertEqual(self.times(deletion, 2, [1, 2, 3]), [1, 2])
        self.assertEqual(self.times(deletion, 3, [1, 2, 3]), [1, 2, 3])
