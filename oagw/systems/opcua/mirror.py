"""The datapoints of a server, in memory: what its address space has become here."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from oagw.errors import OagwError
from oagw.model import status
from oagw.model.changes import (
    CreateType,
    DeleteDatapoint,
    DeleteType,
)
from oagw.plant.outcome import Outcome
from oagw.plant.plant import (
    Element,
    Plant,
)
from oagw.plant.structure import Structure
from oagw.systems.opcua.naming import Design, Plan
from oagw.systems.opcua.nodes import Variable


class Mirror:
    """A plant with an element for each variable that has a name.

    :ivar plant: without values, but of elements that somebody wants them of.
    """

    def __init__(self) -> None:
        self.plant = Plant()
        self._next = 0
        self._plan: Plan | None = None
        self._structure = Structure(self.plant, self._number)
        self._variables: dict[Element, Variable] = {}
        self._by_number: dict[int, Variable] = {}

    def _number(self) -> int:
        self._next += 1
        return self._next

    def variable(self, element: Element) -> Variable:
        """The variable of an element that holds a value."""
        return self._variables[element]

    def by_number(self, number: int) -> Variable:
        """The variable of the element that has a number."""
        return self._by_number[number]

    def known(self, element: Element) -> bool:
        """Whether the element is there still."""
        return element in self._variables

    def follow(
        self, plan: Plan, outcome: Outcome
    ) -> tuple[Sequence[Element], Sequence[OagwError]]:
        """Become what the address space is; what is the same stays, watches included.

        :returns: the elements that are no more, and why others could not be made.
        """
        if plan == self._plan:
            return [], []
        self._plan = plan
        wanted = plan.design
        removed = self._remove(wanted, outcome)
        refused = self._make(wanted, outcome)
        plant = self.plant
        self._variables.clear()
        self._by_number.clear()
        for one, name in plan.names.items():
            datapoint, _, path = name.partition(".")
            present = plant.datapoints.get(datapoint)
            if present is None:
                continue
            element = present.elements[present.dp_type.by_path[path].index]
            if one.has_history or element.archived:
                element.store("_archive", {"_archive": one.has_history})
            self._variables[element] = self._by_number[element.number] = one
        return removed, refused

    def _remove(self, wanted: Design, outcome: Outcome) -> list[Element]:
        """What is no more, or of another type."""
        plant = self.plant
        changed = {
            name
            for name, dp_type in plant.types.items()
            if wanted.types.get(name) != dp_type.root
        }
        removed: list[Element] = []
        for name, datapoint in list(plant.datapoints.items()):
            dp_type = datapoint.dp_type.name
            if dp_type in changed or wanted.datapoints.get(name) != dp_type:
                removed += self._structure.change(DeleteDatapoint(name), outcome)
        for name in changed:
            self._structure.change(DeleteType(name), outcome)
        return removed

    def _make(self, wanted: Design, outcome: Outcome) -> list[OagwError]:
        refused: list[OagwError] = []
        for name, root in wanted.types.items():
            if name not in self.plant.types:
                try:
                    self._structure.change(CreateType(root), outcome)
                except OagwError as error:
                    refused.append(error)
        new = [
            (name, dp_type, 0)
            for name, dp_type in wanted.datapoints.items()
            if name not in self.plant.datapoints and dp_type in self.plant.types
        ]
        for datapoint in self._structure.create(new, outcome):
            for element in datapoint.elements:
                # Nobody knows its value yet.
                bits = element.sample.status | status.AUT_INV
                element.sample = msgspec.structs.replace(element.sample, status=bits)
        return refused
