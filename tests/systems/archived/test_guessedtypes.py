"""Types from the values of elements."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.model.dptypes import ElementType, TypeNode
from oagw.systems.archived.guessedtypes import guess_types


class GuessTests(SynchronousTestCase):
    """One type for each datapoint, with its name."""

    timeout = 30

    def test_a_datapoint_that_is_one_element(self) -> None:
        """Has the type of its value; every number is a float."""
        found = guess_types({"a.": 1, "b.": True, "c.": "x", "d.": [1, 2.5], "e.": ["x"]})
        self.assertEqual(
            {name: node.type for name, node in found.items()},
            {
                "a": ElementType.FLOAT,
                "b": ElementType.BOOL,
                "c": ElementType.STRING,
                "d": ElementType.FLOAT.dyn,
                "e": ElementType.STRING.dyn,
            },
        )

    def test_values_without_a_type(self) -> None:
        """Are left out: nulls, empty lists, and lists of several types."""
        self.assertEqual(guess_types({"a.": None, "b.": [], "c.": [1, "x"]}), {})

    def test_structures(self) -> None:
        """Are made of the paths of their elements."""
        found = guess_types({"p.value.speed": 1.5, "p.value.on": False, "p.text": "x"})
        value = TypeNode(
            "value",
            ElementType.STRUCT,
            0,
            (TypeNode("on", ElementType.BOOL), TypeNode("speed", ElementType.FLOAT)),
        )
        text = TypeNode("text", ElementType.STRING)
        self.assertEqual(found, {"p": TypeNode("p", ElementType.STRUCT, 0, (text, value))})
