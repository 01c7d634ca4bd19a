"""Types and datapoints as they will be after an import."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.plan import NewDatapoint, Plan
from oagw.dpl.targets import Targets, same_elements
from oagw.model.dptypes import ElementType, TypeNode
from tests.dpl.plans import PUMP_TYPE, System

FLOAT_TYPE = TypeNode("Pump", ElementType.FLOAT, 1)


class TargetTests(SynchronousTestCase):
    """Existing and new types."""

    timeout = 30

    def setUp(self) -> None:
        self.plan = Plan()
        system = System({"Pump": FLOAT_TYPE}, {"P1": "Pump"})
        self.targets = Targets(system, self.plan)

    def refuse(self, name: str, reason: str) -> None:
        self.fail(f"{name}: {reason}")

    def test_a_changed_type_is_that_of_existing_datapoints(self) -> None:
        self.targets.add_types({"Pump": PUMP_TYPE}, self.refuse)
        self.assertEqual(self.plan.changed_types, {"Pump": PUMP_TYPE})
        found = self.targets.type_of("P1")
        assert found is not None
        self.assertIn("value.speed", found.by_path)

    def test_the_same_type_is_not_a_change(self) -> None:
        self.targets.add_types({"Pump": FLOAT_TYPE}, self.refuse)
        self.assertEqual(self.plan.counts["existing types"], 1)
        self.assertEqual((self.plan.new_types, self.plan.changed_types), ({}, {}))

    def test_a_datapoint_is_created_once(self) -> None:
        for _ in range(2):
            self.targets.add_datapoint(NewDatapoint("P2", "Pump", 0))
        self.assertEqual(len(self.plan.datapoints), 1)
        self.targets.leave_out("P2")
        self.assertEqual(self.plan.counts, {"new datapoints": 1})

    def test_ids_do_not_make_types_differ(self) -> None:
        """Names, element types and children do."""
        other = TypeNode("Pump", ElementType.FLOAT, 7)
        self.assertTrue(same_elements(FLOAT_TYPE, other))
        self.assertFalse(same_elements(FLOAT_TYPE, TypeNode("Pump", ElementType.INT, 1)))
        self.assertFalse(same_elements(FLOAT_TYPE, PUMP_TYPE))
