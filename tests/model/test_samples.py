"""The sample of an element that was never set."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.model import status
from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample, initial_sample


class InitialTests(SynchronousTestCase):
    """Initial samples."""

    timeout = 30

    def test_one_for_all_elements_of_a_type(self) -> None:
        for kind in ElementType:
            self.assertIs(initial_sample(kind), initial_sample(kind), kind)

    def test_the_time_is_1970(self) -> None:
        expected = Sample(0.0, 0, status.NORMAL, 0)
        self.assertEqual(initial_sample(ElementType.FLOAT), expected)

    def test_a_value_of_its_own(self) -> None:
        self.assertEqual(initial_sample(ElementType.FLOAT, 2.5).value, 2.5)
        self.assertEqual(initial_sample(ElementType.FLOAT).value, 0.0)
