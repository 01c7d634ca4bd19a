"""Cells: attributes are read by complete name."""

from __future__ import annotations

from zope.interface.verify import verifyObject

from oagw.errors import OagwError
from oagw.interfaces.systems import (
    ISystem,
)
from tests.systems.bench import (
    EmbeddedTestCase,
)


class ReadTests(EmbeddedTestCase):
    """Attributes of an element that can be read, and those that cannot."""

    def test_is_a_system(self) -> None:
        """It has what the core asks of a system."""
        self.assertTrue(verifyObject(ISystem, self.bench.system))

    def test_an_element_that_nobody_set_has_its_default(self) -> None:
        """Its value is the type's default and its source time is 1970."""
        self.assertEqual(
            self.get("F1.", "F1.:_online.._value", "F1.:_original.._stime"), [0.0, 0.0, 0]
        )
        self.assertEqual(self.get("A.s", "A.df", "A.b"), ["", [], False])

    def test_initial_values_are_those_of_the_plant_file(self) -> None:
        """They are as old as the epoch, so anything a client sets is newer."""
        self.assertEqual(self.get("F2.", "F2.:_original.._stime"), [2.5, 0])
        self.assertEqual(self.value("pump_02.state.text"), "idle")

    def test_each_part_of_a_name_has_its_own_error(self) -> None:
        """Datapoint 7, element 8, config 9, attribute 19."""
        for name, code in (
            ("Nope.", 7),
            ("F1.nope", 8),
            ("pump_01.value", 9),
            ("pump_01.", 9),
            ("F1.:_nope.._value", 9),
            ("F1.:_online.1._value", 9),
            ("F1.:_online.._nope", 19),
            ("F1.:_offline.._value", 46),
        ):
            with self.subTest(name):
                self.assertEqual(self.error(name), code)

    def test_good_and_bad_names_are_answered_side_by_side(self) -> None:
        """One error does not hide the other values."""
        good, bad, last = self.get("F2.", "Nope.", "F1.")
        self.assertEqual((good, last), (2.5, 0.0))
        self.assertIsInstance(bad, OagwError)

    def test_an_archived_element_has_an_offline_value(self) -> None:
        """It is the present one until another is asked for by its time."""
        self.set({"K.": 4})
        self.assertEqual(self.value("K.:_offline.._value"), 4.0)
