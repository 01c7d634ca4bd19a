"""Elements: what their configs do to them, and the numbers that they have on disk."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.model import status
from oagw.model.dptypes import MAX_ELEMENTS, ElementType, TypeNode, build_type
from oagw.model.samples import Sample
from oagw.plant.element import Datapoint, deleted_element

_ROOT = TypeNode("Valve", ElementType.STRUCT, 0, (TypeNode("open", ElementType.FLOAT),))


class ElementTests(SynchronousTestCase):
    """An element of a valve."""

    timeout = 10

    def setUp(self) -> None:
        dp_type = build_type("Valve", _ROOT, {"Valve": _ROOT})
        self.datapoint = Datapoint("V1", dp_type, 7)
        self.element = self.datapoint.elements[dp_type.by_path["open"].index]

    def test_a_number_belongs_to_one_element(self) -> None:
        """It has the datapoint's number and the element's number in the type."""
        numbers = {one.number for one in self.datapoint.elements}
        self.assertEqual(len(numbers), len(self.datapoint.elements))
        self.assertEqual({one // MAX_ELEMENTS for one in numbers}, {7})

    def test_a_config_without_attributes_is_deleted(self) -> None:
        """Type 0 deletes a config, and with the last config the mapping."""
        self.element.change_config("_archive", {"_archive": True})
        self.assertTrue(self.element.archived)
        self.element.change_config("_archive", {"_type": 0})
        self.assertFalse(self.element.archived)
        self.assertIsNone(self.element.configs)

    def test_only_some_configs_change_values(self) -> None:
        """A lock has no effect on values, a substitute value has."""
        self.element.change_config("_lock", {"_original._locked": True})
        self.assertIsNone(self.element.behaviour)
        self.element.change_config("_default", {"_value": 4.0})
        self.assertIsNotNone(self.element.behaviour)

    def test_the_online_value_is_the_substitute_value(self) -> None:
        """While it is in force."""
        self.element.sample = Sample(1.5, 0, status.NORMAL, 0)
        self.assertEqual(self.element.online, 1.5)
        self.element.change_config("_default", {"_value": 4.0})
        bits = status.NORMAL | status.EXP_DEFAULT
        self.element.sample = Sample(1.5, 0, bits, 0)
        self.assertEqual(self.element.online, 4.0)

    def test_a_deleted_element_keeps_name_number_and_type(self) -> None:
        """Its history is read by these."""
        element = deleted_element("V1.open", self.element.number, ElementType.FLOAT)
        self.assertEqual(
            (element.name, element.number, element.type),
            ("V1.open", self.element.number, ElementType.FLOAT),
        )
