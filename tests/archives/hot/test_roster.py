"""The roster: partitions that are missing, older, newer or of another archive."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.hot.hotstore import HotStore
from oagw.archives.hot.roster import misfits
from oagw.archives.sealed.partitions import PartitionKey
from oagw.archives.sealed.partitionviews import PartitionEntry, PartitionView

_KEY = PartitionKey(0, "")
_FAST = PartitionKey(1, "fast")


class Partitions:
    """A source that has partitions, but no samples."""

    def __init__(self, found: dict[PartitionKey, PartitionEntry]) -> None:
        self.found = found

    def entries(self) -> dict[PartitionKey, PartitionEntry]:
        return self.found

    def months(self) -> set[int]:
        return {key.month for key in self.found}

    def size(self, month: int) -> int:
        return 0

    def month(self, month: int) -> AbstractContextManager[list[PartitionView]]:
        return nullcontext([])


class RosterTests(SynchronousTestCase):
    """Two partitions that are sealed up to batch 20."""

    timeout = 30

    def setUp(self) -> None:
        self.path = Path(self.mktemp()) / "hot.sqlite"
        self.path.parent.mkdir()
        with closing(HotStore(self.path)) as hot:
            self.identity = hot.identity
            hot.roster.settle({})
            hot.grouping.decide({}, 20, 0)
            hot.roster.sealed({_KEY: 10, _FAST: 20})
            hot.roster.save()

    def faults(self, **changed: PartitionEntry | None) -> list[str]:
        """The faults if one or both partitions are others; ``None`` is a missing one."""
        entries = {
            "key": PartitionEntry("january", self.identity, 10),
            "fast": PartitionEntry("february", self.identity, 20),
            **changed,
        }
        found = {
            key: entry
            for key, entry in ((_KEY, entries["key"]), (_FAST, entries["fast"]))
            if entry is not None
        }
        return misfits(self.path, Partitions(found))

    def test_partitions_as_they_should_be(self) -> None:
        """One may be sealed up to the last decided batch, though the roster lags behind."""
        self.assertEqual(self.faults(), [])
        ahead = PartitionEntry("january", self.identity, 20)
        self.assertEqual(self.faults(key=ahead), [])

    def test_faults(self) -> None:
        """Missing, older, newer, or of another archive."""
        mine = self.identity
        for fault, changed in (
            ("1970-02 of group fast is missing", {"fast": None}),
            ("january is an older copy", {"key": PartitionEntry("january", mine, 9)}),
            ("january is newer than", {"key": PartitionEntry("january", mine, 21)}),
            ("january is of another", {"key": PartitionEntry("january", "other", 10)}),
        ):
            [found] = self.faults(**changed)
            self.assertTrue(found.startswith(fault), found)

    def test_a_forgotten_partition_may_be_missing(self) -> None:
        """It was removed because of its age."""
        with closing(HotStore(self.path)) as hot:
            hot.roster.forget(_FAST)
        self.assertEqual(self.faults(fast=None), [])

    def test_an_adopting_archive_accepts_everything(self) -> None:
        """Until the next start has made the roster."""
        with closing(HotStore(self.path)) as hot:
            hot.adopt(hot.numbers())
        self.assertEqual(self.faults(key=None), [])
