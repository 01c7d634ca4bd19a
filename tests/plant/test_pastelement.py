"""An element of the past has its old sample and its present configs."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.model import status
from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample
from oagw.plant.element import deleted_element
from oagw.plant.pastelement import PastElement


class PastElementTests(SynchronousTestCase):
    """The past of an element of type float."""

    timeout = 10

    def setUp(self) -> None:
        self.element = deleted_element("F.", 1, ElementType.FLOAT)
        self.element.sample = Sample(9.0, 9, status.NORMAL, 0)

    def test_value_and_type(self) -> None:
        """The present value of the element does not matter."""
        past = PastElement(Sample(1.0, 1, status.NORMAL, 0), self.element)
        self.assertEqual((past.online, past.type), (1.0, ElementType.FLOAT))
        self.assertIs(past.datapoint, self.element.datapoint)

    def test_the_substitute_value_is_the_present_one(self) -> None:
        """Configs have no history."""
        self.element.change_config("_default", {"_value": 4.0})
        bits = status.NORMAL | status.EXP_DEFAULT
        past = PastElement(Sample(1.0, 1, bits, 0), self.element)
        self.assertEqual(past.online, 4.0)
        self.assertEqual(past.stored("_default")["_value"], 4.0)
