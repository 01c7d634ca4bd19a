"""What a query knows of an element by its position, and what it reads from each."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.model.dptypes import ElementType
from oagw.query.queryattributes import read_attribute
from oagw.query.subject import column_reader
from oagw.query.tree import Keyword
from tests.query.places import FakeDatapoint, FakeSubject, place

VALUE = read_attribute(":_online.._value", is_alert=False)


class PlaceTests(SynchronousTestCase):
    """Positions in a type."""

    timeout = 30

    def test_references_from_the_outside_in(self) -> None:
        self.assertEqual(place("motor.speed").references, ("Motor",))
        self.assertEqual(place("label").references, ())

    def test_constants_of_a_position(self) -> None:
        at = place("motor.speed")
        for keyword, expected in (
            (Keyword.SYSTEM, "S1"),
            (Keyword.TYPE, "Pump"),
            (Keyword.TYPE_REFERENCE, ("Motor",)),
            (Keyword.ELEMENT, "motor.speed"),
            (Keyword.ELEMENT_TYPE, int(ElementType.FLOAT)),
            (Keyword.DATAPOINT, None),
            (Keyword.ALIAS, None),
        ):
            self.assertEqual(at.constant(keyword), expected, keyword)

    def test_a_structure_has_no_value(self) -> None:
        self.assertIsNone(place("").reader(VALUE))
        self.assertIsNotNone(place("label").reader(VALUE))

    def test_an_element_that_the_type_lacks(self) -> None:
        other = read_attribute(".missing:_online.._value", is_alert=False)
        self.assertIsNone(place("label").reader(other))


class ReaderTests(SynchronousTestCase):
    """Readers of subjects."""

    timeout = 30

    def test_the_name_of_the_datapoint(self) -> None:
        read = column_reader(Keyword.DATAPOINT, place("label"))
        assert read is not None
        self.assertEqual(read(FakeSubject("x", ElementType.STRING)), "P1")

    def test_the_value_of_another_element(self) -> None:
        """The row stands for the datapoint; an element without a value is null."""
        read = column_reader(
            read_attribute(".motor.speed:_online.._value", is_alert=False), place("")
        )
        assert read is not None
        at = place("motor.speed").node.index
        elements = [None] * at + [FakeSubject(2.5)]
        self.assertEqual(
            read(FakeSubject(0.0, datapoint=FakeDatapoint("P", elements))), 2.5
        )
        empty = FakeDatapoint("P", [None] * (at + 1))
        self.assertIsNone(read(FakeSubject(0.0, datapoint=empty)))

    def test_offline_values_need_an_archive(self) -> None:
        """Unless the subject is an archived value itself."""
        offline = read_attribute(":_offline.._value", is_alert=False)
        plain = FakeSubject(1.5)
        archived = FakeSubject(1.5, configs={"_archive": {"_archive": True}})
        now = column_reader(offline, place("motor.speed"))
        past = column_reader(offline, place("motor.speed", is_past=True))
        assert now is not None
        assert past is not None
        self.assertEqual([now(plain), now(archived)], [None, 1.5])
        self.assertEqual(past(plain), 1.5)
