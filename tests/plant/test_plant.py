"""A plant finds its datapoints and elements by name, pattern and alias."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import DatapointNotFoundError, ElementNotFoundError, TypeNotFoundError
from oagw.model.dptypes import ElementType, TypeNode, build_type
from oagw.model.patterns import compile_pattern
from oagw.plant.plant import Plant

_ROOT = TypeNode("Valve", ElementType.STRUCT, 0, (TypeNode("open", ElementType.BOOL),))


class PlantTests(SynchronousTestCase):
    """Three valves."""

    timeout = 10

    def setUp(self) -> None:
        self.plant = Plant()
        self.plant.add_type(build_type("Valve", _ROOT, {"Valve": _ROOT}))
        for number, name in enumerate(("v_2", "v_1", "other"), 1):
            self.plant.add_datapoint(name, self.plant.types["Valve"], number)

    def names(self, pattern: str) -> list[str]:
        return [one.name for one in self.plant.select(compile_pattern(pattern))]

    def test_patterns_find_elements_in_the_order_of_creation(self) -> None:
        """A pattern without wildcards finds them in the order of the pattern."""
        self.assertEqual(self.names("v_*.*"), ["v_2.open", "v_1.open"])
        self.assertEqual(self.names("{v_1,v_2}.open"), ["v_1.open", "v_2.open"])

    def test_errors_say_what_is_unknown(self) -> None:
        """The datapoint, its element, or the type."""
        for error, look in (
            (DatapointNotFoundError, lambda: self.plant.element("x", "open", "x.open")),
            (ElementNotFoundError, lambda: self.plant.element("v_1", "shut", "v_1.shut")),
            (TypeNotFoundError, lambda: self.plant.dp_type("Pump")),
        ):
            self.assertRaises(error, look)

    def test_a_renamed_datapoint_has_one_name(self) -> None:
        """It is found by the new name, also by pattern, and stays of its type."""
        self.plant.rename_datapoint(self.plant.datapoints["v_1"], "v_9")
        self.assertEqual(self.names("v_*.*"), ["v_2.open", "v_9.open"])
        self.assertEqual(self.plant.count_of_type("Valve"), 3)

    def test_an_alias_goes_with_its_datapoint(self) -> None:
        """The alias of a deleted datapoint is free again."""
        element = self.plant.element("v_1", "open", "")
        self.plant.set_alias(element, "main valve")
        element.change_config("_common", {"_alias": "main valve"})
        self.assertEqual(self.plant.alias_owner("main valve"), ("v_1", "open"))
        self.plant.remove_datapoint(self.plant.datapoints["v_1"])
        self.assertIsNone(self.plant.alias_owner("main valve"))
