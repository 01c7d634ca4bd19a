"""Facts keep what was true when they happened."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.model.changes import (
    CreateDatapoint,
    CreateType,
    DeleteDatapoint,
    RenameDatapoint,
)
from oagw.model.dptypes import ElementType, TypeNode
from oagw.plant.facts import (
    DatapointDeleted,
    DatapointRenamed,
    DatapointRow,
    DatapointsCreated,
    ElementsDeleted,
    TypeDefined,
)
from oagw.plant.outcome import Outcome
from oagw.plant.plant import Plant
from oagw.plant.structure import PlantStructure


class FactsTests(SynchronousTestCase):
    """Facts of one datapoint, which is created, renamed and deleted."""

    timeout = 10

    def test_later_changes_do_not_alter_facts(self) -> None:
        """A store may write all of them at the end, and needs no plant for it."""
        plant, outcome = Plant(), Outcome()
        structure = PlantStructure(plant, iter(range(5, 9)).__next__)
        structure.change(CreateType(TypeNode("Float", ElementType.FLOAT)), outcome)
        structure.change(CreateDatapoint("A", "Float"), outcome)
        [element] = plant.datapoints["A"].elements
        structure.change(RenameDatapoint("A", "B"), outcome)
        dp_type = plant.types["Float"]
        structure.change(DeleteDatapoint("B"), outcome)
        self.assertEqual(
            outcome.facts,
            [
                TypeDefined(dp_type),
                DatapointsCreated([DatapointRow(5, "A", "Float", 0)]),
                DatapointRenamed(5, "B"),
                DatapointDeleted(5),
                ElementsDeleted([element.number]),
            ],
        )
