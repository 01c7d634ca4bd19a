"""Changes of the structure of a small plant."""

from __future__ import annotations

from collections.abc import Sequence

from oagw.model.changes import (
    CreateDatapoint,
    CreateType,
)
from oagw.model.dptypes import ElementType, TypeNode
from tests.systems.bench import EmbeddedTestCase

STRUCT, FLOAT, INT = ElementType.STRUCT, ElementType.FLOAT, ElementType.INT
STRING, BOOL = ElementType.STRING, ElementType.BOOL


def struct(name: str, *children: TypeNode) -> TypeNode:
    return TypeNode(name, STRUCT, 0, children)


def leaf(name: str, kind: ElementType = FLOAT) -> TypeNode:
    return TypeNode(name, kind)


def ref(name: str, reference: str) -> TypeNode:
    return TypeNode(name, ElementType.REFERENCE, 0, (), reference)


MOTOR = struct("Motor", leaf("speed"), leaf("on", BOOL))
GROUP = struct("Group", ref("m1", "Motor"), ref("m2", "Motor"), leaf("limit"))
PLANT_TYPE = struct("Plant", ref("g", "Group"), leaf("name", STRING))


class StructureTestCase(EmbeddedTestCase):
    """Types Motor, Group (of two motors) and Plant (of a group), a datapoint of each."""

    def setUp(self) -> None:
        super().setUp()
        self.change(
            *(CreateType(root) for root in (MOTOR, GROUP, PLANT_TYPE)),
            CreateDatapoint("M", "Motor"),
            CreateDatapoint("G", "Group"),
            CreateDatapoint("P", "Plant"),
        )
        self.events.clear()

    def both(self) -> Sequence[str]:
        """What to look at now and again after a restart: ``for _ in self.both()``."""
        return ("now", "restart", "crash")

    def again(self, when: str) -> None:
        if when == "restart":
            self.reopen()
        elif when == "crash":
            self.crash()

    def number(self, name: str) -> int:
        return self.bench.system.plant.datapoints[name].number
