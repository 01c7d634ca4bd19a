"""Types that no file defines: which ones are missing, and what rows show of them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.references import missing_references
from oagw.model.dptypes import ElementType, TypeNode
from tests.dpl.plans import plan, values


def reference(name: str, dp_type: str) -> TypeNode:
    """An element that refers to a type."""
    return TypeNode(name, ElementType.REFERENCE, reference=dp_type)


class MissingTests(SynchronousTestCase):
    """References to types that nobody defines."""

    timeout = 30

    def test_each_is_named_once_in_order(self) -> None:
        inner = TypeNode("s", ElementType.STRUCT, children=(reference("a", "Y"),))
        one = TypeNode("One", ElementType.STRUCT, children=(inner, reference("b", "X")))
        two = TypeNode(
            "Two", ElementType.STRUCT, children=(reference("c", "Y"), reference("d", "Z"))
        )
        known = {"Z": TypeNode("Z", ElementType.FLOAT)}
        self.assertEqual(missing_references([one, two], known), ["Y", "X"])


class ShownTests(SynchronousTestCase):
    """A type that is only referred to gets the elements that rows have there."""

    timeout = 30

    def test_rows_of_a_referring_datapoint(self) -> None:
        text = (
            "# DpType\nTypeName\nPump.Pump\t1#1\n\tmotor\t41#2:Motor\n\n"
            "# Datapoint/DpId\nDpName\tTypeName\tID\nP1\tPump\t1\n\n"
        )
        text += values(
            ("P1.motor.speed", "Pump", "1.5"), ("P1.motor.on.since", "Pump", '"x"')
        )
        found = plan(text)
        self.assertEqual(found.problems, [])
        motor = found.new_types["Motor"]
        shown = {child.name: child for child in motor.children}
        self.assertEqual(set(shown), {"speed", "on"})
        self.assertIs(shown["speed"].type, ElementType.FLOAT)
        [since] = shown["on"].children
        self.assertEqual((since.name, since.type), ("since", ElementType.STRING))
