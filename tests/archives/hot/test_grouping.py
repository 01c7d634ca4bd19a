"""The archive groups of samples: decided once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.blocks.chunks import chunk
from oagw.archives.hot.grouping import Grouping
from oagw.storage.sqlite import connect, open_database


class GroupingTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.path = Path(self.mktemp())
        self.connection = open_database(self.path, "oagw.archives.hot.schema")
        self.addCleanup(self.connection.close)
        self.grouping = Grouping(self.connection)

    def groups(self, series: int, *batches: int) -> list[str]:
        return [self.grouping.of(series, batch) for batch in batches]

    def test_a_change_applies_to_later_batches(self) -> None:
        """Batches that were decided before keep their groups, after a restart too."""
        self.grouping.decide({1: "fast", 2: ""}, 5, 100)
        self.grouping.decide({1: "slow"}, 9, 50)
        for _ in range(2):
            self.assertEqual(self.groups(1, 1, 5, 6, 9, 20), ["fast"] * 2 + ["slow"] * 3)
            self.assertEqual(self.groups(2, 1, 9), ["", ""])
            self.assertEqual(self.groups(3, 1), [""])
            self.assertEqual((self.grouping.decided, self.grouping.until), (9, 100))
            with closing(connect(self.path)) as again:
                self.grouping = Grouping(again)

    def test_samples_are_split(self) -> None:
        """By group; a batch of one group is passed on without a copy."""
        samples = chunk(([1, 2, 1], [1, 2, 3], [0, 0, 0], [0, 0, 0], [0, 0, 0]))
        [(name, same)] = self.grouping.split(samples, 1)
        self.assertEqual(name, "")
        self.assertIs(same, samples)
        self.grouping.decide({1: "fast", 2: ""}, 1, 3)
        parts = {
            name: part.stime.tolist() for name, part in self.grouping.split(samples, 1)
        }
        self.assertEqual(parts, {"": [2], "fast": [1, 3]})
