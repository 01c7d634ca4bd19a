"""The files of partitions: their names, and what a source says about them."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.blocks.chunks import chunk
from oagw.archives.files.filesource import FileSource
from oagw.archives.files.filestore import FileStore, partition_files
from oagw.archives.sealed.partitions import PartitionKey
from oagw.archives.sealed.partitionviews import PartitionEntry


class FileStoreTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.store = FileStore(self.directory, "mine")

    def fill(self, key: PartitionKey, batch: int) -> None:
        """Write a sample to a partition."""
        partition = self.store.open(key)
        self.addCleanup(partition.close)
        samples = chunk(([1], [partition.start], [0.5], [257], [0]))
        partition.show(partition.seal(samples, batch))

    def test_a_partition_has_a_file(self) -> None:
        """In the directory of its group; they are listed by month and group."""
        keys = [PartitionKey(1, ""), PartitionKey(0, "slow"), PartitionKey(0, "fast")]
        for key in keys:
            self.store.open(key).close()
        (self.directory / "hot.sqlite").touch()
        (self.directory / "fast" / "notes-1970.sqlite").touch()
        found = {key: str(path) for key, path in partition_files(self.directory)}
        self.assertEqual(list(found), [keys[2], keys[1], keys[0]])
        self.assertEqual(found, {key: self.store.name_of(key) for key in keys})
        self.assertEqual(found[keys[2]], str(self.directory / "fast/1970-01.sqlite"))

    def test_entries_name_owner_and_batch(self) -> None:
        """A partition without samples belongs to no archive yet."""
        key = PartitionKey(0, "")
        self.fill(key, 7)
        self.store.open(PartitionKey(1, "")).close()
        source = FileSource(self.directory)
        name = self.store.name_of(key)
        self.assertEqual(source.entries(), {key: PartitionEntry(name, "mine", 7)})
        self.assertEqual(source.months(), {0, 1})
        self.assertGreater(source.size(0), 0)
        self.assertEqual(source.size(9), 0)

    def test_partitions_that_exist_are_loaded(self) -> None:
        """With their runs and their owner, whoever loads them."""
        key = PartitionKey(3, "fast")
        self.fill(key, 4)
        found = FileStore(self.directory).load("other", str)
        [partition] = found.values()
        self.addCleanup(partition.close)
        self.assertEqual(list(found), [key])
        self.assertEqual((partition.owner, partition.sealed), ("mine", 4))
        self.assertEqual([run.samples for run in partition.runs], [1])

    def test_a_removed_partition_leaves_no_file(self) -> None:
        """The log and its index neither."""
        key = PartitionKey(0, "")
        partition = self.store.open(key)
        self.assertGreater(partition.size, 0)
        partition.remove()
        self.assertEqual([*self.directory.iterdir()], [])
