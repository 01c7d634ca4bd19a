"""Names of elements and users, read from the file beside a running gateway."""

from __future__ import annotations

from oagw.errors import DatapointNotFoundError
from oagw.model.changes import DeleteDatapoint
from oagw.storage.damage import StorageError
from oagw.systems.embedded.namesnapshot import NamesSnapshot
from tests.crash import store_connection
from tests.systems.bench import EmbeddedTestCase


class NamesSnapshotTests(EmbeddedTestCase):
    """Names of the small plant, after a value was set."""

    def setUp(self) -> None:
        super().setUp()
        self.set({"K.": 1.5})
        self.element = self.bench.system.plant.element("K", "", "K.")

    def snapshot(self) -> NamesSnapshot:
        return NamesSnapshot(self.bench.directory / "system.sqlite", "System1")

    def test_numbers_have_names(self) -> None:
        """Of elements and of users; unknown ones have none."""
        names = self.snapshot()
        found = names.element(self.element.number)
        assert found is not None
        self.assertEqual((found.name, found.type), ("K.", self.element.type))
        self.assertIsNone(names.element(1 << 60))
        self.assertIn("anna", names.users.values())

    def test_a_deleted_element_keeps_its_name(self) -> None:
        """Because it has a history; patterns still match it."""
        number = self.element.number
        self.change(DeleteDatapoint("K"))
        names = self.snapshot()
        [pattern] = names.patterns(["K"])
        chosen, unknown = names.chosen([number, 1 << 60], [pattern])
        self.assertEqual([one.name for one in chosen], ["K."])
        self.assertEqual(unknown, {1 << 60})
        self.assertEqual(names.unmatched([pattern]), [])

    def test_patterns_that_match_nothing_are_named(self) -> None:
        """Another system is an error."""
        names = self.snapshot()
        self.assertEqual(names.unmatched(names.patterns(["K", "X*"])), ["X*"])
        self.assertRaises(DatapointNotFoundError, names.patterns, ["Other:K"])

    def test_a_damaged_name_is_refused(self) -> None:
        """A wrong name would give values to a wrong element."""
        self.successResultOf(self.bench.system.store.flushed())
        with self.assertRaises(StorageError):
            store_connection(self.bench.store).execute(
                "UPDATE datapoint SET name = 'J' WHERE name = 'K'"
            )
            self.snapshot()
