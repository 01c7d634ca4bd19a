"""Compaction: which runs are merged, and when."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.sealed.compaction import due
from oagw.archives.sealed.partitions import Run


def runs_of(*sizes: int) -> list[Run]:
    return [Run(number, number, size) for number, size in enumerate(sizes)]


class DueTests(SynchronousTestCase):
    timeout = 30

    def test_eight_runs_of_the_same_size_are_merged(self) -> None:
        """Seven are not."""
        self.assertEqual(due(runs_of(*[100_000] * 7)), ())
        runs = runs_of(*[100_000] * 8)
        self.assertEqual(due(runs), runs)

    def test_a_large_run_before_them_stays(self) -> None:
        """It would be written again and again."""
        runs = runs_of(4_000_000, *[100_000] * 8)
        self.assertEqual(due(runs), runs[1:])

    def test_small_runs_are_merged_whatever_their_sizes(self) -> None:
        """Writing them again costs little."""
        runs = runs_of(1, 60_000, 5, 300, 0, 40_000, 7, 1)
        self.assertEqual(due(runs), runs)

    def test_the_largest_runs_are_never_merged(self) -> None:
        """More than four million samples."""
        self.assertEqual(due(runs_of(*[(1 << 22) + 1] * 9)), ())
        runs = runs_of(*[1 << 22] * 8)
        self.assertEqual(due(runs), runs)
