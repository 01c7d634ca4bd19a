"""The types and datapoints of one system in memory, found by name, pattern and alias."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from oagw.errors import (
    DatapointNotFoundError,
    ElementNotFoundError,
    TypeNotFoundError,
)
from oagw.model.dptypes import DpType, ElementType, TypeNode
from oagw.model.patterns import Alternative, Pattern
from oagw.plant.element import Datapoint, Element
from oagw.plant.nameindex import NameIndex

if TYPE_CHECKING:
    pass


class Plant:
    """All types and datapoints of one system."""

    def __init__(self) -> None:
        self.types: dict[str, DpType] = {}
        self.datapoints: dict[str, Datapoint] = {}
        self.aliases: dict[str, Element] = {}
        #: Deleted elements with a history, by name, the oldest first: the number on disk
        #: and the type of each.
        self.deleted: dict[str, list[tuple[int, ElementType]]] = {}
        self.names = NameIndex()
        self._by_type: dict[str, dict[str, Datapoint]] = {}

    @property
    def definitions(self) -> dict[str, TypeNode]:
        """The definition of each type, by name."""
        return {name: dp_type.root for name, dp_type in self.types.items()}

    def add_type(self, dp_type: DpType) -> None:
        """Add a type, or replace the type of that name."""
        self.types[dp_type.name] = dp_type
        self._by_type.setdefault(dp_type.name, {})

    def remove_type(self, name: str) -> None:
        """Remove a type that has no datapoints."""
        del self.types[name]
        del self._by_type[name]

    def add_datapoint(
        self, name: str, dp_type: DpType, number: int, dp_id: int = 0
    ) -> Datapoint:
        """Add a datapoint with the elements that its type gives it."""
        datapoint = Datapoint(name, dp_type, number, dp_id)
        self.datapoints[name] = datapoint
        self.names.add(name)
        self._by_type[dp_type.name][name] = datapoint
        return datapoint

    def load(self, datapoints: Iterable[Datapoint]) -> None:
        """Add many datapoints to an empty plant."""
        for datapoint in datapoints:
            self.datapoints[datapoint.name] = datapoint
            self._by_type[datapoint.dp_type.name][datapoint.name] = datapoint
        self.names.load(self.datapoints)

    def remove_datapoint(self, datapoint: Datapoint) -> None:
        """Remove a datapoint and its aliases."""
        del self.datapoints[datapoint.name]
        del self._by_type[datapoint.dp_type.name][datapoint.name]
        self.names.remove(datapoint.name)
        for element in datapoint.elements:
            self.set_alias(element, "")

    def rename_datapoint(self, datapoint: Datapoint, name: str) -> None:
        """Give a datapoint another name."""
        of_type = self._by_type[datapoint.dp_type.name]
        del self.datapoints[datapoint.name], of_type[datapoint.name]
        self.names.remove(datapoint.name)
        datapoint.name = name
        self.datapoints[name] = of_type[name] = datapoint
        self.names.add(name)

    def add_deleted(self, name: str, number: int, kind: ElementType) -> None:
        """Add a deleted element, whose history can still be read by its name."""
        self.deleted.setdefault(name, []).append((number, kind))

    def of_type(self, name: str) -> list[Datapoint]:
        """All datapoints of a type."""
        return list(self._by_type.get(name, {}).values())

    def count_of_type(self, name: str) -> int:
        """The number of datapoints of a type."""
        return len(self._by_type.get(name, ()))

    def set_alias(self, element: Element, alias: str) -> None:
        """Index the element by its new alias (empty: none) instead of its present one."""
        present = str(element.stored("_common").get("_alias", ""))
        if present and self.aliases.get(present) is element:
            del self.aliases[present]
        if alias:
            self.aliases[alias] = element

    def datapoint(self, name: str, context: str) -> Datapoint:
        """Find a datapoint; ``context`` is the name that the error shows.

        :raises DatapointNotFoundError: it does not exist.
        """
        found = self.datapoints.get(name)
        if found is None:
            raise DatapointNotFoundError(f"'{context}': there is no datapoint '{name}'")
        return found

    def type_of(self, datapoint: str) -> DpType | None:
        """The type of a datapoint; ``None`` if the datapoint does not exist."""
        found = self.datapoints.get(datapoint)
        return None if found is None else found.dp_type

    def alias_owner(self, alias: str) -> tuple[str, str] | None:
        """Datapoint and path of the element with an alias; ``None`` if nothing has it."""
        found = self.aliases.get(alias)
        return None if found is None else (found.datapoint.name, found.node.path)

    def dp_type(self, name: str) -> DpType:
        """Find a type.

        :raises TypeNotFoundError: it does not exist.
        """
        found = self.types.get(name)
        if found is None:
            raise TypeNotFoundError(f"there is no datapoint type '{name}'")
        return found

    def element(self, datapoint_name: str, path: str, context: str) -> Element:
        """Find an element; ``context`` is the name that the error shows.

        :raises DatapointNotFoundError: the datapoint does not exist.
        :raises ElementNotFoundError: the type of the datapoint has no such element.
        """
        datapoint = self.datapoint(datapoint_name, context)
        node = datapoint.dp_type.by_path.get(path)
        if node is None:
            raise ElementNotFoundError(
                f"'{context}': datapoint '{datapoint_name}' of type "
                f"{datapoint.dp_type.name} has no element '{path}'"
            )
        return datapoint.elements[node.index]

    def matching(
        self, pattern: Pattern, dp_type: str | None = None
    ) -> Iterator[tuple[Datapoint, tuple[Alternative, ...]]]:
        """The datapoints that match a pattern, each with the alternatives that it matches.

        They are in the order of their creation; for a pattern without wildcards, in the
        order of the pattern.
        """
        found = [
            (self.datapoints[name], alternatives)
            for name, alternatives in self.names.matching(pattern)
        ]
        if any(one.literal is None for one in pattern.alternatives):
            found.sort(key=lambda pair: pair[0].number)
        for datapoint, alternatives in found:
            if dp_type is None or datapoint.dp_type.name == dp_type:
                yield datapoint, alternatives

    def elements(
        self, pattern: Pattern, dp_type: str | None = None, *, structures: bool = True
    ) -> Iterator[Element]:
        """The elements that match a pattern, each once.

        :param structures: also elements that hold no value.
        """
        # Names that match the same alternatives share the tuple; hashing it is slow.
        known: dict[tuple[str, int], tuple[list[int], tuple[Alternative, ...]]] = {}
        for datapoint, fitting in self.matching(pattern, dp_type):
            key = (datapoint.dp_type.name, id(fitting))
            found = known.get(key)
            if found is None:
                indices = [
                    node.index
                    for node in datapoint.dp_type.elements
                    if (structures or node.type.holds_value)
                    and any(one.matches_element(node.path) for one in fitting)
                ]
                found = known[key] = (indices, fitting)
            for index in found[0]:
                yield datapoint.elements[index]

    def select(self, pattern: Pattern, dp_type: str | None = None) -> Iterator[Element]:
        """The elements with a value that match a pattern, each once."""
        return self.elements(pattern, dp_type, structures=False)
