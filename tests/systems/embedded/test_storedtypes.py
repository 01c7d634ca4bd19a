"""Types in the file: what is written is read, and numbers stay in reserve."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.model.dptypes import ElementType, TypeNode, build_type
from oagw.storage.sqlite import open_marked
from oagw.systems.embedded import rowchecks
from oagw.systems.embedded.storedtypes import (
    load_types,
    lost_types,
    release_numbers,
    reserve_numbers,
    store_type,
)

_MOTOR = TypeNode("Motor", ElementType.STRUCT, 0, (TypeNode("on", ElementType.BOOL),))
_REFERENCE = TypeNode("m", ElementType.REFERENCE, 0, (), "Motor")
_GROUP = TypeNode("Group", ElementType.STRUCT, 0, (_REFERENCE,))


class StoredTypesTests(SynchronousTestCase):
    """A type, and one that refers to it."""

    timeout = 10

    def setUp(self) -> None:
        self.connection = open_marked(Path(self.mktemp()), "oagw.systems.embedded.schema")
        self.addCleanup(self.connection.close)
        rowchecks.install(self.connection)
        definitions = {"Motor": _MOTOR, "Group": _GROUP}
        self.types = [build_type(one.name, one, definitions) for one in (_MOTOR, _GROUP)]
        for one in self.types:
            store_type(self.connection, one, 0)

    def next_number(self) -> int:
        motor, _ = load_types(self.connection)
        return motor.next_number

    def test_types_are_read_as_they_were_written(self) -> None:
        """With the numbers of their elements."""
        read = list(load_types(self.connection))
        self.assertEqual([one.root for one in read], [one.root for one in self.types])
        self.assertEqual([one.numbers for one in read], [one.numbers for one in self.types])

    def test_numbers_are_in_reserve_while_the_file_is_open(self) -> None:
        """As many as the last change used, if that was much."""
        motor = self.types[0]
        reserve_numbers(self.connection, self.types)
        self.assertEqual(self.next_number(), motor.next_number + 64)
        store_type(self.connection, motor, 200)
        self.assertEqual(self.next_number(), motor.next_number + 200)
        release_numbers(self.connection, self.types)
        self.assertEqual(self.next_number(), motor.next_number)

    def test_a_type_without_the_type_that_it_refers_to_is_lost(self) -> None:
        """With the reason."""
        self.connection.execute("DELETE FROM dp_type WHERE name = 'Motor'")
        lost = lost_types(self.connection)
        self.assertEqual(list(lost), ["Group"])
        self.assertIn("Motor", lost["Group"])
